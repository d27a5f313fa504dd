"""Dates, times and timestamps as numbers: adding units, days since 1970, zones, the present.

What may not live here: dates as text (``formats``).
"""

from __future__ import annotations

import time

from millstream.engine.functions.define import Family
from millstream.engine.values.integers import divide, wrap32
from millstream.engine.values.javatime import offset_at, to_utc, zone_named
from millstream.engine.values.times import DAY
from millstream.errors import RecordError

define = Family("DATE / TIME")

define.describe("DATEADD", "Adds a number of units to a date.", unit="DAYS, HOURS, MINUTES, ...", interval="How many.", date="The date.")
define.describe("DATESUB", "Takes a number of units off a date.", unit="DAYS, HOURS, MINUTES, ...", interval="How many.", date="The date.")
define.describe(
    "TIMEADD", "Adds a number of units to a time; midnight starts again.", unit="The unit.", interval="How many.", time="The time."
)
define.describe("TIMESUB", "Takes a number of units off a time.", unit="The unit.", interval="How many.", time="The time.")
define.describe(
    "TIMESTAMPADD", "Adds a number of units to a timestamp.", unit="The unit.", interval="How many.", timestamp="The timestamp."
)
define.describe(
    "TIMESTAMPSUB", "Takes a number of units off a timestamp.", unit="The unit.", interval="How many.", timestamp="The timestamp."
)
define.describe("CONVERT_TZ", "Takes a timestamp that was read in one zone to another.", col="The timestamp.")
define.describe("FROM_DAYS", "Gives the date that is a number of days after 1970-01-01.", days="The days.")
define.describe("FROM_UNIXTIME", "Gives the timestamp that is a number of milliseconds after 1970-01-01.", epochMilli="Milliseconds.")
define.describe("UNIX_DATE", "Gives the days since 1970-01-01 of a date, or of today.", date="The date.")
define.describe("UNIX_TIMESTAMP", "Gives the milliseconds since 1970-01-01 of a timestamp, or of now.", timestamp="The timestamp.")

_UNITS = {
    "MILLISECONDS": 1,
    "SECONDS": 1000,
    "MINUTES": 60_000,
    "HOURS": 3_600_000,
    "DAYS": DAY,
}


def _millis(unit: str, count: int) -> int:
    try:
        return _UNITS[unit if unit.endswith("S") else unit + "S"] * count
    except KeyError:
        raise RecordError(f"Unknown unit {unit}: expected {', '.join(_UNITS)}.") from None


@define("DATEADD(unit INTERVAL, interval INT, date DATE) -> DATE")
def dateadd(unit: str, count: int, date: int) -> int:
    # Cut toward zero, as ksqlDB does.
    return divide(date * DAY + _millis(unit, count), DAY)


@define("DATESUB(unit INTERVAL, interval INT, date DATE) -> DATE")
def datesub(unit: str, count: int, date: int) -> int:
    return divide(date * DAY - _millis(unit, count), DAY)


@define("TIMEADD(unit INTERVAL, interval INT, time TIME) -> TIME")
def timeadd(unit: str, count: int, clock: int) -> int:
    return (clock + _millis(unit, count)) % DAY


@define("TIMESUB(unit INTERVAL, interval INT, time TIME) -> TIME")
def timesub(unit: str, count: int, clock: int) -> int:
    return (clock - _millis(unit, count)) % DAY


@define("TIMESTAMPADD(unit INTERVAL, interval INT, timestamp TIMESTAMP) -> TIMESTAMP")
def timestampadd(unit: str, count: int, timestamp: int) -> int:
    return timestamp + _millis(unit, count)


@define("TIMESTAMPSUB(unit INTERVAL, interval INT, timestamp TIMESTAMP) -> TIMESTAMP")
def timestampsub(unit: str, count: int, timestamp: int) -> int:
    return timestamp - _millis(unit, count)


@define("CONVERT_TZ(col TIMESTAMP, fromTimeZone STRING, toTimeZone STRING) -> TIMESTAMP")
def convert_tz(timestamp: int, source: str, target: str) -> int:
    held, wanted = zone_named(source), zone_named(target)
    instant = to_utc(timestamp, held)
    return instant + offset_at(wanted, instant)


@define("FROM_DAYS(days INT) -> DATE", inline="{0}")
def from_days(days: int) -> int:
    return days


@define("FROM_UNIXTIME(epochMilli BIGINT) -> TIMESTAMP", inline="{0}")
def from_unixtime(millis: int) -> int:
    return millis


@define("UNIX_DATE() -> INT")
def unix_date_now() -> int:
    return int(time.time() // 86_400)


@define("UNIX_DATE(date DATE) -> INT")
def unix_date(date: int) -> int:
    return wrap32(date)


@define("UNIX_TIMESTAMP() -> BIGINT")
def unix_timestamp_now() -> int:
    return time.time_ns() // 1_000_000


@define("UNIX_TIMESTAMP(timestamp TIMESTAMP) -> BIGINT", inline="{0}")
def unix_timestamp(timestamp: int) -> int:
    return timestamp
