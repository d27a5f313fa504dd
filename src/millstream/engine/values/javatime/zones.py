"""Time zones by Java's names: region names, ``Z``, ``UTC``, ``GMT+1``, ``+01:00``; offsets, gaps and overlaps.

What may not live here: text of dates.
"""

from __future__ import annotations

import functools
import re
import zoneinfo
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from millstream.engine.values.javatime import zonenames
from millstream.engine.values.javatime.systemv import NAMES, SystemV
from millstream.errors import RecordError

_OFFSET = re.compile(r"(UTC|GMT|UT|)([+-])([0-9]{1,2})(?::?([0-9]{2})(?::?([0-9]{2}))?)?", re.ASCII)
_EPOCH = datetime(1970, 1, 1)
#: Python's datetime knows these years; beyond them the calendar repeats every 400 years.
_LOW, _HIGH = -62_000_000_000_000, 253_300_000_000_000
_CYCLE = 146_097 * 86_400_000
#: Names of the time-zone database that Java's ZoneId does not take.
_NOT_JAVA = frozenset({"EST", "MST", "HST", "ROC"})
#: Zones whose winter is the exception in that database, and whose winter in Java is the rule.
_WINTER_IS_STANDARD = frozenset({"Europe/Dublin", "Eire", "Africa/Casablanca", "Africa/El_Aaiun"})


@functools.lru_cache(maxsize=512)
def zone_named(name: str) -> tzinfo:
    """The zone of a Java ZoneId. Raises RecordError for one that does not exist."""
    if name == "UTC":
        return UTC
    if name in ("Z", "GMT", "UT"):
        return timezone(timedelta(0), name)
    found = _OFFSET.fullmatch(name)
    if found is not None and (found[4] is None or len(found[3]) == 2):
        hours, minutes, seconds = int(found[3]), int(found[4] or 0), int(found[5] or 0)
        if hours <= 18 and minutes < 60 and seconds < 60 and (hours < 18 or not (minutes or seconds)):
            size = ((hours * 60 + minutes) * 60 + seconds) * (-1000 if found[2] == "-" else 1000)
            shown = found[1] + offset_text(size, colon=True, zero="" if found[1] else "Z")
            return timezone(timedelta(milliseconds=size), shown if size else found[1] or "Z")
    try:
        if name in _NOT_JAVA:
            raise ValueError(name)
        return SystemV(name) if name in NAMES else zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise RecordError(f"Unknown time-zone ID: {name}", hint="Zones look like Europe/Paris, UTC or +01:00.") from None


def zone_in_any_case(name: str) -> tzinfo:
    """As ``zone_named`` where upper and lower case are the same, which they are in texts that are read."""
    return zone_named(_ids().get(name.lower(), name if "/" in name else name.upper()))


def is_id(name: str) -> bool:
    """Whether it is a zone's ID, in any case."""
    return name.lower() in _ids()


@functools.cache
def _ids() -> dict[str, str]:
    return {name.lower(): name for name in (zoneinfo.available_timezones() | NAMES) - _NOT_JAVA}


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


def zone_name(zone: tzinfo, millis: int, *, full: bool, generic: bool) -> str:
    """What patterns ``z`` (UTC, EST, CEST), ``zzzz`` and, ``generic``, ``v`` print: the ID of a zone that is but an offset."""
    shown = zone_id(zone)
    name = zonenames.printed(shown, summer=_is_summer(zone, shown, millis), full=full, generic=generic)
    if name is None:
        return "GMT" + offset_text(offset_at(zone, millis), colon=True, zero="") if shown.startswith("Etc/") else shown
    return name


def _is_summer(zone: tzinfo, name: str, millis: int) -> bool:
    if name in _WINTER_IS_STANDARD:
        return offset_at(zone, millis) > 0
    return bool(datetime.fromtimestamp(_held(millis) // 1000, UTC).astimezone(zone).dst())


def zone_id(zone: tzinfo) -> str:
    """The zone's Java ID."""
    if isinstance(zone, zoneinfo.ZoneInfo | SystemV):
        return zone.key
    if zone is UTC:
        return "UTC"
    return zone.tzname(None) or "UTC"


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
