"""Connect's JSON form of a schema, as JsonConverter puts it beside the payload."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from millstream.worker.errors import DataError
from millstream.worker.schema import ConnectSchema, Field

_OUT = {"float32": "float", "float64": "double"}
_IN = {"float": "float32", "double": "float64"}
_PRIMITIVES = {"int8", "int16", "int32", "int64", "float32", "float64", "boolean", "string", "bytes"}


def to_json(schema: ConnectSchema) -> dict[str, Any]:
    """A schema in the order of keys that Kafka writes."""
    out: dict[str, Any] = {"type": _OUT.get(schema.type, schema.type)}
    if schema.type == "array" and schema.element:
        out["items"] = to_json(schema.element)
    elif schema.type == "map" and schema.element:
        out["keys"] = to_json(schema.key or ConnectSchema("string"))
        out["values"] = to_json(schema.element)
    elif schema.type == "struct":
        out["fields"] = [{**to_json(f.schema), "field": f.name} for f in schema.fields]
    out["optional"] = schema.optional
    if schema.name is not None:
        out["name"] = schema.name
    if schema.version is not None:
        out["version"] = schema.version
    if schema.doc is not None:
        out["doc"] = schema.doc
    if schema.parameters:
        out["parameters"] = dict(schema.parameters)
    if schema.default is not None:
        out["default"] = schema.default
    return out


def from_json(node: Any) -> ConnectSchema | None:
    """The schema of a JSON form; None for null. Raises DataError where it is none."""
    if node is None:
        return None
    if not isinstance(node, dict) or not isinstance(node.get("type"), str):
        raise DataError("Schema must contain 'type' field")
    kind: str = _IN.get(node["type"]) or str(node["type"])
    schema = ConnectSchema(
        kind,
        bool(node.get("optional", False)),
        node.get("name"),
        node.get("version"),
        node.get("default"),
        tuple((str(k), str(v)) for k, v in (node.get("parameters") or {}).items()),
        doc=node.get("doc"),
    )
    if kind in _PRIMITIVES:
        return schema
    if kind == "array":
        return replace(schema, element=from_json(node.get("items")))
    if kind == "map":
        return replace(schema, key=from_json(node.get("keys")), element=from_json(node.get("values")))
    if kind == "struct":
        return replace(schema, fields=tuple(_field(f) for f in node.get("fields") or ()))
    raise DataError(f"Unknown schema type: {node['type']}")


def _field(node: Any) -> Field:
    inner = from_json(node)
    if inner is None or not isinstance(node.get("field"), str):
        raise DataError("Struct schema's field name not specified properly")
    return Field(node["field"], inner)
