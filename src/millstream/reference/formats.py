"""docs/sql/formats.md: every format, from ``formats``; which types each can carry is asked of the format itself."""

from __future__ import annotations

from millstream.errors import MillstreamError
from millstream.formats import get, names
from millstream.formats.base import FormatOptions
from millstream.reference.markdown import code, table
from millstream.types import (
    BIGINT,
    BOOLEAN,
    BYTES,
    DATE,
    DOUBLE,
    INTEGER,
    STRING,
    TIME,
    TIMESTAMP,
    Column,
    SqlType,
    array,
    decimal,
    map_of,
    struct,
)

#: What a record looks like, for people.
FORMATS: dict[str, str] = {
    "AVRO": "Avro behind Confluent's prefix: a zero byte and the schema's id in 4 bytes.",
    "CONNECT_JSON": "JSON as Kafka Connect writes it: the payload, with its schema beside it or without. Millstream's own.",
    "DELIMITED": "One line of separated values, in the order of the columns, quoted where needed.",
    "JSON": "A JSON object, fields by column name.",
    "JSON_SR": "JSON behind Confluent's prefix; the schema is a JSON Schema.",
    "KAFKA": "The bytes of Kafka's serializers, for one column: 4 or 8 bytes big-endian, or UTF-8.",
    "NONE": "No columns: keys that are not looked at.",
    "PROTOBUF": "A protobuf message behind Confluent's prefix and the message's index.",
    "PROTOBUF_NOSR": "A protobuf message whose fields are the columns in order, without a registry.",
}

_PROBES: tuple[tuple[str, SqlType], ...] = (
    ("BOOLEAN", BOOLEAN),
    ("INTEGER", INTEGER),
    ("BIGINT", BIGINT),
    ("DOUBLE", DOUBLE),
    ("DECIMAL", decimal(8, 2)),
    ("STRING", STRING),
    ("BYTES", BYTES),
    ("DATE", DATE),
    ("TIME", TIME),
    ("TIMESTAMP", TIMESTAMP),
    ("ARRAY", array(STRING)),
    ("MAP", map_of(STRING, STRING)),
    ("STRUCT", struct([("A", STRING)])),
)


def page() -> str:
    """One line a format."""
    rows = []
    for name in names():
        found = get(name)
        rows.append([code(name), FORMATS[name], _registry(found.needs_registry), _wrapping(name)])
    return table(["format", "a record", "schema registry", "a single value column"], rows)


def _registry(needed: bool) -> str:
    return "yes; columns can come from it" if needed else "no"


def _wrapping(name: str) -> str:
    """Whether a lone column is wrapped in an object, and whether that can be chosen."""
    found = get(name)
    if name == "NONE":
        return "cannot be"
    usual = "a field of an object" if found.wraps_by_default else "the whole value"
    return f"{usual}; WRAP_SINGLE_VALUE chooses" if found.can_wrap and found.can_unwrap else f"always {usual}"


def carried() -> str:
    """Which value columns each format takes: alone, and beside another column."""
    formats = names()
    rows = []
    for title, kind in _PROBES:
        rows.append([title, *(_takes(name, kind) for name in formats)])
    return table(["", *map(code, formats)], rows)


def _takes(name: str, kind: SqlType) -> str:
    alone = _accepts(name, [Column("A", kind)])
    together = _accepts(name, [Column("A", kind), Column("B", STRING)])
    return "yes" if together else "alone" if alone else "no"


def _accepts(name: str, columns: list[Column]) -> bool:
    found = get(name)
    try:
        found.check(columns, FormatOptions(unwrapped=len(columns) == 1 and not found.wraps_by_default, topic="t"))
    except MillstreamError:
        return False
    return True
