"""Records of a case <-> records of a topic, by the formats of the relation over it."""

from __future__ import annotations

import struct
from dataclasses import replace
from decimal import Decimal
from typing import Any

from millstream import formats
from millstream.catalog import FormatSpec, Relation
from millstream.formats.base import FormatOptions
from millstream.types import ArrayType, Base, Column, MapType, SqlType, StructType
from tests.conformance import values
from tests.conformance.world import World

#: Formats whose bytes are the case's JSON as it stands.
AS_JSON = {"JSON"}
#: Formats whose records are read with a schema.
WITH_SCHEMA = {"AVRO", "PROTOBUF", "PROTOBUF_NOSR"}


def to_bytes(world: World, relation: Relation | None, record: dict[str, Any]) -> tuple[bytes | None, bytes | None]:
    """Key and value of an input record."""
    if relation is None:
        return _json(record.get("key")), _json(record.get("value"))
    key = _side(world, relation.key_format, list(relation.schema.key), record.get("key"))
    if relation.window is not None and record.get("window") is not None and key is not None:
        window = record["window"]
        ends = (window["end"], window["start"]) if relation.window.kind == "SESSION" else (window["start"],)
        key += b"".join(struct.pack(">q", e) for e in ends)
    return key, _side(world, relation.value_format, list(relation.schema.value), record.get("value"))


def _side(world: World, spec: FormatSpec, columns: list[Column], value: Any) -> bytes | None:
    if value is None:
        return None
    name = spec.name
    if name in AS_JSON:
        return values.dumps(value)
    if name == "DELIMITED":
        return (value if isinstance(value, str) else values.dumps(value).decode()).encode()
    if name == "NONE" or not columns:
        return _json(value)
    if name == "KAFKA" and isinstance(value, str) and columns[0].type.base.value not in ("STRING", "BYTES"):
        return value.encode()
    encoder = formats.get(name).encoder(columns, _as_brought(world, spec), world.registry)
    return encoder(values.row(value, columns, _is_unwrapped(spec)))


def _as_brought(world: World, spec: FormatSpec) -> FormatOptions:
    """The options that write by the PROTOBUF schema that the case's topic brings, if any: its types are others than SQL's."""
    brought = world.registry.latest(spec.options.subject) if spec.name == "PROTOBUF" and spec.options.subject in world.brought else None
    return spec.options if brought is None else replace(spec.options, schema_id=brought.id)


def _is_unwrapped(spec: FormatSpec) -> bool:
    """Whether a single column is the whole key or value, not a field of it."""
    return spec.options.unwrapped or spec.name == "KAFKA"


def expected(relation: Relation | None, record: dict[str, Any]) -> dict[str, Any]:
    """An expected record as ``from_bytes`` shows it: in formats with a schema a case may leave fields out, or spell them in any case."""
    if relation is None:
        return record
    sides = (("key", relation.key_format, relation.schema.key), ("value", relation.value_format, relation.schema.value))
    result = dict(record)
    for side, spec, columns in sides:
        value = record.get(side)
        if value is not None and spec.name in WITH_SCHEMA and isinstance(value, dict) and not _is_unwrapped(spec):
            row = values.row(value, list(columns), False) or []
            result[side] = {c.name: values.plain(v, c.type) for c, v in zip(columns, row, strict=True)}
        elif isinstance(value, dict) and spec.name in AS_JSON:
            # Cases may write a DECIMAL as text.
            decimals = {c.name.upper() for c in columns if c.type.base is Base.DECIMAL}
            result[side] = {k: Decimal(v) if isinstance(v, str) and k.upper() in decimals else v for k, v in value.items()}
        elif value is not None and spec.name in WITH_SCHEMA and len(columns) == 1:
            result[side] = values.plain(values.coerce(value, columns[0].type), columns[0].type)
    return result


def _as_read(value: Any, columns: list[Column], spec: FormatSpec) -> Any:
    """A JSON_SR value with its MAPs, which are written as lists of entries, as objects."""
    if _is_unwrapped(spec) and len(columns) == 1:
        return _maps(value, columns[0].type)
    if not isinstance(value, dict):
        return value
    types = {c.name: c.type for c in columns}
    return {k: _maps(v, types[k]) if k in types else v for k, v in value.items()}


def _maps(value: Any, kind: SqlType) -> Any:
    if isinstance(kind, MapType) and isinstance(value, list):
        return {e["key"]: _maps(e["value"], kind.value) for e in value}
    if isinstance(kind, ArrayType) and isinstance(value, list):
        return [_maps(v, kind.element) for v in value]
    if isinstance(kind, StructType) and isinstance(value, dict):
        return {f.name: _maps(value.get(f.name), f.type) for f in kind.fields}
    return value


def _json(value: Any) -> bytes | None:
    return None if value is None else value.encode() if isinstance(value, str) else values.dumps(value)


def headers(record: dict[str, Any]) -> list[tuple[str, bytes | None]]:
    """Headers of an input record: [{"KEY": .., "VALUE": base64}]."""
    import base64

    listed = record.get("headers") or []
    return [
        (str(values.pick(h, "KEY")), None if values.pick(h, "VALUE") is None else base64.b64decode(values.pick(h, "VALUE"))) for h in listed
    ]


def from_bytes(world: World, relation: Relation | None, key: bytes | None, value: bytes | None, timestamp: int) -> dict[str, Any]:
    """An output record as cases write it."""
    record: dict[str, Any] = {"timestamp": timestamp}
    if relation is None:
        return {**record, "key": None if key is None else key.decode(), "value": None if value is None else values.loads(value)}
    if relation.window is not None and key is not None:
        key, record["window"] = _split_window(relation, key)
    record["key"] = _plain(world, relation.key_format, list(relation.schema.key), key)
    record["value"] = _plain(world, relation.value_format, list(relation.schema.value), value)
    return record


def _split_window(relation: Relation, key: bytes) -> tuple[bytes, dict[str, Any]]:
    assert relation.window is not None
    if relation.window.kind == "SESSION":
        end, start = struct.unpack(">qq", key[-16:])
        return key[:-16], {"start": start, "end": end, "type": "SESSION"}
    (start,) = struct.unpack(">q", key[-8:])
    return key[:-8], {"start": start, "end": start + relation.window.size, "type": "TIME"}


def _plain(world: World, spec: FormatSpec, columns: list[Column], data: bytes | None) -> Any:
    if data is None:
        return None
    if spec.name in AS_JSON:
        return values.loads(data)
    if spec.name == "JSON_SR":
        return _as_read(values.loads(data[5:]), columns, spec)
    if spec.name == "DELIMITED":
        return data.decode()
    row = formats.get(spec.name).decoder(columns, spec.options, world.registry)(data)
    if row is None:
        return None
    shown = [values.plain(v, c.type) for v, c in zip(row, columns, strict=True)]
    if len(columns) == 1 and _is_unwrapped(spec):
        return shown[0]
    return {c.name: v for c, v in zip(columns, shown, strict=True)}
