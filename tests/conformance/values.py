"""JSON of a case <-> bytes of a record, by the format of the relation over the topic.

Text formats (JSON, DELIMITED) take the case's JSON or text as it is, so that malformed records reach the product. Binary formats are
written with the product's own encoders from values coerced to the declared types.
"""

from __future__ import annotations

import base64
import json
from decimal import Context, Decimal
from typing import Any

from millstream.types import ArrayType, Base, Column, DecimalType, MapType, SqlType, StructType


def dumps(value: Any) -> bytes:
    """JSON text with exact decimals (every Decimal keeps its digits)."""
    return _dumps(value).encode()


def _dumps(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k, ensure_ascii=False)}:{_dumps(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_dumps(v) for v in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def loads(data: bytes) -> Any:
    """JSON bytes with exact decimals."""
    return json.loads(data, parse_float=Decimal)


def coerce(value: Any, to: SqlType) -> Any:
    """A case's JSON value as the Python value of a SQL type; lenient, since cases write numbers as text and the reverse."""
    if value is None:
        return None
    base = to.base
    if base in (Base.INTEGER, Base.BIGINT, Base.DATE, Base.TIME, Base.TIMESTAMP):
        return int(value)
    if base is Base.DOUBLE:
        return float(value)
    if isinstance(to, DecimalType):
        return Decimal(str(value)).quantize(Decimal(1).scaleb(-to.scale), context=Context(prec=200))
    if base is Base.STRING:
        return value if isinstance(value, str) else _dumps(value)
    if base is Base.BOOLEAN:
        return value if isinstance(value, bool) else str(value).lower() == "true"
    if base is Base.BYTES:
        return base64.b64decode(value) if isinstance(value, str) else bytes(value)
    if isinstance(to, ArrayType):
        return [coerce(v, to.element) for v in value]
    if isinstance(to, MapType):
        return {coerce(k, to.key): coerce(v, to.value) for k, v in value.items()}
    if isinstance(to, StructType):
        return {f.name: coerce(pick(value, f.name), f.type) for f in to.fields}
    return value


def pick(fields: dict[str, Any], name: str) -> Any:
    """A field in its exact spelling, or else in any case."""
    if name in fields:
        return fields[name]
    return next((v for k, v in fields.items() if k.upper() == name.upper()), None)


def row(value: Any, columns: list[Column], unwrapped: bool) -> list[Any] | None:
    """A case's value as one Python value a column; None for a null record."""
    if value is None:
        return None
    if unwrapped and len(columns) == 1:
        return [coerce(value, columns[0].type)]
    if not isinstance(value, dict):
        return [coerce(value, columns[0].type)] if len(columns) == 1 else None
    return [coerce(pick(value, c.name), c.type) for c in columns]


def plain(value: Any, kind: SqlType) -> Any:
    """A Python value of a SQL type as cases write it: bytes as base64, the rest as JSON values."""
    if value is None:
        return None
    if kind.base is Base.BYTES:
        return base64.b64encode(value).decode()
    if kind.base is Base.DECIMAL:
        return str(value)
    if isinstance(kind, ArrayType):
        return [plain(v, kind.element) for v in value]
    if isinstance(kind, MapType):
        return {str(plain(k, kind.key)): plain(v, kind.value) for k, v in value.items()}
    if isinstance(kind, StructType):
        return {f.name: plain(value.get(f.name), f.type) for f in kind.fields}
    return value
