"""JSON values of a streaming client as values of SQL types: numbers widen, dates and times are texts, bytes are base64; nothing is
guessed. Pure."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from millstream.errors import MillstreamError, RequestError
from millstream.types import ArrayType, Base, DecimalType, MapType, SqlType, StructType

#: Takes a JSON value that is not null. Raises RequestError naming both types.
Coercer = Callable[[Any], Any]

_INT = {Base.INTEGER: 31, Base.BIGINT: 63}


def coercer(kind: SqlType) -> Coercer:
    """The function for one type."""
    if isinstance(kind, ArrayType):
        return _array(kind)
    if isinstance(kind, MapType):
        return _map(kind)
    if isinstance(kind, StructType):
        return _struct(kind)
    if kind.base in _INT:
        return _integer(kind, _INT[kind.base])
    if isinstance(kind, DecimalType):
        return _decimal(kind)
    if kind.base in (Base.TIMESTAMP, Base.DATE, Base.TIME):
        return _temporal(kind)
    return _SCALARS[kind.base](kind)


def _refuse(value: Any, kind: SqlType) -> RequestError:
    names = {bool: "BOOLEAN", int: "INTEGER", Decimal: "DECIMAL", str: "STRING", list: "ARRAY", dict: "STRUCT"}
    return RequestError(f"Can't coerce a field of type {names.get(type(value), type(value).__name__)} into type {kind}")


def _integer(kind: SqlType, bits: int) -> Coercer:
    def coerce(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not -(2**bits) <= value < 2**bits:
            raise _refuse(value, kind)
        return value

    return coerce


def _double(kind: SqlType) -> Coercer:
    def coerce(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | Decimal | float):
            raise _refuse(value, kind)
        return float(value)

    return coerce


def _decimal(kind: DecimalType) -> Coercer:
    from millstream.formats.numbers import fit

    def coerce(value: Any) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
            raise _refuse(value, kind)
        try:
            number = Decimal(value)
        except InvalidOperation:
            raise _refuse(value, kind) from None
        try:
            return fit(number, kind)
        except ValueError:
            raise RequestError(f"Can't fit {value} into {kind}") from None

    return coerce


def _exactly(python: type) -> Callable[[SqlType], Coercer]:
    def make(kind: SqlType) -> Coercer:
        def coerce(value: Any) -> Any:
            if type(value) is not python:
                raise _refuse(value, kind)
            return value

        return coerce

    return make


def _bytes(kind: SqlType) -> Coercer:
    def coerce(value: Any) -> bytes:
        if not isinstance(value, str):
            raise _refuse(value, kind)
        try:
            return base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            raise RequestError("Can't coerce a text into BYTES: it is not base64") from None

    return coerce


def _temporal(kind: SqlType) -> Coercer:
    from millstream.plan.bind.inserted import Mismatch, coerced
    from millstream.types import STRING

    def coerce(value: Any) -> int:
        if not isinstance(value, str):
            raise _refuse(value, kind)
        try:
            return int(coerced(value, STRING, kind))
        except (Mismatch, MillstreamError, ValueError):
            raise RequestError(f"Can't coerce '{value}' into type {kind}") from None

    return coerce


def _array(kind: ArrayType) -> Coercer:
    element = coercer(kind.element)

    def coerce(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise _refuse(value, kind)
        return [None if item is None else element(item) for item in value]

    return coerce


def _map(kind: MapType) -> Coercer:
    member = coercer(kind.value)

    def coerce(value: Any) -> dict[Any, Any]:
        if not isinstance(value, dict):
            raise _refuse(value, kind)
        return {key: None if item is None else member(item) for key, item in value.items()}

    return coerce


def _struct(kind: StructType) -> Coercer:
    parts = {f.name: coercer(f.type) for f in kind.fields}

    def coerce(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise _refuse(value, kind)
        given = {(name if name in parts else name.upper()): item for name, item in value.items()}
        unknown = given.keys() - parts.keys()
        if unknown:
            raise RequestError(f"Field {sorted(unknown)[0]} does not exist in {kind}")
        return {name: None if given.get(name) is None else part(given[name]) for name, part in parts.items()}

    return coerce


_SCALARS: dict[Base, Callable[[SqlType], Coercer]] = {
    Base.BOOLEAN: _exactly(bool),
    Base.STRING: _exactly(str),
    Base.DOUBLE: _double,
    Base.BYTES: _bytes,
}
