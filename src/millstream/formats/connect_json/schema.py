"""Connect's JSON form of a schema <-> SQL types, and payloads whose DECIMALs become numbers. Pure."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from millstream.formats.numbers import EXACT
from millstream.types import (
    BIGINT,
    BOOLEAN,
    BYTES,
    DATE,
    DOUBLE,
    INTEGER,
    STRING,
    TIME,
    TIMESTAMP,
    ArrayType,
    Base,
    Column,
    DecimalType,
    MapType,
    SqlType,
    StructType,
    array,
    decimal,
    map_of,
    struct,
)

_CONNECT = "org.apache.kafka.connect.data."
_DECIMAL = f"{_CONNECT}Decimal"
#: Digits of a DECIMAL whose schema does not say how many it has.
_DIGITS = 64
_NAMED = {f"{_CONNECT}Date": DATE, f"{_CONNECT}Time": TIME, f"{_CONNECT}Timestamp": TIMESTAMP}
#: Debezium's own that count in the same units.
_NAMED |= {"io.debezium.time.Date": DATE, "io.debezium.time.Time": TIME, "io.debezium.time.Timestamp": TIMESTAMP}
_PLAIN = {
    "int8": INTEGER,
    "int16": INTEGER,
    "int32": INTEGER,
    "int64": BIGINT,
    "float": DOUBLE,
    "double": DOUBLE,
    "boolean": BOOLEAN,
    "string": STRING,
    "bytes": BYTES,
}
_OUT: dict[Base, dict[str, Any]] = {
    Base.BOOLEAN: {"type": "boolean"},
    Base.INTEGER: {"type": "int32"},
    Base.BIGINT: {"type": "int64"},
    Base.DOUBLE: {"type": "double"},
    Base.STRING: {"type": "string"},
    Base.BYTES: {"type": "bytes"},
    Base.DATE: {"type": "int32", "name": f"{_CONNECT}Date", "version": 1},
    Base.TIME: {"type": "int32", "name": f"{_CONNECT}Time", "version": 1},
    Base.TIMESTAMP: {"type": "int64", "name": f"{_CONNECT}Timestamp", "version": 1},
}


def sql_type(node: dict[str, Any]) -> SqlType:
    """The SQL type of a schema; field names as the schema has them. Raises ValueError for what SQL has no type for."""
    kind, name = node.get("type"), node.get("name")
    if name in _NAMED:
        return _NAMED[name]
    if name == _DECIMAL:
        given = node.get("parameters") or {}
        scale = int(given.get("scale", 0))
        return decimal(max(int(given.get("connect.decimal.precision", _DIGITS)), scale, 1), scale)
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind == "array":
        return array(sql_type(node["items"]))
    if kind == "map" and node["keys"].get("type") == "string":
        return map_of(STRING, sql_type(node["values"]))
    if kind == "struct":
        return struct([(f["field"], sql_type(f)) for f in node.get("fields") or ()])
    raise ValueError(f"a Connect schema of type {kind}{' with keys that are no texts' if kind == 'map' else ''} has no SQL type")


def schema_text(columns: Sequence[Column], bare: bool) -> str:
    """The schema of columns, as JsonConverter writes it. ``bare``: the one column is the whole value."""
    whole = _node(columns[0].type) if bare else _struct([(c.name, c.type) for c in columns])
    return json.dumps({**whole, "optional": bare}, separators=(",", ":"), ensure_ascii=False)


def _node(type_: SqlType) -> dict[str, Any]:
    if isinstance(type_, StructType):
        return {**_struct([(f.name, f.type) for f in type_.fields]), "optional": True}
    if isinstance(type_, ArrayType):
        return {"type": "array", "items": _node(type_.element), "optional": True}
    if isinstance(type_, MapType):
        return {"type": "map", "keys": {"type": "string", "optional": False}, "values": _node(type_.value), "optional": True}
    if isinstance(type_, DecimalType):
        parameters = {"scale": str(type_.scale), "connect.decimal.precision": str(type_.precision)}
        return {"type": "bytes", "optional": True, "name": _DECIMAL, "version": 1, "parameters": parameters}
    return {**_OUT[type_.base], "optional": True}


def _struct(fields: Sequence[tuple[str, SqlType]]) -> dict[str, Any]:
    return {"type": "struct", "fields": [{**_node(kind), "field": name} for name, kind in fields]}


def with_numbers(schema: dict[str, Any], payload: bytes) -> bytes:
    """The payload with its base64 DECIMALs as texts of numbers. Raises ValueError and the like where the two do not fit."""
    return json.dumps(_numbers(schema, json.loads(payload)), ensure_ascii=False).encode()


def _numbers(schema: dict[str, Any], value: Any) -> Any:
    if value is None:
        return None
    kind = schema.get("type")
    if schema.get("name") == _DECIMAL:
        if not isinstance(value, str):
            return value
        scale = int((schema.get("parameters") or {}).get("scale", 0))
        return str(Decimal(int.from_bytes(base64.b64decode(value, validate=True), "big", signed=True)).scaleb(-scale, EXACT))
    if kind == "struct":
        fields = {f["field"]: f for f in schema.get("fields") or ()}
        return {name: _numbers(fields[name], item) if name in fields else item for name, item in value.items()}
    if kind == "array":
        return [_numbers(schema["items"], item) for item in value]
    if kind == "map" and isinstance(value, dict):
        return {key: _numbers(schema["values"], item) for key, item in value.items()}
    return value
