"""Connect schemas, and how their values look in Python.

| Connect type | Python value |
|---|---|
| int8, int16, int32, int64 | int |
| float32, float64 | float |
| boolean, string, bytes | bool, str, bytes |
| array, map | list, dict |
| struct | dict in field order, every field present |
| Decimal (bytes) | decimal.Decimal |
| Date (int32) | int, days since 1970-01-01 |
| Time (int32) | int, milliseconds since midnight |
| Timestamp (int64) | int, milliseconds since 1970-01-01T00:00Z |

NULL is None. A schema of None means schemaless: whatever JSON holds. Nothing here knows bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from millstream.dataclass import dataclass

DECIMAL_NAME = "org.apache.kafka.connect.data.Decimal"
DATE_NAME = "org.apache.kafka.connect.data.Date"
TIME_NAME = "org.apache.kafka.connect.data.Time"
TIMESTAMP_NAME = "org.apache.kafka.connect.data.Timestamp"

INTEGERS = {"int8", "int16", "int32", "int64"}
FLOATS = {"float32", "float64"}


@dataclass(frozen=True, slots=True)
class ConnectSchema:
    """A schema. ``name`` is the struct's name, or that of a logical type; ``parameters`` as Connect has them (texts)."""

    type: str
    optional: bool = False
    name: str | None = None
    version: int | None = None
    default: Any = None
    parameters: tuple[tuple[str, str], ...] = ()
    fields: tuple[Field, ...] = ()
    key: ConnectSchema | None = None
    element: ConnectSchema | None = None
    doc: str | None = None

    def field(self, name: str) -> Field | None:
        """The field of a struct by exact name."""
        return next((f for f in self.fields if f.name == name), None)

    def parameter(self, name: str) -> str | None:
        return dict(self.parameters).get(name)

    @property
    def scale(self) -> int:
        """Digits after the point of a Decimal."""
        return int(self.parameter("scale") or 0)

    def as_optional(self) -> ConnectSchema:
        return self if self.optional else replace(self, optional=True)

    def __str__(self) -> str:
        inner = self.name or self.type
        return f"{inner}{'?' if self.optional else ''}"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a struct."""

    name: str
    schema: ConnectSchema


STRING = ConnectSchema("string")
OPTIONAL_STRING = ConnectSchema("string", optional=True)
INT32 = ConnectSchema("int32")
INT64 = ConnectSchema("int64")
FLOAT64 = ConnectSchema("float64")
BOOLEAN = ConnectSchema("boolean")
BYTES = ConnectSchema("bytes")
OPTIONAL_BYTES = ConnectSchema("bytes", optional=True)


def struct(name: str | None, fields: Iterable[tuple[str, ConnectSchema]], *, optional: bool = False) -> ConnectSchema:
    """A struct schema."""
    return ConnectSchema("struct", optional=optional, name=name, fields=tuple(Field(n, s) for n, s in fields))


def decimal(scale: int, precision: int | None = None, *, optional: bool = False) -> ConnectSchema:
    """A Decimal with ``scale`` digits after the point; ``precision`` is advice, as Connect's JDBC source gives it."""
    parameters: tuple[tuple[str, str], ...] = (("scale", str(scale)),)
    if precision is not None:
        parameters += (("connect.decimal.precision", str(precision)),)
    return ConnectSchema("bytes", optional, DECIMAL_NAME, 1, parameters=parameters)


def date(*, optional: bool = False) -> ConnectSchema:
    return ConnectSchema("int32", optional, DATE_NAME, 1)


def time(*, optional: bool = False) -> ConnectSchema:
    return ConnectSchema("int32", optional, TIME_NAME, 1)


def timestamp(*, optional: bool = False) -> ConnectSchema:
    return ConnectSchema("int64", optional, TIMESTAMP_NAME, 1)


def infer(value: Any) -> ConnectSchema | None:
    """The schema of a plain value, as transforms that add a field need it; None where it has none (a null, a mixed list)."""
    match value:
        case bool():
            return BOOLEAN
        case int():
            return INT64
        case float():
            return FLOAT64
        case str():
            return STRING
        case bytes():
            return BYTES
        case dict():
            return ConnectSchema("map", key=STRING, element=next((s for v in value.values() if (s := infer(v))), OPTIONAL_STRING))
        case list():
            return ConnectSchema("array", element=next((s for v in value if (s := infer(v))), OPTIONAL_STRING))
        case _:
            return None
