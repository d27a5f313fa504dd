"""Avro schemas <-> Connect schemas, as Confluent's AvroConverter maps them (``connect.*`` marks keep what Avro does not know)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from millstream.worker.errors import DataError
from millstream.worker.schema import DATE_NAME, DECIMAL_NAME, TIME_NAME, TIMESTAMP_NAME, ConnectSchema, Field, decimal

_NAMESPACE, _DEFAULT = "io.confluent.connect.avro", "ConnectDefault"
_OUT = {
    "int8": "int", "int16": "int", "int32": "int", "int64": "long", "float32": "float", "float64": "double", "boolean": "boolean",
    "string": "string", "bytes": "bytes",
}  # fmt: skip
_IN = {"int": "int32", "long": "int64", "float": "float32", "double": "float64", "boolean": "boolean", "string": "string", "bytes": "bytes"}
_LOGICAL = {DATE_NAME: "date", TIME_NAME: "time-millis", TIMESTAMP_NAME: "timestamp-millis"}
_NAMES = {v: k for k, v in _LOGICAL.items()}


def to_avro(schema: ConnectSchema) -> Any:
    """The Avro schema of a Connect schema."""
    return _to_avro(schema, [0])


def _to_avro(schema: ConnectSchema, count: list[int]) -> Any:
    node = _solid(schema, count)
    return ["null", node] if schema.optional else node


def _solid(schema: ConnectSchema, count: list[int]) -> Any:
    if schema.type == "struct":
        return _record(schema, count)
    if schema.type == "array":
        return {"type": "array", "items": _to_avro(schema.element or ConnectSchema("string", True), count)}
    if schema.type == "map":
        if schema.key is not None and schema.key.type != "string":
            raise DataError("Maps with keys other than texts cannot be written as Avro.")
        return {"type": "map", "values": _to_avro(schema.element or ConnectSchema("string", True), count)}
    kind = _OUT[schema.type]
    node: dict[str, Any] = {"type": kind}
    if schema.name == DECIMAL_NAME:
        precision = int(schema.parameter("connect.decimal.precision") or 64)
        node |= {"logicalType": "decimal", "precision": max(precision, schema.scale, 1), "scale": schema.scale}
    elif schema.name in _LOGICAL:
        node["logicalType"] = _LOGICAL[schema.name]
    elif schema.type in ("int8", "int16"):
        node["connect.type"] = schema.type
    if schema.name:
        node |= {"connect.name": schema.name, "connect.version": schema.version or 1}
    if schema.parameters:
        node["connect.parameters"] = dict(schema.parameters)
    return node if len(node) > 1 else kind


def _record(schema: ConnectSchema, count: list[int]) -> dict[str, Any]:
    name, namespace = schema.name or f"{_NAMESPACE}.{_DEFAULT}{count[0] or ''}", None
    count[0] += 1
    if "." in name:
        namespace, _, name = name.rpartition(".")
    node: dict[str, Any] = {"type": "record", "name": legal(name)}
    if namespace:
        node["namespace"] = ".".join(legal(part) for part in namespace.split("."))
    fields = []
    for field in schema.fields:
        entry: dict[str, Any] = {"name": legal(field.name), "type": _to_avro(field.schema, count)}
        if field.schema.optional:
            entry["default"] = None
        elif field.schema.default is not None and not field.schema.name:
            entry["default"] = field.schema.default
        fields.append(entry)
    return {**node, "fields": fields}


def legal(name: str) -> str:
    """Avro's names are letters, digits and '_'."""
    out = "".join(c if c.isascii() and (c.isalnum() or c == "_") else "_" for c in name)
    return out if out and not out[0].isdigit() else "_" + out


def from_avro(node: Any, named: dict[str, ConnectSchema] | None = None) -> ConnectSchema:
    """The Connect schema of an Avro schema. DataError where it has none (unions of several types)."""
    known = {} if named is None else named
    if isinstance(node, list):
        solid = [n for n in node if n != "null"]
        if len(solid) != 1:
            raise DataError("An Avro union of several types cannot be used: expected null and one type.")
        return replace(from_avro(solid[0], known), optional=len(solid) < len(node))
    if isinstance(node, str):
        if node in known:
            return known[node]
        node = {"type": node}
    kind = node.get("type")
    if isinstance(kind, dict | list):
        return from_avro(kind, known)
    match kind:
        case "record":
            fields = tuple(Field(f["name"], _defaulted(from_avro(f["type"], known), f.get("default"))) for f in node.get("fields", ()))
            namespace = node.get("namespace")
            full = f"{namespace}.{node['name']}" if namespace else node["name"]
            made = ConnectSchema("struct", name=node.get("connect.name", full), fields=fields)
            known[full] = known[node["name"]] = made
            return made
        case "array":
            return ConnectSchema("array", element=from_avro(node["items"], known))
        case "map":
            return ConnectSchema("map", key=ConnectSchema("string"), element=from_avro(node["values"], known))
        case "enum":
            return ConnectSchema("string")
        case "fixed":
            kind = "bytes"
    return _primitive(node, str(kind))


def _defaulted(schema: ConnectSchema, default: Any) -> ConnectSchema:
    return schema if default is None or schema.optional else replace(schema, default=default)


def _primitive(node: dict[str, Any], kind: str) -> ConnectSchema:
    if kind not in _IN:
        raise DataError(f"Unknown Avro type: {kind}")
    logical = node.get("logicalType")
    if logical == "decimal":
        return decimal(int(node.get("scale", 0)), int(node["precision"]) if "precision" in node else None)
    name = _NAMES.get(str(logical)) or node.get("connect.name")
    return ConnectSchema(node.get("connect.type") or _IN[kind], name=name, version=node.get("connect.version", 1) if name else None)
