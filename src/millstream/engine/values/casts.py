"""CAST between any two types: one function a pair of types, made when a query is compiled.

A caster takes a value that is not NULL and raises RecordError where the value does not go. NULLs inside collections stay NULL.
What may not live here: which casts exist (``plan.bind``).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from millstream.engine.values import doubles, exact, integers, times
from millstream.engine.values.text import texter
from millstream.errors import RecordError
from millstream.types import ArrayType, Base, DecimalType, MapType, SqlType, StructType

Caster = Callable[[Any], Any]


def caster(source: SqlType, target: SqlType) -> Caster | None:
    """The function that casts a value, or None where the value stays as it is. Raises ValueError for a cast that does not exist."""
    if source == target:
        return None
    if target.base is Base.STRING:
        return None if source.base is Base.STRING else texter(source)
    if isinstance(target, DecimalType):
        return _to_decimal(source, target)
    if isinstance(source, ArrayType) and isinstance(target, ArrayType):
        return _array(caster(source.element, target.element))
    if isinstance(source, MapType) and isinstance(target, MapType):
        return _map(caster(source.key, target.key), caster(source.value, target.value))
    if isinstance(source, StructType) and isinstance(target, StructType):
        return _struct(source, target)
    try:
        return _SIMPLE[source.base, target.base]
    except KeyError:
        raise ValueError(f"Cast of {source} to {target} is not supported.") from None


def cast_source(source: SqlType, target: SqlType) -> str | None:
    """The cast as an expression over the simple name ``{0}`` that is not NULL; None where a call is needed."""
    if source == target:
        return "{0}"
    return _INLINE.get((source.base, target.base))


def parse_boolean(text: str) -> bool:
    """TRUE for true, yes, t and y or a part of these from the left, in any case and with white space around; anything else is FALSE."""
    word = integers.trim(text).lower()
    return bool(word) and ("true".startswith(word) or "yes".startswith(word))


def parse_bytes(text: str) -> bytes:
    """BYTES from base64 with or without padding. Raises RecordError for anything else."""
    digits = integers.trim(text).rstrip("=")
    if len(digits) % 4 != 1:
        try:
            return base64.b64decode(digits + "=" * (-len(digits) % 4), validate=True)
        except (binascii.Error, ValueError):
            pass
    raise RecordError(f"Cannot take {text!r} as BYTES: expected base64.")


def _to_decimal(source: SqlType, target: DecimalType) -> Caster:
    precision, scale = target.precision, target.scale
    if source.base is Base.STRING:
        return lambda text: exact.parse(text, precision, scale)
    if source.base is Base.DOUBLE:
        return lambda value: exact.fit(_finite(value), precision, scale)
    if source.base in (Base.INTEGER, Base.BIGINT):
        return lambda value: exact.fit(Decimal(value), precision, scale)
    if source.base is Base.DECIMAL:
        return lambda value: exact.fit(value, precision, scale)
    raise ValueError(f"Cast of {source} to {target} is not supported.")


def _finite(value: float) -> Decimal:
    if value != value or value in (float("inf"), float("-inf")):
        raise RecordError(f"Cannot take {doubles.text(value)} as DECIMAL.")
    return Decimal(repr(value))


def _array(element: Caster | None) -> Caster | None:
    if element is None:
        return None
    return lambda value: [None if item is None else element(item) for item in value]


def _map(key: Caster | None, entry: Caster | None) -> Caster | None:
    if key is None and entry is None:
        return None
    cast_key, cast_entry = key or _same, entry or _same
    return lambda value: {cast_key(k): None if v is None else cast_entry(v) for k, v in value.items()}


def _same(value: Any) -> Any:
    return value


def _struct(source: StructType, target: StructType) -> Caster:
    """Fields go by name; those that the source lacks are NULL."""
    plan: list[tuple[str, Caster | None, bool]] = []
    for field in target.fields:
        given = source.field(field.name)
        plan.append((field.name, None if given is None else caster(given.type, field.type), given is not None))

    def cast(value: dict[str, Any]) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for name, inner, present in plan:
            item = value[name] if present else None
            result[name] = item if item is None or inner is None else inner(item)
        return result

    return cast


_SIMPLE: dict[tuple[Base, Base], Caster | None] = {
    (Base.INTEGER, Base.BIGINT): None,
    (Base.INTEGER, Base.DOUBLE): float,
    (Base.BIGINT, Base.INTEGER): integers.wrap32,
    (Base.BIGINT, Base.DOUBLE): float,
    (Base.DOUBLE, Base.INTEGER): doubles.to_int,
    (Base.DOUBLE, Base.BIGINT): doubles.to_long,
    (Base.DECIMAL, Base.INTEGER): exact.to_int,
    (Base.DECIMAL, Base.BIGINT): exact.to_long,
    (Base.DECIMAL, Base.DOUBLE): float,
    (Base.STRING, Base.BOOLEAN): parse_boolean,
    (Base.STRING, Base.INTEGER): integers.parse32,
    (Base.STRING, Base.BIGINT): integers.parse64,
    (Base.STRING, Base.DOUBLE): doubles.parse,
    (Base.STRING, Base.BYTES): parse_bytes,
    (Base.STRING, Base.DATE): times.parse_date,
    (Base.STRING, Base.TIME): times.parse_time,
    (Base.STRING, Base.TIMESTAMP): times.parse_timestamp,
    (Base.DATE, Base.TIMESTAMP): times.DAY.__mul__,
    (Base.TIMESTAMP, Base.DATE): lambda value: value // times.DAY,
    (Base.TIMESTAMP, Base.TIME): lambda value: value % times.DAY,
}

_INLINE: dict[tuple[Base, Base], str] = {
    (Base.INTEGER, Base.BIGINT): "{0}",
    (Base.INTEGER, Base.DOUBLE): "float({0})",
    (Base.BIGINT, Base.DOUBLE): "float({0})",
    (Base.INTEGER, Base.STRING): "str({0})",
    (Base.BIGINT, Base.STRING): "str({0})",
    (Base.BOOLEAN, Base.STRING): "('true' if {0} else 'false')",
    (Base.DATE, Base.TIMESTAMP): f"({{0}} * {times.DAY})",
    (Base.TIMESTAMP, Base.DATE): f"({{0}} // {times.DAY})",
    (Base.TIMESTAMP, Base.TIME): f"({{0}} % {times.DAY})",
}
