"""The English names that patterns print and parse. What may not live here: anything but names."""

from __future__ import annotations

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ERAS = ("Before Christ", "Anno Domini")
SHORT_ERAS = ("BC", "AD")
QUARTERS = ("1st quarter", "2nd quarter", "3rd quarter", "4th quarter")
AM_PM = ("AM", "PM")


def styled(names: tuple[str, ...], count: int) -> tuple[str, ...]:
    """Names in the width that a number of pattern letters asks for: 5 narrow, 4 full, else short."""
    if count == 5:
        return tuple(n[0] for n in names)
    return names if count == 4 else tuple(n[:3] for n in names)


def quarters(count: int) -> tuple[str, ...]:
    """Quarter names: 3 letters Q1, 4 full, 5 narrow."""
    if count == 4:
        return QUARTERS
    return tuple(f"{'Q' if count == 3 else ''}{n}" for n in range(1, 5))


def eras(count: int) -> tuple[str, ...]:
    return ERAS if count == 4 else ("B", "A") if count == 5 else SHORT_ERAS
