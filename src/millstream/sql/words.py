"""Which words are reserved: they cannot be a name unless quoted. Everything else may be a name anywhere a name is expected.

The list is ksqlDB's. Millstream's own words (EXTERNAL, OFFSETS, ...) and the younger PAUSE and RESUME are not reserved, so no
statement that ksqlDB accepts is refused because of them.
"""

from __future__ import annotations

import re

_RESERVED = """
    ADVANCE ALL AND AS AT BEGINNING BETWEEN BY CASE CAST CATALOG CONNECTOR CONNECTORS CREATE DAYS DECIMAL DELETE DESCRIBE
    DISTINCT DROP ELSE END EXISTS EXPORT EXTENDED FALSE FROM FULL GROUP HAVING HOPPING HOURS IN INNER INSERT INTO IS JOIN LEFT
    LIKE LIMIT LIST LOAD MATERIALIZED MILLISECOND MILLISECONDS MINUTES MONTHS NAMESPACE NOT NULL ON OR OUTER PRINT
    PROPERTIES QUERIES QUERY RENAME RETENTION RIGHT RUN SAMPLE SCRIPT SECONDS SELECT SIZE STREAM STREAMS TABLE TERMINATE THEN TO
    TOPIC TOPICS TRUE TUMBLING UNSET VALUES VIEW WHEN WHERE WINDOW WITH WITHIN YEARS
"""
RESERVED = frozenset(_RESERVED.split())

#: Units of a window, of GRACE PERIOD and the like, singular and plural.
WINDOW_UNITS = frozenset(unit + end for unit in ("DAY", "HOUR", "MINUTE", "SECOND", "MILLISECOND") for end in ("", "S"))

_PLAIN = re.compile(r"[A-Z_][A-Z0-9_@]*\Z")


def is_plain(name: str) -> bool:
    """Whether a catalog name can be written without quotes and mean the same."""
    return _PLAIN.match(name) is not None and name not in RESERVED


def write_name(name: str) -> str:
    """A name as SQL: bare where that means the same, else in back-ticks."""
    return name if is_plain(name) else "`" + name.replace("`", "``") + "`"
