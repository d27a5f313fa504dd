"""A value as text: what CAST to STRING gives, for every type.

What may not live here: JSON (``formats``), Java's date patterns (``javatime``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from millstream.engine.values import doubles, exact, times
from millstream.engine.values.hashing import hash_order
from millstream.types import ArrayType, Base, MapType, SqlType, StructType

Text = Callable[[Any], str]


def texter(kind: SqlType) -> Text:
    """The function that gives the text of a value of this type that is not NULL; inside collections NULL is ``null``."""
    simple = _SIMPLE.get(kind.base)
    if simple is not None:
        return simple
    if isinstance(kind, ArrayType):
        element = _nullable(texter(kind.element))
        return lambda value: "[" + ", ".join(map(element, value)) + "]"
    if isinstance(kind, MapType):
        key, entry = _nullable(texter(kind.key)), _nullable(texter(kind.value))
        return lambda value: "{" + ", ".join(f"{key(k)}={entry(value[k])}" for k in hash_order(value)) + "}"
    assert isinstance(kind, StructType)
    fields = [(f.name, texter(f.type)) for f in kind.fields]
    # A struct shows only the fields that have a value, as Connect's Struct does.
    return lambda value: "Struct{" + ",".join(f"{n}={t(value[n])}" for n, t in fields if value[n] is not None) + "}"


def text(value: Any, kind: SqlType) -> str:
    """The text of one value; NULL is ``null``. For many values take ``texter`` once."""
    return "null" if value is None else texter(kind)(value)


def _nullable(inner: Text) -> Text:
    return lambda value: "null" if value is None else inner(value)


def _boolean(value: bool) -> str:
    return "true" if value else "false"


def _bytes(value: bytes) -> str:
    # What Java prints for a ByteBuffer; only inside collections, since CAST of BYTES to STRING is refused.
    return f"java.nio.HeapByteBuffer[pos=0 lim={len(value)} cap={len(value)}]"


_SIMPLE: dict[Base, Text] = {
    Base.BOOLEAN: _boolean,
    Base.INTEGER: str,
    Base.BIGINT: str,
    Base.DOUBLE: doubles.text,
    Base.DECIMAL: exact.text,
    Base.STRING: str,
    Base.BYTES: _bytes,
    Base.DATE: times.date_text,
    Base.TIME: times.time_text,
    Base.TIMESTAMP: times.timestamp_text,
}
