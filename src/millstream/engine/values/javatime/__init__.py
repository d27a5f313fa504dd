"""Java's date and time patterns in Python: what java.time.format.DateTimeFormatter and SimpleDateFormat do with them.

    civil       days since 1970 from and to year, month, day; weeks
    zones       zones by ID, offsets, gaps and overlaps
    zonenames   what zones are called
    systemv     zones that only Java has
    pattern     a DateTimeFormatter pattern as elements
    names       months, days, eras in English
    formatting  a timestamp by pattern
    parsing     text by pattern to fields
    resolving   fields to a date, a time or a timestamp
    simple      SimpleDateFormat: lenient, takes a prefix
    lenient     what it read to a timestamp

Timestamps are milliseconds since 1970 in UTC, dates days, times milliseconds of the day. What may not live here: SQL types, clocks.
"""

from millstream.engine.values.javatime.civil import civil_of, days_of
from millstream.engine.values.javatime.formatting import format_date, format_pattern, format_time
from millstream.engine.values.javatime.resolving import parse_date, parse_pattern, parse_time, parse_zoned
from millstream.engine.values.javatime.simple import simple_format, simple_parse
from millstream.engine.values.javatime.zones import offset_at, offset_millis, to_utc, zone_named

__all__ = [
    "civil_of",
    "days_of",
    "format_date",
    "format_pattern",
    "format_time",
    "offset_at",
    "offset_millis",
    "parse_date",
    "parse_pattern",
    "parse_time",
    "parse_zoned",
    "simple_format",
    "simple_parse",
    "to_utc",
    "zone_named",
]
