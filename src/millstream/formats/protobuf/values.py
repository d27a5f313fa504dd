"""Messages -> column values, and back. Built once for a message type and the columns, called once a record."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from google.protobuf.descriptor import FieldDescriptor

from millstream.formats.fitting import Convert, Mismatch, never, same
from millstream.formats.numbers import EXACT, double_text, fit
from millstream.formats.protobuf.infer import is_entry, is_wrapper
from millstream.types import ArrayType, Base, DecimalType, MapType, SqlType, StructType

_EPOCH = datetime.date(1970, 1, 1).toordinal()
_LAST = datetime.date.max.toordinal()
_F = FieldDescriptor
_INT32 = {_F.TYPE_INT32, _F.TYPE_SINT32, _F.TYPE_SFIXED32}
_INT64 = {_F.TYPE_INT64, _F.TYPE_UINT64, _F.TYPE_SINT64, _F.TYPE_FIXED64, _F.TYPE_SFIXED64, _F.TYPE_UINT32, _F.TYPE_FIXED32}
_FLOATS = {_F.TYPE_DOUBLE, _F.TYPE_FLOAT}
_TAKES = {
    Base.BOOLEAN: {_F.TYPE_BOOL},
    Base.INTEGER: _INT32,
    Base.BIGINT: _INT32 | _INT64,
    Base.DOUBLE: _FLOATS,
    Base.BYTES: {_F.TYPE_BYTES},
}
_NAMES = {Base.TIMESTAMP: "google.protobuf.Timestamp", Base.DATE: "google.type.Date", Base.TIME: "google.type.TimeOfDay"}

_DAY_MS = 86_400_000


def row_reader(descriptor: Any, fields: Sequence[tuple[str, SqlType]]) -> Callable[[Any], list[Any]]:
    """A message -> one value a field, None where the message has no such field or it is not set and can tell."""
    plan = [(name, found, _field_reader(found, type_)) for name, type_ in fields if (found := _find(descriptor, name)) or True]

    def read(message: Any) -> list[Any]:
        out: list[Any] = []
        for name, field, convert in plan:
            if field is None:
                out.append(None)
                continue
            if field.has_presence and not message.HasField(field.name):
                out.append(None)
                continue
            try:
                out.append(convert(getattr(message, field.name)))
            except Mismatch as mismatch:
                mismatch.path = f".{name}{mismatch.path}"
                raise
        return out

    return read


def _find(descriptor: Any, name: str) -> Any:
    """The field of this name, or else of this name in any case."""
    exact = descriptor.fields_by_name.get(name)
    return exact or next((f for f in descriptor.fields if f.name.upper() == name.upper()), None)


def _field_reader(field: Any, type_: SqlType) -> Convert:
    if field is None:
        return same
    if not field.is_repeated:
        return _single_reader(field, type_)
    if isinstance(type_, MapType) and is_entry(field.message_type):
        return _map_reader(field, type_)
    if isinstance(type_, ArrayType):
        convert = _single_reader(field, type_.element)
        return lambda got: [convert(v) for v in got]
    return never(type_, f"repeated {field.name}")


def _map_reader(field: Any, type_: MapType) -> Convert:
    key_field, value_field = (field.message_type.fields_by_name[n] for n in ("key", "value"))
    if field.message_type.GetOptions().map_entry:
        key, value = _single_reader(key_field, type_.key), _single_reader(value_field, type_.value)
        return lambda got: {key(k): value(v) for k, v in got.items()}
    entry = row_reader(field.message_type, [("key", type_.key), ("value", type_.value)])
    return lambda got: dict(map(entry, got))


def _single_reader(field: Any, type_: SqlType) -> Convert:
    message = field.message_type
    if is_wrapper(message):
        inner = _single_reader(message.fields_by_name["value"], type_)
        return lambda got: inner(got.value)
    if message is not None:
        return _message_reader(message, type_)
    if field.type == _F.TYPE_ENUM:
        names = {v.number: v.name for v in field.enum_type.values}
        return (lambda got: names.get(got, str(got))) if type_.base is Base.STRING else never(type_, "an enum")
    if type_.base is Base.STRING:
        return _text(field)
    return same if field.type in _TAKES.get(type_.base, ()) else never(type_, f"field {field.name} of another type")


def _message_reader(message: Any, type_: SqlType) -> Convert:
    if isinstance(type_, StructType):
        names = [f.name for f in type_.fields]
        row = row_reader(message, [(f.name, f.type) for f in type_.fields])
        return lambda got: dict(zip(names, row(got), strict=True))
    if isinstance(type_, DecimalType) and message.full_name == "confluent.type.Decimal":
        return _decimal(type_)
    if _NAMES.get(type_.base) != message.full_name:
        return never(type_, f"message {message.full_name}")
    if type_.base is Base.TIMESTAMP:
        return _milliseconds
    if type_.base is Base.DATE:
        return _days
    return _time


def _milliseconds(got: Any) -> int:
    found: int = got.seconds * 1000 + got.nanos // 1_000_000
    if not -(1 << 63) <= found < 1 << 63:
        raise Mismatch(f"expected TIMESTAMP, got {got.seconds} seconds")
    return found


def _time(got: Any) -> int:
    found: int = ((got.hours * 60 + got.minutes) * 60 + got.seconds) * 1000 + got.nanos // 1_000_000
    if not 0 <= found <= _DAY_MS:
        raise Mismatch(f"expected TIME, got {got.hours}:{got.minutes}:{got.seconds} and {got.nanos} ns")
    return found


def _days(got: Any) -> int:
    try:
        return datetime.date(got.year, got.month, got.day).toordinal() - _EPOCH
    except ValueError:
        raise Mismatch(f"expected DATE, got {got.year}-{got.month}-{got.day}") from None


def _decimal(type_: DecimalType) -> Convert:
    def convert(got: Any) -> Decimal:
        try:
            return fit(Decimal(int.from_bytes(got.value, "big", signed=True)).scaleb(-got.scale, EXACT), type_)
        except (ValueError, ArithmeticError) as error:
            raise Mismatch(str(error)) from None

    return convert


def _text(field: Any) -> Convert:
    if field.type == _F.TYPE_STRING:
        return same
    if field.type in _FLOATS:
        return double_text
    if field.type == _F.TYPE_BOOL:
        return lambda got: "true" if got else "false"
    return str if field.type in _INT32 | _INT64 else never(SqlType(Base.STRING), f"field {field.name} of another type")


def message_writer(descriptor: Any, fields: Sequence[tuple[str, SqlType]]) -> Callable[[Sequence[Any]], dict[str, Any]]:
    """One value a field -> the arguments of the message's class. NULLs are left out."""
    plan = [(at.name, i, _shape(at, type_)) for i, (name, type_) in enumerate(fields) if (at := _find(descriptor, name)) is not None]
    return lambda values: {name: shape(values[i]) for name, i, shape in plan if values[i] is not None}


def _shape(field: Any, type_: SqlType) -> Convert:
    if isinstance(type_, ArrayType):
        element = _single_shape(field, type_.element)
        return lambda value: [element(_present(v)) for v in value]
    if isinstance(type_, MapType):
        if field.message_type.GetOptions().map_entry:
            inner = _single_shape(field.message_type.fields_by_name["value"], type_.value)
            return lambda value: {k: inner(_present(v)) for k, v in value.items()}
        entry = message_writer(field.message_type, [("key", type_.key), ("value", type_.value)])
        return lambda value: [entry(pair) for pair in value.items()]
    return _single_shape(field, type_)


def _present(value: Any) -> Any:
    if value is None:
        raise ValueError("a list has a NULL element, which protobuf cannot hold")
    return value


def _single_shape(field: Any, type_: SqlType) -> Convert:
    if is_wrapper(field.message_type):
        return lambda value: {"value": value}
    if isinstance(type_, StructType):
        row = message_writer(field.message_type, [(f.name, f.type) for f in type_.fields])
        names = [f.name for f in type_.fields]
        return lambda value: row([value.get(n) for n in names])
    shapes: dict[Base, Convert] = {Base.DECIMAL: _decimal_parts, Base.TIMESTAMP: _instant, Base.DATE: _day, Base.TIME: _time_of_day}
    return shapes.get(type_.base, same)


def _decimal_parts(value: Decimal) -> dict[str, Any]:
    sign, digits, exponent = value.as_tuple()
    number = int("".join(map(str, digits)) or "0") * (-1 if sign else 1)
    # As BigInteger.toByteArray: the fewest bytes that keep the sign.
    size = (number if number >= 0 else ~number).bit_length() // 8 + 1
    return {"value": number.to_bytes(size, "big", signed=True), "precision": max(len(str(abs(number))), 1), "scale": -int(exponent)}


def _instant(value: int) -> dict[str, int]:
    return {"seconds": value // 1000, "nanos": value % 1000 * 1_000_000}


def _day(value: int) -> dict[str, int]:
    if not 0 < value + _EPOCH <= _LAST:
        raise ValueError(f"the DATE {value} days after 1970-01-01 is outside the years 1 to 9999, which google.type.Date holds")
    day = datetime.date.fromordinal(value + _EPOCH)
    return {"year": day.year, "month": day.month, "day": day.day}


def _time_of_day(value: int) -> dict[str, int]:
    seconds, milliseconds = divmod(value, 1000)
    minutes, second = divmod(seconds, 60)
    return {"hours": minutes // 60, "minutes": minutes % 60, "seconds": second, "nanos": milliseconds * 1_000_000}
