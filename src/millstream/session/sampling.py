"""What a topic holds, found out by looking: its registered schemas, Connect's envelope, or a few records. For DESCRIBE of a
connector and for
relations declared without columns."""

from __future__ import annotations

import json
from collections.abc import Iterable

from millstream.errors import MillstreamError
from millstream.formats.base import FormatOptions, RegisteredSchema
from millstream.session.worlds import World
from millstream.types import BIGINT, BOOLEAN, DOUBLE, STRING, ArrayType, Base, Column, SqlType, StructType, array, struct

FORMAT_OF_KIND = {"AVRO": "AVRO", "PROTOBUF": "PROTOBUF", "JSON": "JSON_SR"}
#: Records looked at.
SAMPLE = 50


def registered(world: World, topic: str, side: str = "value") -> RegisteredSchema | None:
    """The newest schema of a side; None too where the registry does not answer."""
    if world.registry is None:
        return None
    try:
        return world.registry.latest(f"{topic}-{side}")
    except MillstreamError:
        return None


def registered_columns(schema: RegisteredSchema, topic: str, *, is_key: bool = False) -> list[Column]:
    from millstream import formats

    options = FormatOptions(is_key=is_key, topic=topic, unwrapped=is_key)
    return formats.get(FORMAT_OF_KIND[schema.kind]).infer(schema, options)


def columns_text(world: World, topic: str) -> str | None:
    """``id BIGINT, name VARCHAR``, as DESCRIBE of a connector shows it; None for a topic that holds nothing yet."""
    schema = registered(world, topic)
    try:
        if schema is not None:
            written = _written_names(schema)
            return ", ".join(f"{written.get(c.name, c.name)} {sql_text(c.type)}" for c in registered_columns(schema, topic))
        fields = enveloped_fields(world, topic) or sampled_fields(world, topic)
    except MillstreamError:
        return None
    return ", ".join(f"{name} {sql_text(kind)}" for name, kind in fields.items()) if fields else None


def _written_names(schema: RegisteredSchema) -> dict[str, str]:
    """The names of a schema's columns as the schema writes them, by the column's name."""
    if schema.kind == "PROTOBUF":
        return {}
    parsed = json.loads(schema.text)
    names = parsed.get("properties") or [f["name"] for f in parsed.get("fields") or []] if isinstance(parsed, dict) else []
    return {name.upper(): name for name in names}


def sql_text(kind: SqlType) -> str:
    """A type as people write it."""
    if isinstance(kind, ArrayType):
        return f"ARRAY<{sql_text(kind.element)}>"
    if isinstance(kind, StructType):
        return "STRUCT<" + ", ".join(f"{f.name} {sql_text(f.type)}" for f in kind.fields) + ">"
    return "VARCHAR" if kind.base is Base.STRING else str(kind)


def enveloped_fields(world: World, topic: str) -> dict[str, SqlType]:
    """The fields of the newest schema that stands beside a payload in the first records; none where there is none."""
    from millstream.formats.connect_json import opened
    from millstream.formats.connect_json.schema import sql_type

    schemas = [schema for value in first_records(world, topic, keys=False) if value and (schema := opened(value)[0]) not in (None, b"null")]
    try:
        kind = sql_type(json.loads(schemas[-1])) if schemas else STRING
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}
    return {f.name: f.type for f in kind.fields} if isinstance(kind, StructType) else {}


def sampled_fields(world: World, topic: str) -> dict[str, SqlType]:
    """The fields of the first JSON records (of the payload, in Connect's envelope) with the types they seem to have."""
    return fields_of(first_records(world, topic, keys=False))


def fields_of(samples: Iterable[bytes | None]) -> dict[str, SqlType]:
    """The same of given JSON texts; none where one is no JSON."""
    fields: dict[str, SqlType] = {}
    for value in samples:
        try:
            parsed = json.loads(value or b"null")
        except ValueError:
            return {}
        if isinstance(parsed, dict) and set(parsed) == {"schema", "payload"}:
            parsed = parsed["payload"]
        if not isinstance(parsed, dict):
            continue
        for name, item in parsed.items():
            kind = _kind(item)
            if kind is BIGINT and fields.get(name) is DOUBLE:
                continue
            if kind is not None or name not in fields:
                fields[name] = kind or STRING
    return fields


def null_keys(world: World, topic: str) -> bool:
    """Whether the topic has records, and the first ones have no key."""
    keys = first_records(world, topic, keys=True)
    return bool(keys) and all(key is None for key in keys)


def key_column(world: World, topic: str, form: str, columns: list[Column]) -> Column | None:
    """The value column that holds what the first records have as their key, if exactly one does."""
    from millstream import formats

    keys, values = first_records(world, topic, keys=True), first_records(world, topic, keys=False)
    decode = formats.get(form).decoder(columns, FormatOptions(topic=topic), world.registry)
    fitting = list(range(len(columns)))
    for key, value in zip(keys, values, strict=True):
        try:
            row = decode(value)
        except MillstreamError:
            return None
        if key is None or row is None:
            return None
        fitting = [i for i in fitting if _same(key, row[i], columns[i].type)]
    if len(fitting) != 1:
        return None
    column = columns[fitting[0]]
    first = next((k for k in keys if k is not None), b"")
    written = column.type.base in (Base.INTEGER, Base.BIGINT) and first.isdigit()
    return Column(column.name, STRING) if written else column


def _same(key: bytes, value: object, kind: SqlType) -> bool:
    """Whether KAFKA's serializer would make this key of the value, or of the number's text."""
    if isinstance(value, str):
        return key == value.encode()
    if isinstance(value, int) and key == str(value).encode():
        return True
    size = {Base.INTEGER: 4, Base.BIGINT: 8}.get(kind.base)
    return size is not None and isinstance(value, int) and key == value.to_bytes(size, "big", signed=True)


def first_key(world: World, topic: str) -> bytes | None:
    return next((key for key in first_records(world, topic, keys=True) if key is not None), None)


def first_records(world: World, topic: str, *, keys: bool) -> list[bytes | None]:
    """The keys or values of the first records of each partition."""
    log = world.database.log
    if log.topic(topic) is None:
        return []
    found: list[bytes | None] = []
    for partition, start in enumerate(log.start_offsets(topic)):
        batch = log.read(topic, partition, start, 1 << 16)
        found += (batch.keys if keys else batch.values)[:SAMPLE]
    return found


def _kind(item: object) -> SqlType | None:
    if isinstance(item, bool):
        return BOOLEAN
    if isinstance(item, int):
        return BIGINT
    if isinstance(item, float):
        return DOUBLE
    if isinstance(item, list):
        return array(next((k for i in item if (k := _kind(i)) is not None), STRING))
    if isinstance(item, dict):
        return struct([(n, _kind(v) or STRING) for n, v in item.items()])
    return STRING if isinstance(item, str) else None
