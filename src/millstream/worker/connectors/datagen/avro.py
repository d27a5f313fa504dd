"""Avro schemas with generator annotations (``arg.properties``) to columns.

Taken: options, iteration (start, step, restart), range (min, max), regex, length, prefix, suffix; records, arrays, maps, enums,
unions with null, and the primitives. What else an annotation says is refused, not ignored.
"""

from __future__ import annotations

import json
from random import Random
from typing import Any

from millstream.worker.connectors.datagen.columns import Column, doubles, integers, iteration, nullable, options, record
from millstream.worker.connectors.datagen.patterns import pattern
from millstream.worker.schema import DATE_NAME, TIMESTAMP_NAME, ConnectSchema

_PRIMITIVES = {
    "boolean": "boolean",
    "int": "int32",
    "long": "int64",
    "float": "float32",
    "double": "float64",
    "string": "string",
    "bytes": "bytes",
}
_KNOWN = {"options", "iteration", "range", "regex", "length", "prefix", "suffix", "keys"}


def parse(text: str) -> tuple[ConnectSchema, Column]:
    """Schema and rows of an Avro record schema. ValueError says what cannot be used."""
    try:
        node = json.loads(text)
    except ValueError as e:
        raise ValueError(f"the schema is not JSON: {e}") from None
    schema, column = _node(node)
    if schema.type != "struct":
        raise ValueError(f"the schema must be a record, got {schema.type}")
    return schema, column


def _node(node: Any) -> tuple[ConnectSchema, Column]:
    if isinstance(node, list):
        solid = [n for n in node if n != "null"]
        if len(solid) != 1 or len(node) != 2:
            raise ValueError("only unions of null and one type can be generated")
        schema, column = _node(solid[0])
        return schema.as_optional(), nullable(column)
    if isinstance(node, str):
        node = {"type": node}
    kind = node.get("type")
    if isinstance(kind, dict | list):
        return _node(kind)
    rules = node.get("arg.properties") or {}
    strange = set(rules) - _KNOWN
    if strange:
        raise ValueError(f"the annotation {', '.join(sorted(strange))} is not known; known: {', '.join(sorted(_KNOWN))}")
    match kind:
        case "record":
            name = f"{node['namespace']}.{node['name']}" if "namespace" in node else node.get("name")
            return record(name, [(f["name"], *_node(_merged(f))) for f in node.get("fields", ())])
        case "array":
            element, inner = _node(node["items"])
            return ConnectSchema("array", element=element), _lists(inner, rules)
        case "map":
            element, inner = _node(node["values"])
            names = pattern((rules.get("keys") or {}).get("regex", "[a-z]{4}"))
            return ConnectSchema("map", key=ConnectSchema("string"), element=element), _maps(names, inner, rules)
        case "enum":
            return ConnectSchema("string"), options(rules.get("options") or node["symbols"])
        case _ if kind in _PRIMITIVES:
            return _schema(node, _PRIMITIVES[kind]), _primitive(kind, rules)
        case _:
            raise ValueError(f"the type {kind} cannot be generated")


def _merged(field: dict[str, Any]) -> Any:
    """Annotations may stand beside a field's plain type."""
    kind = field["type"]
    return {"type": kind, "arg.properties": field["arg.properties"]} if isinstance(kind, str) and "arg.properties" in field else kind


def _schema(node: dict[str, Any], kind: str) -> ConnectSchema:
    names = {"date": DATE_NAME, "timestamp-millis": TIMESTAMP_NAME}
    name = names.get(node.get("logicalType", ""))
    return ConnectSchema(kind, name=name, version=1 if name else None)


def _primitive(kind: str, rules: dict[str, Any]) -> Column:
    if "options" in rules:
        if not isinstance(rules["options"], list):
            raise ValueError("options must be a list; options from a file are not taken")
        return options(rules["options"])
    if "iteration" in rules:
        steps = rules["iteration"]
        return _cast(kind, iteration(int(steps.get("start", 0)), int(steps.get("step", 1)), _int(steps.get("restart"))))
    span = rules.get("range") or {}
    match kind:
        case "boolean":
            return options([True, False])
        case "int" | "long":
            limit = 1 << (31 if kind == "int" else 63)
            return integers(int(span.get("min", -limit)), int(span.get("max", limit - 1)))
        case "float" | "double":
            return doubles(float(span.get("min", 0.0)), float(span.get("max", 1.0)))
        case _:
            return _cast(kind, _texts(rules))


def _int(value: Any) -> int | None:
    return None if value is None else int(value)


def _cast(kind: str, column: Column) -> Column:
    match kind:
        case "string":
            return lambda rng, first, n: [str(v) for v in column(rng, first, n)]
        case "float" | "double":
            return lambda rng, first, n: [float(v) for v in column(rng, first, n)]
        case "bytes":
            return lambda rng, first, n: [str(v).encode() for v in column(rng, first, n)]
        case _:
            return column


def _texts(rules: dict[str, Any]) -> Column:
    low, high = _length(rules, 8, 16)
    inner = pattern(rules["regex"]) if "regex" in rules else pattern(f"[a-z]{{{low},{max(high - 1, low)}}}")
    head, tail = rules.get("prefix", ""), rules.get("suffix", "")
    return (lambda rng, first, n: [head + t + tail for t in inner(rng, first, n)]) if head or tail else inner


def _length(rules: dict[str, Any], low: int, high: int) -> tuple[int, int]:
    """``length``: a number, or min (included) and max (excluded)."""
    given = rules.get("length")
    if isinstance(given, dict):
        return int(given.get("min", low)), int(given.get("max", high))
    return (low, high) if given is None else (int(given), int(given) + 1)


def _lists(inner: Column, rules: dict[str, Any]) -> Column:
    low, high = _length(rules, 1, 5)

    def column(rng: Random, first: int, n: int) -> list[Any]:
        sizes = [rng.randrange(low, max(high, low + 1)) for _ in range(n)]
        values = iter(inner(rng, first, sum(sizes)))
        return [[next(values) for _ in range(size)] for size in sizes]

    return column


def _maps(names: Column, inner: Column, rules: dict[str, Any]) -> Column:
    keys, values = _lists(names, rules), inner

    def column(rng: Random, first: int, n: int) -> list[Any]:
        return [dict(zip(ks, values(rng, first, len(ks)), strict=True)) for ks in keys(rng, first, n)]

    return column
