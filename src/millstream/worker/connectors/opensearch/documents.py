"""Records to documents: the id, the index, and the two lines of a bulk request."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from millstream.worker.converters.plain import Change
from millstream.worker.errors import DataError
from millstream.worker.records import Records
from millstream.worker.schema import DATE_NAME, DECIMAL_NAME, FLOATS, INTEGERS, TIMESTAMP_NAME, ConnectSchema

_DAY_MS = 86_400_000
_encode = msgspec.json.Encoder(decimal_format="number").encode


def index_of(config: Mapping[str, Any], topic: str) -> str:
    """The index of a topic: its name in lower case, as indices must be."""
    mapping = dict(entry.split(":", 1) for entry in config["topic.index.map"] if ":" in entry)
    name = str(mapping.get(topic, topic)).lower()
    return name.lstrip("-_+") or name


def id_of(records: Records, i: int, ignore_key: bool) -> str:
    """The document's id: the same record always has the same one."""
    if ignore_key:
        return f"{records.topic}+{records.partition}+{records.offsets[i]}"
    key = records.key(i)
    if key is None:
        raise DataError(
            f"Key is used as document id and can not be null: {records.topic}-{records.partition}@{records.offsets[i]}. "
            "Set key.ignore=true to make ids of topic, partition and offset."
        )
    if isinstance(key, dict):
        return "+".join(str(v) for v in key.values()) if len(key) == 1 else _encode(key).decode()
    return key.decode(errors="replace") if isinstance(key, bytes) else ("true" if key else "false") if isinstance(key, bool) else str(key)


def bulk_lines(action: str, index: str, number: str | None, version: int | None, document: Any) -> bytes:
    """The lines of one operation. ``version``: the record's offset, so that an older record never wins."""
    about: dict[str, Any] = {"_index": index}
    if number is not None:
        about["_id"] = number
    if version is not None:
        about |= {"version": version, "version_type": "external"}
    if action == "update":
        about["retry_on_conflict"] = 5
    head = _encode({action: about}) + b"\n"
    if action == "delete":
        return head
    try:
        body = _encode({"doc": document, "doc_as_upsert": True} if action == "update" else document)
    except (TypeError, ValueError) as e:
        raise DataError(f"The value cannot be written as a JSON document: {e}") from e
    return head + body + b"\n"


def to_document(schema: ConnectSchema | None) -> Change:
    """How a value becomes a document: dates as milliseconds, decimals as doubles (as Confluent's sink maps them)."""
    if schema is None:
        return _whole
    change = _change(schema)

    def document(value: Any) -> Any:
        return _whole(change(value))

    return document


def _whole(value: Any) -> Any:
    if isinstance(value, dict):
        return value
    raise DataError(f"A document must be an object, got {type(value).__name__}: use a transform such as HoistField.")


def _change(schema: ConnectSchema) -> Change:
    if schema.name == DECIMAL_NAME:
        return lambda v: None if v is None else float(v)
    if schema.name == DATE_NAME:
        return lambda v: None if v is None else v * _DAY_MS
    if schema.type == "struct":
        parts = [(f.name, _change(f.schema)) for f in schema.fields]
        return lambda v: None if v is None else {name: part(v[name]) for name, part in parts}
    if schema.type == "array" and schema.element:
        each = _change(schema.element)
        return lambda v: None if v is None else [each(x) for x in v]
    if schema.type == "map" and schema.element:
        inner = _change(schema.element)
        return lambda v: None if v is None else {str(k): inner(x) for k, x in v.items()}
    return lambda v: float(v) if isinstance(v, Decimal) else v


def mapping_of(schema: ConnectSchema) -> dict[str, Any]:
    """The mapping of a schema."""
    if schema.type == "struct":
        return {"properties": {f.name: mapping_of(f.schema) for f in schema.fields}}
    if schema.type == "array" and schema.element:
        return mapping_of(schema.element)
    if schema.type == "map":
        return {"type": "object"}
    if schema.name in (DATE_NAME, TIMESTAMP_NAME):
        return {"type": "date"}
    if schema.name == DECIMAL_NAME:
        return {"type": "double"}
    if schema.type in INTEGERS:
        return {"type": {"int8": "byte", "int16": "short", "int32": "integer"}.get(schema.type, "long")}
    if schema.type in FLOATS:
        return {"type": "float" if schema.type == "float32" else "double"}
    if schema.type == "string":
        return {"type": "text", "fields": {"keyword": {"type": "keyword", "ignore_above": 256}}}
    return {"type": {"boolean": "boolean", "bytes": "binary"}.get(schema.type, "text")}
