"""Values of rows as JSON text: exact decimals without exponent, bytes as base64, dates and times as text.

``row_encoder`` is made once a query, so that a row costs one call and one ``json`` encoding of plain values.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from millstream.engine.values.times import date_text, timestamp_text
from millstream.types import ArrayType, Base, MapType, SqlType, StructType

#: Turns a value that is not None into JSON text.
Encoder = Callable[[Any], str]

_quote = json.encoder.encode_basestring
_EPOCH = datetime(1970, 1, 1)
#: Milliseconds that Python's datetime knows: the years 1 to 9999.
_FIRST, _LAST = -62_135_596_800_000, 253_402_300_799_999


def utf8(text: str) -> bytes:
    """Bytes for the wire. A text may hold half of a surrogate pair (JSON can write one, ``\\ud800``): that is a ``?``, as on the JVM."""
    return text.encode("utf-8", "replace")


def row_encoder(types: Sequence[SqlType]) -> Callable[[Sequence[Any]], str]:
    """A function from a row's values to the text of a JSON array."""
    encoders = [encoder(kind) for kind in types]

    def encode(values: Sequence[Any]) -> str:
        return "[" + ",".join(["null" if v is None else e(v) for e, v in zip(encoders, values, strict=True)]) + "]"

    return encode


def encoder(kind: SqlType) -> Encoder:
    """The function for values of one type."""
    if isinstance(kind, ArrayType):
        element = encoder(kind.element)
        return lambda items: "[" + ",".join(["null" if i is None else element(i) for i in items]) + "]"
    if isinstance(kind, MapType):
        key, value = _key(kind.key), encoder(kind.value)
        return lambda items: "{" + ",".join([f"{key(k)}:{'null' if v is None else value(v)}" for k, v in items.items()]) + "}"
    if isinstance(kind, StructType):
        return _struct(kind)
    return _SCALARS[kind.base]


def _struct(kind: StructType) -> Encoder:
    parts = [(f.name, _quote(f.name), encoder(f.type)) for f in kind.fields]

    def encode(values: Any) -> str:
        texts = []
        for name, quoted, part in parts:
            value = values.get(name)
            texts.append(f"{quoted}:{'null' if value is None else part(value)}")
        return "{" + ",".join(texts) + "}"

    return encode


def _key(kind: SqlType) -> Encoder:
    part = encoder(kind)
    return lambda key: "null" if key is None else (text if (text := part(key)).startswith('"') else f'"{text}"')


def _double(value: float) -> str:
    """As Java prints a double: ``1.0E10`` from ten million on, ``NaN`` and infinities as text."""
    if math.isnan(value):
        return '"NaN"'
    if math.isinf(value):
        return '"Infinity"' if value > 0 else '"-Infinity"'
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(float(value)) if "e" not in repr(float(value)) else format(Decimal(repr(float(value))), "f")
    sign, digits, exponent = Decimal(repr(float(value))).as_tuple()
    shown = "".join(map(str, digits)).rstrip("0") or "0"
    power = int(exponent) + len(digits) - 1
    return f"{'-' if sign else ''}{shown[0]}.{shown[1:] or '0'}E{power}"


def _timestamp(value: int) -> str:
    if not _FIRST <= value <= _LAST:
        return f'"{timestamp_text(value)}"'
    return f'"{(_EPOCH + timedelta(milliseconds=value)).isoformat(timespec="milliseconds")}"'


def _date(value: int) -> str:
    return f'"{date_text(value)}"'


def _time(value: int) -> str:
    """As Java prints a LocalTime: seconds and milliseconds only where they are not zero."""
    seconds, millis = divmod(value, 1000)
    text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}"
    if seconds % 60 or millis:
        text += f":{seconds % 60:02d}"
    return f'"{text}.{millis:03d}"' if millis else f'"{text}"'


def _decimal(value: Decimal) -> str:
    return format(value, "f")


_SCALARS: dict[Base, Encoder] = {
    Base.BOOLEAN: lambda value: "true" if value else "false",
    Base.INTEGER: str,
    Base.BIGINT: str,
    Base.DOUBLE: _double,
    Base.DECIMAL: _decimal,
    Base.STRING: _quote,
    Base.BYTES: lambda value: f'"{base64.b64encode(value).decode()}"',
    Base.DATE: _date,
    Base.TIME: _time,
    Base.TIMESTAMP: _timestamp,
}
