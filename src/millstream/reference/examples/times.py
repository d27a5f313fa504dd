"""Dates, times, timestamps. See the package for what calls may use."""

from __future__ import annotations

EXAMPLES: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "CONVERT_TZ": (("CONVERT_TZ(FROM_UNIXTIME(0), 'UTC', 'Asia/Tokyo')", ('"1970-01-01T09:00:00.000"',)),),
    "DATEADD": (("DATEADD(DAYS, 30, PARSE_DATE('2024-01-31', 'yyyy-MM-dd'))", ('"2024-03-01"',)),),
    "DATESUB": (("DATESUB(DAYS, 1, PARSE_DATE('2024-03-01', 'yyyy-MM-dd'))", ('"2024-02-29"',)),),
    "DATETOSTRING": (("DATETOSTRING(19783, 'dd.MM.yyyy')", ('"01.03.2024"',)),),
    "FORMAT_DATE": (("FORMAT_DATE(PARSE_DATE('2024-03-01', 'yyyy-MM-dd'), 'EEE d MMM yyyy')", ('"Fri 1 Mar 2024"',)),),
    "FORMAT_TIME": (("FORMAT_TIME(PARSE_TIME('21:05', 'HH:mm'), 'hh:mm a')", ('"09:05 PM"',)),),
    "FORMAT_TIMESTAMP": (
        ("FORMAT_TIMESTAMP(FROM_UNIXTIME(0), 'yyyy-MM-dd HH:mm')", ('"1970-01-01 00:00"',)),
        ("FORMAT_TIMESTAMP(FROM_UNIXTIME(0), 'yyyy-MM-dd HH:mm xxx', 'Asia/Tokyo')", ('"1970-01-01 09:00 +09:00"',)),
    ),
    "FROM_DAYS": (("FROM_DAYS(19783)", ('"2024-03-01"',)),),
    "FROM_UNIXTIME": (("FROM_UNIXTIME(1709294400000)", ('"2024-03-01T12:00:00.000"',)),),
    "PARSE_DATE": (("PARSE_DATE('1 3 2024', 'd M yyyy')", ('"2024-03-01"',)),),
    "PARSE_TIME": (("PARSE_TIME('09.30', 'HH.mm')", ('"09:30"',)),),
    "PARSE_TIMESTAMP": (
        ("PARSE_TIMESTAMP('2024-03-01T12:00:00', 'yyyy-MM-dd''T''HH:mm:ss')", ('"2024-03-01T12:00:00.000"',)),
        ("PARSE_TIMESTAMP('2024-03-01 12:00', 'yyyy-MM-dd HH:mm', 'Asia/Tokyo')", ('"2024-03-01T03:00:00.000"',)),
    ),
    "STRINGTODATE": (("STRINGTODATE('2024-03-01', 'yyyy-MM-dd')", ("19783",)),),
    "STRINGTOTIMESTAMP": (("STRINGTOTIMESTAMP('2024-03-01 12:00', 'yyyy-MM-dd HH:mm', 'UTC')", ("1709294400000",)),),
    "TIMEADD": (("TIMEADD(MINUTES, 90, PARSE_TIME('23:00', 'HH:mm'))", ('"00:30"',)),),
    "TIMESTAMPADD": (("TIMESTAMPADD(DAYS, 1, FROM_UNIXTIME(0))", ('"1970-01-02T00:00:00.000"',)),),
    "TIMESTAMPSUB": (("TIMESTAMPSUB(MILLISECONDS, 1, FROM_UNIXTIME(0))", ('"1969-12-31T23:59:59.999"',)),),
    "TIMESTAMPTOSTRING": (("TIMESTAMPTOSTRING(0, 'yyyy-MM-dd HH:mm', 'UTC')", ('"1970-01-01 00:00"',)),),
    "TIMESUB": (("TIMESUB(HOURS, 2, PARSE_TIME('01:00', 'HH:mm'))", ('"23:00"',)),),
    "UNIX_DATE": (("UNIX_DATE(PARSE_DATE('2024-03-01', 'yyyy-MM-dd'))", ("19783",)), ("UNIX_DATE() > 19783", ("true",))),
    "UNIX_TIMESTAMP": (
        ("UNIX_TIMESTAMP(PARSE_TIMESTAMP('2024-03-01', 'yyyy-MM-dd'))", ("1709251200000",)),
        ("UNIX_TIMESTAMP() > 0", ("true",)),
    ),
}
