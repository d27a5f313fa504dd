"""docs/sql/types.md: SQL types, and how their values look in each place."""

from __future__ import annotations

from millstream.reference.markdown import code, table
from millstream.types import Base

#: Base -> (how it is written, other names, its values, a literal or an expression that gives one, JSON of the REST API).
TYPES: dict[Base, tuple[str, str, str, str, str]] = {
    Base.BOOLEAN: ("BOOLEAN", "", "true, false", "TRUE", "true"),
    Base.INTEGER: ("INTEGER", "INT", "-2³¹ to 2³¹-1; arithmetic wraps around", "-42", "-42"),
    Base.BIGINT: ("BIGINT", "", "-2⁶³ to 2⁶³-1; arithmetic wraps around", "3000000000", "3000000000"),
    Base.DOUBLE: ("DOUBLE", "", "64-bit floating point", "1.5E0", "1.5"),
    Base.DECIMAL: ("DECIMAL(p, s)", "", "at most p digits, s of them behind the point", "1.50", "1.50"),
    Base.STRING: ("STRING", "VARCHAR, VARCHAR(n): n is not looked at", "text in Unicode", "'it''s'", '"it\'s"'),
    Base.BYTES: ("BYTES", "", "bytes", "TO_BYTES('4162', 'hex')", '"QWI=" (base64)'),
    Base.DATE: ("DATE", "", "a day", "PARSE_DATE('2024-03-01', 'yyyy-MM-dd')", '"2024-03-01"'),
    Base.TIME: ("TIME", "", "a time of day in milliseconds", "PARSE_TIME('09:30', 'HH:mm')", '"09:30"'),
    Base.TIMESTAMP: ("TIMESTAMP", "", "milliseconds since 1970-01-01 UTC", "FROM_UNIXTIME(0)", '"1970-01-01T00:00:00.000"'),
    Base.ARRAY: ("ARRAY<type>", "", "elements of one type; the first is `[1]`, the last `[-1]`", "ARRAY['a', 'b']", '["a","b"]'),
    Base.MAP: ("MAP<key, type>", "", "entries; `m['k']` gives the value or NULL", "MAP('a' := 1)", '{"a":1}'),
    Base.STRUCT: ("STRUCT<name type, ...>", "", "named fields; `s->name` gives one", "STRUCT(a := 1)", '{"A":1}'),
}


def page() -> str:
    """One line a type."""
    rows = [[code(written), other, values, code(literal), code(json)] for written, other, values, literal, json in TYPES.values()]
    return table(["type", "other names", "values", "for example", "as JSON in the REST API"], rows)
