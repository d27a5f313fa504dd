"""Exact decoding of JSON: every record, with ksqlDB's coercions.

Names match exactly first; else a name of the record matches when its upper case is the column's name. Numbers are read as exact
decimals, so ``5.5`` into INTEGER truncates and ``2147483648`` wraps. Texts are taken for numbers, anything for STRING. What a type does
not take raises RecordError with the path, such as ``$.V[2]: expected INTEGER, got true``.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from millstream.errors import RecordError
from millstream.formats.base import Decoder
from millstream.formats.json.render import as_text, shown
from millstream.formats.numbers import DAY_MS, fit, parse_decimal, parse_double, parse_int, parse_long, wrap_int, wrap_long
from millstream.types import ArrayType, Base, Column, DecimalType, MapType, SqlType, StructType

#: One JSON value, never None -> the column's value. Raises Mismatch.
Convert = Callable[[Any], Any]
_ABSENT: Any = object()
TOO_DEEP = "expected a JSON value, got one that nests too deeply"


class Mismatch(Exception):
    """A value that its type does not take. ``path`` grows from the inside out while the exception travels."""

    def __init__(self, type_: SqlType, value: Any, reason: str = "") -> None:
        super().__init__()
        self.type, self.value, self.reason, self.path = type_, value, reason, ""

    def record_error(self) -> RecordError:
        reason = f" ({self.reason})" if self.reason else ""
        return RecordError(f"${self.path}: expected {self.type}, got {shown(self.value)}{reason}")


def record_decoder(columns: Sequence[Column], unwrapped: bool, entries: bool = False) -> Decoder:
    """The exact decoder. ``entries``: a MAP may also be written as a list of {key, value} objects, as JSON_SR does."""
    if unwrapped:
        return _unwrapped_decoder(columns[0], entries)
    fields = row_converter([(c.name, c.type) for c in columns], entries)

    def decode(data: bytes | None) -> list[Any] | None:
        if data is None:
            return None
        value = parse(data)
        if value is None:
            return None
        try:
            return fields(value)
        except Mismatch as mismatch:
            raise mismatch.record_error() from None
        except RecursionError:
            raise RecordError(TOO_DEEP) from None

    return decode


def _unwrapped_decoder(column: Column, entries: bool) -> Decoder:
    convert = converter(column.type, entries)

    def decode(data: bytes | None) -> list[Any] | None:
        if data is None:
            return None
        value = parse(data)
        try:
            return [None if value is None else convert(value)]
        except Mismatch as mismatch:
            raise mismatch.record_error() from None
        except RecursionError:
            raise RecordError(TOO_DEEP) from None

    return decode


_parse = msgspec.json.Decoder(float_hook=Decimal).decode


def parse(data: bytes) -> Any:
    """The first JSON value of the bytes: dict, list, str, int, Decimal, bool or None. Raises RecordError."""
    try:
        return _parse(data)
    except (msgspec.MsgspecError, ValueError, ArithmeticError) as error:  # Decimal refuses exponents beyond 10 ** 18
        return _first_value(data, error)
    except RecursionError:
        raise RecordError(TOO_DEEP) from None


def _first_value(data: bytes, error: Exception) -> Any:
    """Jackson reads one value and stops: text behind it, set off by white space or a bracket, is no error."""
    try:
        text = data.decode("utf-8").lstrip(" \t\r\n")
        value, end = _LENIENT.raw_decode(text)
    except (ValueError, RecursionError, ArithmeticError):
        raise RecordError(f"expected a JSON value, got {data[:80]!r} ({error})") from None
    if text[end : end + 1].strip(" \t\r\n") and not isinstance(value, dict | list | str):
        raise RecordError(f"expected a JSON value, got {data[:80]!r} ({error})")
    return value


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


_LENIENT = json.JSONDecoder(parse_float=Decimal, parse_constant=_refuse)


def row_converter(fields: Sequence[tuple[str, SqlType]], entries: bool = False) -> Callable[[Any], list[Any]]:
    """A JSON object -> one value a field, None where the field is missing or null."""
    plan = [(name, converter(type_, entries)) for name, type_ in fields]

    def row(value: Any) -> list[Any]:
        if type(value) is not dict:
            raise Mismatch(_OBJECT, value)
        get = value.get
        upper: dict[str, Any] | None = None
        out: list[Any] = []
        for name, convert in plan:
            got = get(name, _ABSENT)
            if got is _ABSENT:
                if upper is None:
                    upper = {k.upper(): v for k, v in value.items()}
                got = upper.get(name)
            if got is None:
                out.append(None)
                continue
            try:
                out.append(convert(got))
            except Mismatch as mismatch:
                mismatch.path = f".{name}{mismatch.path}"
                raise
        return out

    return row


def converter(type_: SqlType, entries: bool = False) -> Convert:
    """What turns one JSON value (not None) into a value of this type."""
    if isinstance(type_, DecimalType):
        return _decimal(type_)
    if isinstance(type_, ArrayType):
        return _array(type_, entries)
    if isinstance(type_, MapType):
        return _map(type_, entries)
    if isinstance(type_, StructType):
        names = [f.name for f in type_.fields]
        row = row_converter([(f.name, f.type) for f in type_.fields], entries)
        return lambda value: dict(zip(names, row(value), strict=True))
    return {
        Base.BOOLEAN: _boolean,
        Base.INTEGER: _integer(type_, wrap_int, parse_int),
        Base.BIGINT: _integer(type_, wrap_long, parse_long),
        Base.DOUBLE: _double,
        Base.STRING: as_text,
        Base.BYTES: _bytes,
        Base.DATE: _integer(type_, wrap_int, parse_int),
        Base.TIME: _time(type_),
        Base.TIMESTAMP: _integer(type_, wrap_long, parse_long),
    }[type_.base]


def _boolean(value: Any) -> bool:
    if type(value) is bool:
        return value
    raise Mismatch(_BOOLEAN, value)


def _integer(type_: SqlType, wrap: Callable[[int], int], parse_text: Callable[[str], int]) -> Convert:
    def convert(value: Any) -> int:
        kind = type(value)
        if kind is int:
            return wrap(value)
        if kind is Decimal:
            if int(value.as_tuple().exponent) > 64:  # has no low bits set; do not build it
                return 0
            return wrap(int(value))
        if kind is str:
            try:
                return parse_text(value)
            except ValueError:
                pass
        raise Mismatch(type_, value)

    return convert


def _time(type_: SqlType) -> Convert:
    read = _integer(type_, wrap_int, parse_int)

    def convert(value: Any) -> int:
        time: int = read(value)
        if not 0 <= time <= DAY_MS:
            raise Mismatch(type_, value, f"milliseconds of a day, 0 to {DAY_MS}")
        return time

    return convert


def _double(value: Any) -> float:
    kind = type(value)
    if kind is Decimal or kind is int:
        try:
            return float(value) + 0.0  # a number's -0.0 is 0.0: BigDecimal has no negative zero
        except OverflowError:
            return float("inf") if value > 0 else float("-inf")
    if kind is str:
        try:
            return parse_double(value)
        except ValueError:
            pass
    raise Mismatch(_DOUBLE, value)


def _decimal(type_: DecimalType) -> Convert:
    def convert(value: Any) -> Decimal:
        kind = type(value)
        try:
            if kind is Decimal or kind is int:
                return fit(Decimal(value), type_)
            if kind is str:
                return fit(parse_decimal(value), type_)
        except ValueError as error:
            raise Mismatch(type_, value, str(error) if kind is not str else "") from None
        raise Mismatch(type_, value)

    return convert


def _bytes(value: Any) -> bytes:
    if type(value) is str:
        try:
            return base64.b64decode("".join(value.split()), validate=True)
        except (binascii.Error, ValueError):
            raise Mismatch(_BYTES, value, "BYTES are base64 with padding") from None
    raise Mismatch(_BYTES, value)


def _array(type_: ArrayType, entries: bool) -> Convert:
    convert = converter(type_.element, entries)

    def array(value: Any) -> list[Any]:
        if type(value) is not list:
            raise Mismatch(type_, value)
        try:
            return [None if v is None else convert(v) for v in value]
        except Mismatch as mismatch:
            mismatch.path = f"[{_failing(value, convert)}]{mismatch.path}"
            raise

    return array


def _failing(value: list[Any], convert: Convert) -> int:
    """The index of the first element that cannot be converted; looked for only once one has failed."""
    for index, element in enumerate(value):
        try:
            convert(element) if element is not None else None
        except Mismatch:
            return index
    return len(value)


def _map(type_: MapType, entries: bool) -> Convert:
    convert_key, convert = converter(type_.key, entries), converter(type_.value, entries)

    def pairs(value: Any) -> Sequence[tuple[Any, Any]]:
        if type(value) is dict:
            return list(value.items())
        if entries and type(value) is list and all(type(e) is dict for e in value):
            return [(e.get("key"), e.get("value")) for e in value]
        raise Mismatch(type_, value)

    def mapping(value: Any) -> dict[Any, Any]:
        out: dict[Any, Any] = {}
        for key, element in pairs(value):
            try:
                out[None if key is None else convert_key(key)] = None if element is None else convert(element)
            except Mismatch as mismatch:
                mismatch.path = f".{key}{mismatch.path}"
                raise
        return out

    return mapping


_OBJECT = StructType(Base.STRUCT)
_BOOLEAN, _DOUBLE, _BYTES = SqlType(Base.BOOLEAN), SqlType(Base.DOUBLE), SqlType(Base.BYTES)
