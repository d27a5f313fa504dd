"""DATE, TIME and TIMESTAMP from and to ISO text: what CAST and comparisons with strings take and give.

Days, milliseconds of the day, milliseconds since 1970 in UTC. Patterns are in ``javatime``. What may not live here: clocks, windows.
"""

from __future__ import annotations

import functools
import re
from datetime import date

from millstream.engine.values.javatime import days_of, format_pattern, offset_millis, parse_pattern
from millstream.errors import RecordError

DAY = 86_400_000
TIMESTAMP_PATTERN = "yyyy-MM-dd'T'HH:mm:ss.SSS"
_TIME_SHAPE = "00:00:00.000"
_ISO_DATE = re.compile(r"(-(?=[0-9]{4,10}-)|\+(?=[0-9]{5,10}-)|(?=[0-9]{4}-))([0-9]+)-([0-9]{2})-([0-9]{2})")
_ISO_TIME = re.compile(r"([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{0,9}))?)?")


def complete_date(text: str) -> str:
    """``2020`` and ``2020-02`` filled up to a day."""
    parts = text.count("-")
    return f"{text}-01-01" if parts == 0 else f"{text}-01" if parts == 1 else text


@functools.lru_cache(maxsize=1024)
def parse_timestamp(text: str) -> int:
    """A TIMESTAMP from ``yyyy[-MM[-dd[THH[:mm[:ss[.SSS]]]][zone]]]``; UTC where no zone is given. Raises RecordError."""
    day, _, rest = text.partition("T")
    cut = next((i for i, c in enumerate(rest) if c in "+-"), len(rest))
    clock, zone = rest[:cut], rest[cut:]
    if clock.endswith("Z") and not zone:
        clock, zone = clock[:-1], "Z"
    if len(clock) < len(_TIME_SHAPE):
        clock += _TIME_SHAPE[len(clock) :]
    try:
        local = parse_pattern(f"{complete_date(day)}T{clock}", TIMESTAMP_PATTERN)
        return local if not zone else local - offset_millis(zone, local)
    except RecordError as error:
        raise RecordError(
            f"Failed to parse timestamp {text!r}: {error.message}",
            hint="Timestamps look like 2020-02-29T12:34:56.789+01:00; parts may be left off from the right.",
        ) from None


@functools.lru_cache(maxsize=1024)
def parse_date(text: str) -> int:
    """A DATE from ``yyyy[-MM[-dd]]``. Raises RecordError, also for days that do not exist."""
    found = _ISO_DATE.fullmatch(complete_date(text))
    if found is not None:
        sign, year, month, day = found.groups()
        try:
            return days_of(int(sign + year), int(month), int(day))
        except ValueError:
            pass
    raise RecordError(f"Failed to parse date {text!r}.", hint="Dates look like 2020-02-29; parts may be left off from the right.")


@functools.lru_cache(maxsize=1024)
def parse_time(text: str) -> int:
    """A TIME from ``HH:mm[:ss[.SSS]]``. Raises RecordError."""
    found = _ISO_TIME.fullmatch(text)
    if found is not None:
        hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
        if hour < 24 and minute < 60 and second < 60:
            return ((hour * 60 + minute) * 60 + second) * 1000 + int((found[4] or "").ljust(3, "0")[:3])
    raise RecordError(f"Failed to parse time {text!r}.", hint="Times look like 12:34:56.789; the seconds may be left off.")


def timestamp_text(value: int) -> str:
    """``2020-02-29T12:34:56.789``, in UTC."""
    return format_pattern(value, TIMESTAMP_PATTERN)


def date_text(value: int) -> str:
    """``2020-02-29``."""
    if -719_162 <= value <= 2_932_896:
        return date.fromordinal(value + 719_163).isoformat()
    return format_pattern(value * DAY, "yyyy-MM-dd")


def time_text(value: int) -> str:
    """``12:34`` or ``12:34:56``: milliseconds are left out, as ksqlDB does."""
    minutes, second = divmod(value // 1000, 60)
    text = f"{minutes // 60:02}:{minutes % 60:02}"
    return f"{text}:{second:02}" if second else text
