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
#: What pattern ``z`` reads besides IDs: the short names of zones, which stand for the zone and not for its winter or summer.
ZONES = {
    "PST": "America/Los_Angeles",
    "PDT": "America/Los_Angeles",
    "MST": "America/Denver",
    "MDT": "America/Denver",
    "CST": "America/Chicago",
    "CDT": "America/Chicago",
    "EST": "America/New_York",
    "EDT": "America/New_York",
    "AKST": "America/Anchorage",
    "AKDT": "America/Anchorage",
    "HST": "Pacific/Honolulu",
    "BST": "Europe/London",
    "WET": "Europe/Lisbon",
    "WEST": "Europe/Lisbon",
    "CET": "Europe/Paris",
    "CEST": "Europe/Paris",
    "EET": "Europe/Athens",
    "EEST": "Europe/Athens",
    "MSK": "Europe/Moscow",
    "IST": "Asia/Kolkata",
    "JST": "Asia/Tokyo",
    "KST": "Asia/Seoul",
    "AEST": "Australia/Sydney",
    "AEDT": "Australia/Sydney",
    "NZST": "Pacific/Auckland",
    "NZDT": "Pacific/Auckland",
}
#: What pattern ``zzzz`` prints for a short name.
LONG_ZONES = {
    "UTC": "Coordinated Universal Time",
    "GMT": "Greenwich Mean Time",
    "PST": "Pacific Standard Time",
    "PDT": "Pacific Daylight Time",
    "MST": "Mountain Standard Time",
    "MDT": "Mountain Daylight Time",
    "CST": "Central Standard Time",
    "CDT": "Central Daylight Time",
    "EST": "Eastern Standard Time",
    "EDT": "Eastern Daylight Time",
    "AKST": "Alaska Standard Time",
    "AKDT": "Alaska Daylight Time",
    "HST": "Hawaii-Aleutian Standard Time",
    "BST": "British Summer Time",
    "WET": "Western European Standard Time",
    "WEST": "Western European Summer Time",
    "CET": "Central European Standard Time",
    "CEST": "Central European Summer Time",
    "EET": "Eastern European Standard Time",
    "EEST": "Eastern European Summer Time",
    "MSK": "Moscow Standard Time",
    "IST": "India Standard Time",
    "JST": "Japan Standard Time",
    "KST": "Korean Standard Time",
    "AEST": "Australian Eastern Standard Time",
    "AEDT": "Australian Eastern Daylight Time",
    "NZST": "New Zealand Standard Time",
    "NZDT": "New Zealand Daylight Time",
}


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
