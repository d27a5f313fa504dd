"""Values of any SQL type as what a state may hold (None, numbers, str, bytes, list, dict) and back: DECIMALs become text.

What may not live here: aggregates.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from millstream.types import ArrayType, Base, MapType, SqlType, StructType

Convert = Callable[[Any], Any]


def same(value: Any) -> Any:
    return value


def packer(kind: SqlType | None) -> Convert:
    """What turns a value, NULL included, into what a state may hold."""
    return _converter(kind, str)


def unpacker(kind: SqlType | None) -> Convert:
    """The way back from ``packer``."""
    return _converter(kind, Decimal)


def _converter(kind: SqlType | None, leaf: Convert) -> Convert:
    if kind is None or not _has_decimal(kind):
        return same
    if kind.base is Base.DECIMAL:
        return lambda value: None if value is None else leaf(value)
    if isinstance(kind, ArrayType):
        element = _converter(kind.element, leaf)
        return lambda value: None if value is None else [element(item) for item in value]
    if isinstance(kind, MapType):
        key, entry = _converter(kind.key, leaf), _converter(kind.value, leaf)
        return lambda value: None if value is None else {key(k): entry(v) for k, v in value.items()}
    assert isinstance(kind, StructType)
    fields = [(f.name, _converter(f.type, leaf)) for f in kind.fields]
    return lambda value: None if value is None else {name: convert(value[name]) for name, convert in fields}


def _has_decimal(kind: SqlType) -> bool:
    if isinstance(kind, ArrayType):
        return _has_decimal(kind.element)
    if isinstance(kind, MapType):
        return _has_decimal(kind.key) or _has_decimal(kind.value)
    if isinstance(kind, StructType):
        return any(_has_decimal(f.type) for f in kind.fields)
    return kind.base is Base.DECIMAL
