"""Time zones by Java's names: region names, ``Z``, ``UTC``, ``GMT+1``, ``+01:00``; offsets, gaps and overlaps.

What may not live here: text of dates.
"""

from __future__ import annotations

import functools
import re
import zoneinfo
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from millstream.errors import RecordError

_OFFSET = re.compile(r"(?:(?:UTC|GMT|UT)(?=[+-]))?([+-])([0-9]{1,2})(?::?([0-9]{2})(?::?([0-9]{2}))?)?", re.ASCII)
_EPOCH = datetime(1970, 1, 1)
#: Python's datetime knows these years; beyond them the calendar repeats every 400 years.
_LOW, _HIGH = -62_000_000_000_000, 253_300_000_000_000
_CYCLE = 146_097 * 86_400_000
#: Names of the time-zone database that Java's ZoneId does not take.
_NOT_JAVA = frozenset({"EST", "MST", "HST", "ROC"})


@functools.lru_cache(maxsize=512)
def zone_named(name: str) -> tzinfo:
    """The zone of a Java ZoneId. Raises RecordError for one that does not exist."""
    if name in ("Z", "UTC", "GMT", "UT"):
        return UTC
    found = _OFFSET.fullmatch(name)
    if found is not None and (found[3] is None or len(found[2]) == 2):
        hours, minutes, seconds = int(found[2]), int(found[3] or 0), int(found[4] or 0)
        if hours <= 18 and minutes < 60 and seconds < 60 and (hours < 18 or not (minutes or seconds)):
            size = timedelta(hours=hours, minutes=minutes, seconds=seconds)
            return timezone(-size if found[1] == "-" else size)
    try:
        if name in _NOT_JAVA:
            raise ValueError(name)
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise RecordError(f"Unknown time-zone ID: {name}", hint="Zones look like Europe/Paris, UTC or +01:00.") from None


#: What pattern ``z`` reads besides IDs: the short names of zones, which stand for the zone and not for its winter or summer.
_SHORT_NAMES = {
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


def zone_called(name: str) -> tzinfo:
    """The zone of a short name or of an ID. Raises RecordError for neither."""
    return zone_named(_SHORT_NAMES.get(name.upper(), name))


def _held(millis: int) -> int:
    """The same place in the calendar within the years that datetime knows."""
    while millis > _HIGH:
        millis -= _CYCLE
    while millis < _LOW:
        millis += _CYCLE
    return millis


def offset_at(zone: tzinfo, millis: int) -> int:
    """The offset from UTC in milliseconds at an instant."""
    held = _held(millis)
    offset = datetime.fromtimestamp(held // 1000, UTC).astimezone(zone).utcoffset()
    assert offset is not None
    return offset // timedelta(milliseconds=1)


def offset_millis(name: str, local: int) -> int:
    """The offset in milliseconds at a local time in the zone so named: in a gap the one before it, in an overlap the earlier one."""
    return local_offset(zone_named(name), local)


def local_offset(zone: tzinfo, local: int) -> int:
    """As ``offset_millis`` for a zone."""
    held = _held(local)
    offset = (_EPOCH + timedelta(milliseconds=held)).replace(tzinfo=zone, fold=0).utcoffset()
    assert offset is not None
    return offset // timedelta(milliseconds=1)


def to_utc(local: int, zone: tzinfo) -> int:
    """The instant of a local time. One inside a gap moves on by the gap's length; one that happens twice is the first."""
    return local - local_offset(zone, local)


def short_name(zone: tzinfo, millis: int) -> str:
    """What pattern ``z`` prints: UTC, EST, CEST."""
    held = _held(millis)
    name = datetime.fromtimestamp(held // 1000, UTC).astimezone(zone).tzname() or "UTC"
    return name[3:] if name.startswith("UTC") and len(name) > 3 else name


def zone_id(zone: tzinfo) -> str:
    """The zone's Java ID."""
    if isinstance(zone, zoneinfo.ZoneInfo):
        return zone.key
    if zone is UTC:
        return "UTC"
    return offset_text((zone.utcoffset(None) or timedelta()) // timedelta(milliseconds=1), colon=True, zero="Z")


def offset_text(offset: int, *, colon: bool, zero: str, minutes: str = "always", seconds: bool = True) -> str:
    """``+01:00``. ``minutes`` may be ``always`` or ``needed``; seconds show when they are not zero."""
    if offset == 0 and zero:
        return zero
    hours, rest = divmod(abs(offset) // 1000, 3600)
    minute, second = divmod(rest, 60)
    mark = ":" if colon else ""
    text = f"{'-' if offset < 0 else '+'}{hours:02}"
    if minutes == "always" or minute:
        text += f"{mark}{minute:02}"
    if seconds and second:
        text += f"{mark}{second:02}"
    return text
