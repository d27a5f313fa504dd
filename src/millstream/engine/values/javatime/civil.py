"""The proleptic Gregorian calendar without bounds: days since 1970-01-01 from and to year, month and day.

Python's ``date`` ends at year 9999 and starts at 1, Java's does neither. What may not live here: zones, text.
"""

from __future__ import annotations

#: The modified Julian day of 1970-01-01 (pattern letter g).
MODIFIED_JULIAN = 40_587
_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def month_length(year: int, month: int) -> int:
    return 29 if month == 2 and is_leap(year) else _LENGTHS[month - 1]


def days_of(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01. Raises ValueError for a day that does not exist."""
    if not (1 <= month <= 12 and 1 <= day <= month_length(year, month)):
        raise ValueError(f"{year}-{month}-{day} is no day")
    return days_of_lenient(year, month, day)


def days_of_lenient(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01; months and days beyond their ends run on into the next year or month."""
    year, month0 = year + (month - 1) // 12, (month - 1) % 12
    shifted = year - (1 if month0 < 2 else 0)
    era, year_of_era = divmod(shifted, 400)
    day_of_year = (153 * ((month0 - 2) % 12) + 2) // 5
    return era * 146_097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year + day - 1 - 719_468


def civil_of(days: int) -> tuple[int, int, int]:
    """Year, month, day of a number of days since 1970-01-01."""
    era, rest = divmod(days + 719_468, 146_097)
    year = (rest - rest // 1460 + rest // 36_524 - rest // 146_096) // 365
    day_of_year = rest - (365 * year + year // 4 - year // 100)
    shifted = (5 * day_of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    return year + era * 400 + (1 if month <= 2 else 0), month, day_of_year - (153 * shifted + 2) // 5 + 1


def day_of_year(days: int) -> int:
    """From 1."""
    return days - days_of(civil_of(days)[0], 1, 1) + 1


def day_of_week(days: int) -> int:
    """From 1 (Monday) to 7 (Sunday)."""
    return (days + 3) % 7 + 1


def us_week(days: int) -> tuple[int, int]:
    """Week-based year and week where weeks start on Sunday and the first holds January 1st (the rules of Java's English locale)."""
    year = civil_of(days)[0]
    start = _week_start(days_of(year + 1, 1, 1))
    if days >= start:
        return year + 1, 1
    return year, (days - _week_start(days_of(year, 1, 1))) // 7 + 1


def _week_start(days: int) -> int:
    return days - day_of_week(days) % 7


def week_of_month(days: int) -> int:
    """Week of the month where weeks start on Sunday and the first may be short."""
    year, month, _ = civil_of(days)
    return (days - _week_start(days_of(year, month, 1))) // 7 + 1


def days_of_week(week_year: int, week: int, weekday: int) -> int:
    """The day of a week-based date (``us_week``), weekday from 1 (Sunday)."""
    return _week_start(days_of(week_year, 1, 1)) + (week - 1) * 7 + weekday - 1


#: 1582-10-15, the first day of the Gregorian calendar.
_CUTOVER = -141_427


def old_days_of(year: int, month: int, day: int) -> int:
    """As ``days_of_lenient`` in Java's older calendar, which is Julian before 1582-10-15."""
    days = days_of_lenient(year, month, day)
    if days >= _CUTOVER:
        return days
    # Each century but every fourth has one leap day more.
    shifted = year + (month - 1) // 12 - (1 if (month - 1) % 12 < 2 else 0)
    return days + shifted // 100 - shifted // 400 - 2


def old_civil_of(days: int) -> tuple[int, int, int]:
    """Year, month, day as ``old_days_of`` takes them."""
    if days >= _CUTOVER:
        return civil_of(days)
    year = civil_of(days)[0] + 1
    while old_days_of(year, 1, 1) > days:
        year -= 1
    month = 12
    while old_days_of(year, month, 1) > days:
        month -= 1
    return year, month, days - old_days_of(year, month, 1) + 1
