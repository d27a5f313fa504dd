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
#: What pattern ``B`` calls a part of the day, with its first and last minute. Moments come before the periods around them.
DAY_PERIODS = (
    ("midnight", 0, 0),
    ("noon", 720, 720),
    ("in the morning", 360, 719),
    ("in the afternoon", 720, 1079),
    ("in the evening", 1080, 1259),
    ("at night", 1260, 1439),
    ("at night", 0, 359),
)


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


def day_periods(count: int) -> tuple[str, ...]:
    """Names of DAY_PERIODS in order; 5 letters shorten the two moments."""
    short = {"midnight": "mi", "noon": "n"} if count == 5 else {}
    return tuple(short.get(name, name) for name, _, _ in DAY_PERIODS)


def day_period_at(minute: int) -> int:
    """The place in DAY_PERIODS of a minute of the day."""
    return next(place for place, (_, first, last) in enumerate(DAY_PERIODS) if first <= minute <= last)


def eras(count: int) -> tuple[str, ...]:
    return ERAS if count == 4 else ("B", "A") if count == 5 else SHORT_ERAS
