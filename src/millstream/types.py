"""SQL types, columns and schemas, and how their values look in Python.

| SQL type | Python value |
|---|---|
| BOOLEAN | bool |
| INTEGER, BIGINT | int (32 / 64 bit, the engine wraps) |
| DOUBLE | float |
| DECIMAL(p, s) | decimal.Decimal with exponent -s |
| STRING | str |
| BYTES | bytes |
| DATE | int, days since 1970-01-01 |
| TIME | int, milliseconds since midnight |
| TIMESTAMP | int, milliseconds since 1970-01-01T00:00Z |
| ARRAY<T> | list |
| MAP<K, V> | dict |
| STRUCT<...> | dict, in field order, every field present |

NULL is None everywhere. Types are immutable and compare by value. Nothing here knows formats, SQL text or the catalog.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator

from millstream.dataclass import dataclass


class Base(enum.Enum):
    """The base of a SQL type, named as ksqlDB's SchemaInfo names it."""

    BOOLEAN = "BOOLEAN"
    INTEGER = "INTEGER"
    BIGINT = "BIGINT"
    DOUBLE = "DOUBLE"
    DECIMAL = "DECIMAL"
    STRING = "STRING"
    BYTES = "BYTES"
    DATE = "DATE"
    TIME = "TIME"
    TIMESTAMP = "TIMESTAMP"
    ARRAY = "ARRAY"
    MAP = "MAP"
    STRUCT = "STRUCT"


def quote(name: str) -> str:
    """An identifier as ksqlDB prints it: always in back-ticks, a back-tick inside doubled."""
    return "`" + name.replace("`", "``") + "`"


@dataclass(frozen=True, slots=True)
class SqlType:
    """A SQL type. ``str()`` is the text ksqlDB shows, for example ``ARRAY<STRING>`` or ``DECIMAL(8, 2)``."""

    base: Base

    def __str__(self) -> str:
        return self.base.value

    @property
    def is_numeric(self) -> bool:
        return self.base in NUMERIC_ORDER


@dataclass(frozen=True, slots=True)
class DecimalType(SqlType):
    """DECIMAL(precision, scale): at most ``precision`` digits (1 to 38 usual, no hard limit), ``scale`` after the point."""

    precision: int = 38
    scale: int = 10

    def __str__(self) -> str:
        return f"DECIMAL({self.precision}, {self.scale})"


@dataclass(frozen=True, slots=True)
class ArrayType(SqlType):
    element: SqlType = None  # type: ignore[assignment]

    def __str__(self) -> str:
        return f"ARRAY<{self.element}>"


@dataclass(frozen=True, slots=True)
class MapType(SqlType):
    key: SqlType = None  # type: ignore[assignment]
    value: SqlType = None  # type: ignore[assignment]

    def __str__(self) -> str:
        return f"MAP<{self.key}, {self.value}>"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a STRUCT. The name's case is kept."""

    name: str
    type: SqlType

    def __str__(self) -> str:
        return f"{quote(self.name)} {self.type}"


@dataclass(frozen=True, slots=True)
class StructType(SqlType):
    fields: tuple[Field, ...] = ()

    def __str__(self) -> str:
        return "STRUCT<" + ", ".join(map(str, self.fields)) + ">" if self.fields else "STRUCT< >"

    def field(self, name: str) -> Field | None:
        return next((f for f in self.fields if f.name == name), None)


BOOLEAN = SqlType(Base.BOOLEAN)
INTEGER = SqlType(Base.INTEGER)
BIGINT = SqlType(Base.BIGINT)
DOUBLE = SqlType(Base.DOUBLE)
STRING = SqlType(Base.STRING)
BYTES = SqlType(Base.BYTES)
DATE = SqlType(Base.DATE)
TIME = SqlType(Base.TIME)
TIMESTAMP = SqlType(Base.TIMESTAMP)

#: Numeric bases from narrow to wide: an operand is widened to the wider of the two (ksqlDB's implicit cast order).
NUMERIC_ORDER = {Base.INTEGER: 0, Base.BIGINT: 1, Base.DECIMAL: 2, Base.DOUBLE: 3}


def decimal(precision: int, scale: int) -> DecimalType:
    return DecimalType(Base.DECIMAL, precision, scale)


def array(element: SqlType) -> ArrayType:
    return ArrayType(Base.ARRAY, element)


def map_of(key: SqlType, value: SqlType) -> MapType:
    return MapType(Base.MAP, key, value)


def struct(fields: Iterable[tuple[str, SqlType]]) -> StructType:
    return StructType(Base.STRUCT, tuple(Field(n, t) for n, t in fields))


class Role(enum.Enum):
    """Where a column lives in a record. PSEUDO columns (ROWTIME, WINDOWSTART, ...) are not part of a sink."""

    KEY = "KEY"
    VALUE = "VALUE"
    HEADERS = "HEADERS"
    PSEUDO = "PSEUDO"


@dataclass(frozen=True, slots=True)
class Column:
    """A column. ``header`` is the header's key for ``HEADER('k')`` columns; HEADERS without it holds all headers."""

    name: str
    type: SqlType
    role: Role = Role.VALUE
    header: str | None = None

    def __str__(self) -> str:
        mark = {Role.KEY: " KEY", Role.HEADERS: f" HEADER('{self.header}')" if self.header else " HEADERS"}.get(self.role, "")
        return f"{quote(self.name)} {self.type}{mark}"


@dataclass(frozen=True, slots=True)
class Schema:
    """The columns of a relation or of a plan node, in declared order. Names are unique."""

    columns: tuple[Column, ...] = ()

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    def __str__(self) -> str:
        return ", ".join(map(str, self.columns))

    def find(self, name: str) -> Column | None:
        return next((c for c in self.columns if c.name == name), None)

    @property
    def key(self) -> tuple[Column, ...]:
        return tuple(c for c in self.columns if c.role is Role.KEY)

    @property
    def value(self) -> tuple[Column, ...]:
        return tuple(c for c in self.columns if c.role is Role.VALUE)

    @property
    def headers(self) -> tuple[Column, ...]:
        return tuple(c for c in self.columns if c.role is Role.HEADERS)
