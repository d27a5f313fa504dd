"""Columns of records that Kafka Connect wrote, found out by looking at the first ones: schemas beside payloads, Debezium's changes, keys
that are objects, lines of text.

What may not live here: statements, catalog.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from millstream.dataclass import dataclass
from millstream.session import sampling
from millstream.session.worlds import World
from millstream.types import STRING, Column, SqlType, StructType, struct

ENVELOPES = "CONNECT_JSON"
#: What Debezium's change records hold: the row before, the row after, and what happened.
_BEFORE, _AFTER, _OP = "before", "after", "op"


@dataclass(frozen=True, slots=True)
class Side:
    """A key's or a value's format, with its columns: one called ROWKEY or ROWVAL where the record is no object."""

    form: str
    columns: list[Column]


def value_side(world: World, topic: str) -> Side | None:
    """None where there are no records yet, or they are neither JSON nor text."""
    samples = _samples(world, topic, keys=False)
    enveloped = _enveloped(samples, "ROWVAL")
    if enveloped is not None:
        return enveloped
    fields = sampling.fields_of(samples)
    if fields:
        return Side("JSON", _columns(_change(fields).items()))
    return Side("KAFKA", [Column("ROWVAL", STRING)]) if samples and all(map(_is_text, samples)) else None


def key_side(world: World, topic: str) -> Side | None:
    """None where the first keys are neither envelopes nor JSON objects (KAFKA's then, or none at all)."""
    samples = _samples(world, topic, keys=True)
    enveloped = _enveloped(samples, "ROWKEY")
    if enveloped is not None:
        return enveloped
    if not samples or not all(isinstance(_parsed(s), dict) for s in samples):
        return None
    fields = sampling.fields_of(samples)
    return Side(ENVELOPES, _columns(fields.items())) if fields else None


def _samples(world: World, topic: str, *, keys: bool) -> list[bytes]:
    return [s for s in sampling.first_records(world, topic, keys=keys) if s is not None]


def _parsed(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return None


def _enveloped(samples: list[bytes], bare: str) -> Side | None:
    """By the newest schema that stands beside a payload; None where a record has none."""
    from millstream.formats.connect_json import opened
    from millstream.formats.connect_json.schema import sql_type

    schemas = [_parsed(schema) for schema, _ in map(opened, samples) if schema is not None]
    solid = [s for s in schemas if isinstance(s, dict)]
    if not solid or len(schemas) < len(samples):
        return None
    try:
        kind = sql_type(solid[-1])
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    if isinstance(kind, StructType):
        return Side(ENVELOPES, _columns((f.name, f.type) for f in kind.fields))
    return Side(ENVELOPES, [Column(bare, kind)])


def _change(fields: dict[str, SqlType]) -> dict[str, SqlType]:
    """In a Debezium change without its schema: rows before and after have the same type, whichever was seen."""
    if not {_BEFORE, _AFTER, _OP} <= set(fields):
        return fields
    rows = [fields[name] for name in (_AFTER, _BEFORE) if isinstance(fields[name], StructType)]
    return {**fields, _BEFORE: rows[0], _AFTER: rows[0]} if rows else fields


def _columns(fields: Iterable[tuple[str, SqlType]]) -> list[Column]:
    return [Column(name.upper(), _upper(kind)) for name, kind in fields]


def _upper(kind: SqlType) -> SqlType:
    return struct([(f.name.upper(), _upper(f.type)) for f in kind.fields]) if isinstance(kind, StructType) else kind


def _is_text(data: bytes) -> bool:
    try:
        return data.decode().isprintable()
    except UnicodeDecodeError:
        return False
