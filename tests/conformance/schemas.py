"""``post.sources`` of a case: which relations there must be in the end, with which columns and formats."""

from __future__ import annotations

from typing import Any

from millstream.catalog import Relation
from millstream.sql import parse_schema, tree
from millstream.types import ArrayType, Field, MapType, Role, SqlType, StructType
from tests.conformance.world import World


def compare(world: World, sources: list[dict[str, Any]]) -> str | None:
    """The first difference, or None."""
    for source in sources:
        relation = world.database.catalog.relations.get(source["name"])
        if relation is None:
            return f"source {source['name']}: there is none"
        if (difference := _one(relation, source)) is not None:
            return f"source {source['name']}: {difference}"
    return None


def _one(relation: Relation, source: dict[str, Any]) -> str | None:
    if "type" in source and source["type"].upper() != relation.kind:
        return f"expected a {source['type']}, got a {relation.kind}"
    if source.get("schema") is not None:
        want = [(c.name, _type(c.type), c.constraint) for c in parse_schema(source["schema"])]
        got = [(c.name, c.type, _constraint(relation, c.role)) for c in relation.schema]
        if [(n, t) for n, t, _ in want] != [(n, t) for n, t, _ in got]:
            return f"expected schema {source['schema']}, got {relation.schema}"
        if [n for n, _, k in want if k in ("KEY", "PRIMARY KEY")] != [n for n, _, k in got if k == "KEY"]:
            return f"expected key columns as in {source['schema']}, got {relation.schema}"
    return _formats(relation, source)


def _formats(relation: Relation, source: dict[str, Any]) -> str | None:
    key = source.get("keyFormat") or {}
    if key.get("format") and key["format"] != relation.key_format.name:
        return f"expected key format {key['format']}, got {relation.key_format.name}"
    if source.get("valueFormat") and source["valueFormat"] != relation.value_format.name:
        return f"expected value format {source['valueFormat']}, got {relation.value_format.name}"
    if key.get("windowType"):
        window = relation.window
        if window is None or window.kind != key["windowType"]:
            return f"expected a {key['windowType']} window, got {window}"
        if key.get("windowSize") is not None and key["windowSize"] != window.size:
            return f"expected a window of {key['windowSize']} ms, got {window.size}"
    return None


def _constraint(relation: Relation, role: Role) -> str | None:
    return "KEY" if role is Role.KEY else None


def _type(name: tree.TypeName) -> SqlType | None:
    """The type of a schema text; custom types do not occur there."""
    if name.array_of is not None:
        return ArrayType(**{"base": _base("ARRAY"), "element": _type(name.array_of)})
    if name.map_of is not None:
        return MapType(**{"base": _base("MAP"), "key": _type(name.map_of[0]), "value": _type(name.map_of[1])})
    if name.fields is not None:
        return StructType(_base("STRUCT"), tuple(Field(n, _type(t)) for n, t in name.fields))
    return name.type


def _base(name: str) -> Any:
    from millstream.types import Base

    return Base[name]
