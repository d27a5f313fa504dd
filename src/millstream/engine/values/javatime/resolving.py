"""Parsed fields put together: to a date, a time, or a timestamp in which what is missing comes from 1970-01-01T00:00.

As Java's SMART resolver: a day beyond the month's end (up to 31) is its last day, 24:00 is midnight. What may not live here: text.
"""

from __future__ import annotations

import functools
from datetime import UTC, tzinfo

from millstream.engine.values.javatime import names
from millstream.engine.values.javatime.civil import (
    MODIFIED_JULIAN,
    day_of_week,
    days_of,
    days_of_week,
    is_leap,
    month_length,
)
from millstream.engine.values.javatime.parsing import Fields, check_ranges, parse_fields
from millstream.engine.values.javatime.zones import to_utc
from millstream.errors import RecordError

DAY = 86_400_000
#: The letters of a date; weeks and quarters are no reason for Java to refuse a time.
_DATE_FIELDS = frozenset("uyGMdDEeFg")


@functools.lru_cache(maxsize=4096)
def parse_zoned(text: str, pattern: str, zone: tzinfo = UTC) -> int:
    """A timestamp; the zone in the text wins over ``zone``. Raises RecordError."""
    fields = parse_fields(text, pattern)
    days, millis = _days(fields), _millis(fields)
    if days is None:
        days = _partial(fields)
    if millis is None:
        millis = _partial_time(fields)
    given = fields.get("zone", zone)
    assert not isinstance(given, int)
    return to_utc(days * DAY + millis, given)


def parse_pattern(text: str, pattern: str) -> int:
    """A timestamp in UTC."""
    return parse_zoned(text, pattern, UTC)


@functools.lru_cache(maxsize=4096)
def parse_date(text: str, pattern: str) -> int:
    """A date, which must be given whole. Raises RecordError."""
    fields = parse_fields(text, pattern)
    days = _days(fields)
    _millis(fields)
    if days is None:
        raise RecordError(f"Unable to obtain a date from {text!r} with the pattern {pattern!r}.")
    return days


@functools.lru_cache(maxsize=4096)
def parse_time(text: str, pattern: str) -> int:
    """A time of day, which must hold the hour and no part of a date. Raises RecordError."""
    fields = parse_fields(text, pattern)
    _days(fields)
    if not _DATE_FIELDS.isdisjoint(fields):
        raise RecordError(f"The time {text!r} has a part of a date in the pattern {pattern!r}; expected a time only.")
    millis = _millis(fields)
    if millis is None:
        raise RecordError(f"Unable to obtain a time from {text!r} with the pattern {pattern!r}.")
    return millis


def _int(fields: Fields, letter: str) -> int | None:
    value = fields.get(letter)
    return value if isinstance(value, int) else None


def _year(fields: Fields) -> int | None:
    year, of_era, era = _int(fields, "u"), _int(fields, "y"), _int(fields, "G")
    if of_era is not None:
        given = of_era if era != 0 else 1 - of_era
        if year is not None and year != given:
            raise RecordError(f"The years {year} and {given} differ.")
        if of_era < 1:
            raise RecordError(f"The value {of_era} of pattern letter y is out of range 1 to 999999999.")
        return given
    return year


def _month(fields: Fields) -> int | None:
    return _int(fields, "M")


def _days(fields: Fields) -> int | None:
    """The date if the fields make one."""
    if fields.get("H") == 24 and not _within_hour(fields):
        fields["H"] = 0
    check_ranges(fields)
    year, month, day, of_year = _year(fields), _month(fields), _int(fields, "d"), _int(fields, "D")
    week_year, week, weekday = _int(fields, "Y"), _int(fields, "w"), _int(fields, "E")
    days: int | None = None
    if year is not None and month is not None and day is not None:
        days = days_of(year, month, min(day, month_length(year, month)))
    elif year is not None and of_year is not None:
        if of_year == 366 and not is_leap(year):
            raise RecordError(f"Invalid date 'DayOfYear 366' as {year} is not a leap year.")
        days = days_of(year, 1, 1) + of_year - 1
    elif week_year is not None and week is not None and (weekday is not None or "e" in fields):
        local = _int(fields, "e") or (weekday or 0) % 7 + 1
        days = days_of_week(week_year, week, local)
    if days is None and (julian := _int(fields, "g")) is not None:
        days = julian - MODIFIED_JULIAN
    if days is not None and weekday is not None and day_of_week(days) != weekday:
        raise RecordError("The day of the week does not go with the date.")
    return days


def _millis(fields: Fields) -> int | None:
    """The time of day in milliseconds if the fields make one."""
    milli_of_day, nano_of_day = _int(fields, "A"), _int(fields, "N")
    if milli_of_day is not None:
        return milli_of_day
    if nano_of_day is not None:
        return nano_of_day // 1_000_000
    hour = _int(fields, "H")
    if hour is None and "k" in fields:
        hour = (_int(fields, "k") or 0) % 24
    half = _int(fields, "a")
    if hour is None and half is not None:
        of_half = _int(fields, "K") if "K" in fields else (_int(fields, "h") or 0) % 12 if "h" in fields else None
        hour = None if of_half is None else half * 12 + of_half
    if "B" in fields:
        hour = _in_period(fields, hour)
    if hour is None:
        return None
    return hour * 3_600_000 + _within_hour(fields)


def _in_period(fields: Fields, hour: int | None) -> int | None:
    """The hour that goes with the part of the day (B): without AM or PM it says which half is meant. None without an hour."""
    name = names.DAY_PERIODS[_int(fields, "B") or 0][0]
    if hour is not None:
        choices = [hour]
    elif "K" in fields or "h" in fields:
        of_half = _int(fields, "K") if "K" in fields else (_int(fields, "h") or 0) % 12
        choices = [of_half or 0, (of_half or 0) + 12]
    else:
        return None
    minute = _within_hour(fields) // 60_000
    for choice in choices:
        if any(name == n and first <= choice * 60 + minute <= last for n, first, last in names.DAY_PERIODS):
            return choice
    raise RecordError(f"The time of day does not go with the part of the day {name!r}.")


def _within_hour(fields: Fields) -> int:
    minute, second = _int(fields, "m") or 0, _int(fields, "s") or 0
    nano = _int(fields, "S") if "S" in fields else _int(fields, "n")
    return minute * 60_000 + second * 1000 + (nano or 0) // 1_000_000


def _partial(fields: Fields) -> int:
    """A date from the parts there are, the others from 1970-01-01."""
    year, month, day = _year(fields), _month(fields), _int(fields, "d")
    if day is None and month is None and "D" in fields:
        of_year = _int(fields, "D") or 1
        if of_year == 366:
            raise RecordError("Leap day cannot be parsed without supplying the year field.")
        return of_year - 1
    return days_of(year if year is not None else 1970, month or 1, min(day or 1, month_length(year or 1970, month or 1)))


def _partial_time(fields: Fields) -> int:
    hour = _int(fields, "K") if "K" in fields else (_int(fields, "h") or 0) % 12
    return (hour or 0) * 3_600_000 + (_int(fields, "a") or 0) * 43_200_000 + _within_hour(fields)
