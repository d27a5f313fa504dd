"""JSON Schema texts <-> Connect schemas, in the form Confluent's JsonSchemaConverter writes (``connect.type``, ``connect.index``).

Schemas that others wrote (no ``connect.*`` marks) are read as well as they can be: integer is int64, number is float64.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from millstream.worker.errors import DataError
from millstream.worker.schema import DECIMAL_NAME, ConnectSchema, Field

_JSON_TYPES = {"boolean": "boolean", "string": "string", "bytes": "string", "float32": "number", "float64": "number"}
_CONNECT_TYPES = {"integer": "int64", "number": "float64", "string": "string", "boolean": "boolean"}


def to_json_schema(schema: ConnectSchema, *, numeric_decimals: bool, index: int | None = None) -> dict[str, Any]:
    """The JSON Schema of a Connect schema. Optional values are ``oneOf`` null and the type; required fields are listed."""
    inner = _required_form(schema, numeric_decimals)
    if schema.optional:
        out: dict[str, Any] = {"oneOf": [{"type": "null"}, inner]}
    else:
        out = inner
    if index is not None:
        out["connect.index"] = index
    return out


def _required_form(schema: ConnectSchema, numeric_decimals: bool) -> dict[str, Any]:
    out: dict[str, Any] = {}
    if schema.type == "struct":
        out["type"] = "object"
        out["properties"] = {
            f.name: to_json_schema(f.schema, numeric_decimals=numeric_decimals, index=i) for i, f in enumerate(schema.fields)
        }
        required = [f.name for f in schema.fields if not f.schema.optional and f.schema.default is None]
        if required:
            out["required"] = required
    elif schema.type == "array":
        out["type"] = "array"
        out["items"] = to_json_schema(schema.element or ConnectSchema("string", True), numeric_decimals=numeric_decimals)
    elif schema.type == "map":
        out["type"] = "object"
        out["connect.type"] = "map"
        out["additionalProperties"] = to_json_schema(schema.element or ConnectSchema("string", True), numeric_decimals=numeric_decimals)
    else:
        number = schema.name == DECIMAL_NAME and numeric_decimals
        out["type"] = "number" if number else _JSON_TYPES.get(schema.type, "integer")
        if schema.type not in ("boolean", "string"):
            out["connect.type"] = schema.type
    if schema.name is not None:
        out["title"] = schema.name
    if schema.version is not None:
        out["connect.version"] = schema.version
    if schema.parameters:
        out["connect.parameters"] = dict(schema.parameters)
    if schema.default is not None:
        out["default"] = schema.default
    return out


def from_json_schema(node: Any) -> ConnectSchema:
    """The Connect schema of a JSON Schema."""
    if not isinstance(node, dict):
        raise DataError(f"A JSON schema is an object, got {node!r}.")
    options = node.get("oneOf") or node.get("anyOf")
    if options:
        solid = [o for o in options if o.get("type") != "null"]
        if len(solid) != 1:
            raise DataError("A JSON schema with a choice of several types cannot be used: expected null and one type.")
        return replace(from_json_schema(solid[0]), optional=len(solid) < len(options))
    kind = node.get("type")
    optional = False
    if isinstance(kind, list):
        optional = "null" in kind
        kind = next((k for k in kind if k != "null"), "string")
    schema = ConnectSchema(
        node.get("connect.type") or _CONNECT_TYPES.get(str(kind), "string"),
        optional,
        node.get("title"),
        node.get("connect.version"),
        node.get("default"),
        tuple((str(k), str(v)) for k, v in (node.get("connect.parameters") or {}).items()),
    )
    if kind == "array":
        return replace(schema, type="array", element=from_json_schema(node.get("items") or {"type": "string"}))
    if kind == "object" and (schema.type == "map" or "properties" not in node):
        inner = node.get("additionalProperties")
        element = from_json_schema(inner) if isinstance(inner, dict) else ConnectSchema("string", True)
        return replace(schema, type="map", key=ConnectSchema("string"), element=element)
    if kind == "object":
        return replace(schema, type="struct", fields=_fields(node))
    return schema


def _fields(node: dict[str, Any]) -> tuple[Field, ...]:
    required = set(node.get("required") or ())
    marked = any("connect.index" in p for p in node["properties"].values())
    ordered = sorted(node["properties"].items(), key=lambda item: item[1].get("connect.index", 0)) if marked else node["properties"].items()
    out = []
    for name, inner in ordered:
        schema = from_json_schema(inner)
        out.append(Field(name, schema if marked or name in required else schema.as_optional()))
    return tuple(out)
