"""Columns to Connect schemas, and values into the form of the schema. One place for ``numeric.mapping`` and ``timestamp.granularity``.

Where Confluent's and Aiven's connectors lose data, this one keeps it: arrays become arrays, types they skip become texts, and a
NUMERIC without precision becomes DECIMAL(38, 18) (theirs: scale 0 or 127); a value with more digits than that is an error.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from millstream.dataclass import dataclass
from millstream.formats.numbers import fit
from millstream.types import DecimalType
from millstream.types import decimal as sql_decimal
from millstream.worker import schema as types
from millstream.worker.connectors.jdbc.database import Column
from millstream.worker.errors import DataError
from millstream.worker.schema import ConnectSchema

Change = Callable[[Any], Any]
_INTEGERS = {
    "int2": "int16", "int4": "int32", "int8": "int64", "oid": "int64",
    "tinyint": "int8", "smallint": "int16", "int": "int32", "mediumint": "int32", "integer": "int64", "bigint": "int64",
    "unsigned big int": "int64", "bool": "boolean", "boolean": "boolean",
}  # fmt: skip
_FLOATS = {
    "float4": "float32",
    "float8": "float64",
    "real": "float64",
    "double": "float64",
    "double precision": "float64",
    "float": "float64",
}
_STAMPS = {"timestamp", "timestamptz", "datetime"}
UNBOUNDED = (38, 18)
#: Texts that programs put into SQLite's columns of booleans.
_TRUTHS = {"true": True, "t": True, "yes": True, "y": True, "false": False, "f": False, "no": False, "n": False}

GRANULARITIES = ("connect_logical", "micros_long", "micros_string", "nanos_long", "nanos_string")


@dataclass(frozen=True, slots=True)
class Mapped:
    """A column with its schema; ``change`` None: values arrive as they should be."""

    column: Column
    schema: ConnectSchema
    change: Change | None


def mapped(column: Column, *, sqlite: bool, numeric: str, granularity: str, timezone: str) -> Mapped:
    """How a column's values become Connect values."""
    schema, change = _base(column, sqlite, numeric, granularity, timezone)
    if column.array:
        element = schema.as_optional()
        whole = ConnectSchema("array", column.nullable, element=element)
        return Mapped(column, whole, None if change is None else lambda v: _each(v, change))
    return Mapped(column, schema.as_optional() if column.nullable else schema, change)


def _each(value: Any, change: Change) -> Any:
    if isinstance(value, list):
        return [_each(v, change) for v in value]
    return None if value is None else change(value)


def _base(column: Column, sqlite: bool, numeric: str, granularity: str, timezone: str) -> tuple[ConnectSchema, Change | None]:
    kind = column.kind
    if kind in _INTEGERS:
        name = _INTEGERS[kind]
        return ConnectSchema(name), ((_boolean(column) if name == "boolean" else _integer(column)) if sqlite else None)
    if kind in _FLOATS:
        return ConnectSchema(_FLOATS[kind]), (_as(float, column) if sqlite else None)
    if kind in ("numeric", "decimal"):
        return _numeric(column, numeric)
    if kind in _STAMPS:
        return _stamp(granularity, sqlite_moment(column, timezone) if sqlite else None)
    if kind == "date":
        return types.date(), (_sqlite_date(column) if sqlite else None)
    if kind == "time":
        return types.time(), (_sqlite_time(column) if sqlite else None)
    if kind in ("bytea", "blob"):
        return types.BYTES, (_bytes if sqlite else None)
    return types.STRING, (_text if sqlite else None)


def _numeric(column: Column, mapping: str) -> tuple[ConnectSchema, Change | None]:
    precision, scale = column.precision, column.scale
    if precision is not None and scale is not None and mapping != "none":
        if scale <= 0 and precision - scale <= 18:
            digits = precision - scale
            kind = "int8" if digits <= 2 else "int16" if digits <= 4 else "int32" if digits <= 9 else "int64"
            return ConnectSchema(kind), _as(int, column)
        if scale > 0 and (mapping == "best_fit_eager_double" or (mapping == "best_fit" and precision <= 18)):
            return types.FLOAT64, _as(float, column)
    if precision is None and mapping == "best_fit_eager_double":
        return types.FLOAT64, _as(float, column)
    bound = UNBOUNDED if precision is None or scale is None else (precision, scale)
    return types.decimal(bound[1], bound[0]), _decimal(column, sql_decimal(*bound))


def _decimal(column: Column, type_: DecimalType) -> Change:
    def change(value: Any) -> Decimal:
        try:
            number = value if isinstance(value, Decimal) else Decimal(str(value))
        except InvalidOperation:  # SQLite keeps any value in any column
            raise _fault(column, value) from None
        try:
            return fit(number, type_)
        except ValueError:
            raise DataError(
                f"Column '{column.name}': {number} does not fit {type_}. Cast it in a query, or set numeric.mapping=best_fit_eager_double."
            ) from None

    return change


def to_millis(micros: int) -> int:
    """Milliseconds of microseconds."""
    return micros // 1000


def _stamp(granularity: str, micros: Change | None) -> tuple[ConnectSchema, Change | None]:
    """Microseconds since 1970 in the granularity asked for."""
    read = micros or (lambda v: v)
    match granularity:
        case "micros_long":
            return types.INT64, micros
        case "micros_string":
            return types.STRING, lambda v: str(read(v))
        case "nanos_long":
            return types.INT64, lambda v: read(v) * 1000
        case "nanos_string":
            return types.STRING, lambda v: str(read(v) * 1000)
        case _:
            return types.timestamp(), to_millis if micros is None else lambda v: read(v) // 1000


def _fault(column: Column, value: Any) -> DataError:
    return DataError(f"Column '{column.name}' is declared {column.kind or 'without a type'} but holds {value!r}.")


def _as(kind: Callable[[Any], Any], column: Column) -> Change:
    """``kind`` of the value, which may be what SQLite let into a column of numbers, or a number that is none."""

    def change(value: Any) -> Any:
        try:
            return kind(value)
        except (ValueError, TypeError, OverflowError):
            raise _fault(column, value) from None

    return change


def _boolean(column: Column) -> Change:
    def change(value: Any) -> bool:
        if isinstance(value, int | float):
            return value != 0
        known = _TRUTHS.get(value.lower()) if isinstance(value, str) else None
        if known is None:
            raise _fault(column, value)
        return known

    return change


def _integer(column: Column) -> Change:
    def change(value: Any) -> int:
        if isinstance(value, int):
            return value
        raise _fault(column, value)

    return change


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def _text(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


def sqlite_moment(column: Column, timezone: str) -> Change:
    """Microseconds since 1970 of what SQLite may hold as a time: a text in ISO form, with or without zone, or milliseconds."""
    zone = UTC if timezone.upper() in ("UTC", "GMT", "Z") else ZoneInfo(timezone)

    def change(value: Any) -> int:
        if isinstance(value, int):
            return value * 1000  # milliseconds, as the JDBC driver stores them
        try:
            moment = datetime.fromisoformat(value)
        except (TypeError, ValueError):
            raise _fault(column, value) from None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone)
        return int(moment.timestamp()) * 1_000_000 + moment.microsecond if moment.timestamp() >= 0 else round(moment.timestamp() * 1e6)

    return change


def _sqlite_date(column: Column) -> Change:
    def change(value: Any) -> int:
        if isinstance(value, int):
            return value // 86_400_000
        try:
            return date.fromisoformat(value[:10]).toordinal() - 719_163
        except (TypeError, ValueError):
            raise _fault(column, value) from None

    return change


def _sqlite_time(column: Column) -> Change:
    def change(value: Any) -> int:
        if isinstance(value, int):
            return value % 86_400_000
        try:
            moment = time.fromisoformat(value)
        except (TypeError, ValueError):
            raise _fault(column, value) from None
        return ((moment.hour * 60 + moment.minute) * 60 + moment.second) * 1000 + moment.microsecond // 1000

    return change
