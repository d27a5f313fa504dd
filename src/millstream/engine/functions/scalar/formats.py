"""Dates, times and timestamps from and to text by Java's patterns.

What may not live here: the patterns themselves (``engine.values.javatime``).
"""

from __future__ import annotations

from millstream.engine.functions.define import Family
from millstream.engine.values import javatime
from millstream.engine.values.integers import wrap32
from millstream.engine.values.times import DAY
from millstream.errors import RecordError

define = Family("DATE / TIME")

_PATTERN = "A pattern of java.time.format.DateTimeFormatter, for example yyyy-MM-dd."
_ZONE = "A zone such as Europe/Paris, UTC or +01:00."
for _name, _text in {
    "FORMAT_DATE": "Gives a date as text.",
    "FORMAT_TIME": "Gives a time as text.",
    "FORMAT_TIMESTAMP": "Gives a timestamp as text.",
    "PARSE_DATE": "Gives the date that a text holds.",
    "PARSE_TIME": "Gives the time that a text holds.",
    "PARSE_TIMESTAMP": "Gives the timestamp that a text holds.",
    "DATETOSTRING": "Gives days since 1970-01-01 as text. FORMAT_DATE does the same for dates.",
    "STRINGTODATE": "Gives the days since 1970-01-01 that a text holds. PARSE_DATE gives a date.",
    "TIMESTAMPTOSTRING": "Gives milliseconds since 1970-01-01 as text. FORMAT_TIMESTAMP does the same for timestamps.",
    "STRINGTOTIMESTAMP": "Gives the milliseconds since 1970-01-01 that a text holds. PARSE_TIMESTAMP gives a timestamp.",
}.items():
    define.describe(_name, _text, formatPattern=_PATTERN, timeZone=_ZONE)


@define("FORMAT_DATE(date DATE, formatPattern STRING) -> STRING")
def format_date(date: int, pattern: str) -> str:
    return javatime.simple_format(date * DAY, pattern)


@define("FORMAT_TIME(time TIME, formatPattern STRING) -> STRING")
def format_time(clock: int, pattern: str) -> str:
    return javatime.format_time(clock, pattern)


@define(
    "FORMAT_TIMESTAMP(timestamp TIMESTAMP, formatPattern STRING) -> STRING",
    "FORMAT_TIMESTAMP(timestamp TIMESTAMP, formatPattern STRING, timeZone STRING) -> STRING",
    "TIMESTAMPTOSTRING(epochMilli BIGINT, formatPattern STRING) -> STRING",
    "TIMESTAMPTOSTRING(epochMilli BIGINT, formatPattern STRING, timeZone STRING) -> STRING",
)
def format_timestamp(timestamp: int, pattern: str, zone: str = "UTC") -> str:
    return javatime.format_pattern(timestamp, pattern, javatime.zone_named(zone))


@define("PARSE_DATE(formattedDate STRING, formatPattern STRING) -> DATE")
def parse_date(text: str, pattern: str) -> int:
    days, rest = divmod(javatime.simple_parse(text, pattern), DAY)
    if rest:
        raise RecordError(f"The date {text!r} has a time of day; expected a date only.")
    return days


@define("PARSE_TIME(formattedTime STRING, formatPattern STRING) -> TIME")
def parse_time(text: str, pattern: str) -> int:
    return javatime.parse_time(text, pattern)


@define(
    "PARSE_TIMESTAMP(formattedTimestamp STRING, formatPattern STRING) -> TIMESTAMP",
    "PARSE_TIMESTAMP(formattedTimestamp STRING, formatPattern STRING, timeZone STRING) -> TIMESTAMP",
    "STRINGTOTIMESTAMP(formattedTimestamp STRING, formatPattern STRING) -> BIGINT",
    "STRINGTOTIMESTAMP(formattedTimestamp STRING, formatPattern STRING, timeZone STRING) -> BIGINT",
)
def parse_timestamp(text: str, pattern: str, zone: str = "UTC") -> int:
    return javatime.parse_zoned(text, pattern, javatime.zone_named(zone))


@define("DATETOSTRING(epochDays INT, formatPattern STRING) -> STRING")
def date_to_string(days: int, pattern: str) -> str:
    return javatime.format_date(days, pattern)


@define("STRINGTODATE(formattedDate STRING, formatPattern STRING) -> INT")
def string_to_date(text: str, pattern: str) -> int:
    return wrap32(javatime.parse_date(text, pattern))
