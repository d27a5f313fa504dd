"""SQL types <-> JSON Schema, with the annotations Connect's converter puts in (``connect.type``, ``connect.index``, ...).

Properties are written in the order of Java's HashMap, because that is the text a JVM registers: an equal text gets an equal id.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from millstream.formats.base import RegisteredSchema
from millstream.formats.inference import unsupported
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
_PLAIN: dict[Base, dict[str, Any]] = {
    Base.INTEGER: {"type": "integer", "connect.type": "int32"},
    Base.BIGINT: {"type": "integer", "connect.type": "int64"},
    Base.DOUBLE: {"type": "number", "connect.type": "float64"},
    Base.BOOLEAN: {"type": "boolean"},
    Base.STRING: {"type": "string"},
    Base.BYTES: {"type": "string", "connect.type": "bytes"},
    Base.TIMESTAMP: {"type": "integer", "title": f"{_CONNECT}Timestamp", "connect.version": 1, "connect.type": "int64"},
    Base.DATE: {"type": "integer", "title": f"{_CONNECT}Date", "connect.version": 1, "connect.type": "int32"},
    Base.TIME: {"type": "integer", "title": f"{_CONNECT}Time", "connect.version": 1, "connect.type": "int32"},
}
_TITLES = {f"{_CONNECT}Timestamp": TIMESTAMP, f"{_CONNECT}Date": DATE, f"{_CONNECT}Time": TIME}
#: Connect's own types say more where they fit JSON's; where they do not (a string that is an int32), JSON's type counts.
_CONNECT_TYPES = {
    ("integer", "int8"): INTEGER,
    ("integer", "int16"): INTEGER,
    ("integer", "int32"): INTEGER,
    ("number", "int8"): INTEGER,
    ("number", "int16"): INTEGER,
    ("number", "int32"): INTEGER,
    ("number", "int64"): BIGINT,
    ("string", "bytes"): BYTES,
}
_TYPES = {"integer": BIGINT, "number": DOUBLE, "boolean": BOOLEAN, "string": STRING}
#: Connect's default where a schema does not say the precision.
_PRECISION = 64


def schema_text(columns: Sequence[Column], unwrapped: bool) -> str:
    """The JSON Schema that is registered for these columns."""
    schema = _nullable(_schema(columns[0].type)) if unwrapped else _object((c.name, c.type) for c in columns)
    return json.dumps(schema, separators=(",", ":"), ensure_ascii=False)


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    return {"oneOf": [{"type": "null"}, schema]}


def _schema(type_: SqlType) -> dict[str, Any]:
    if isinstance(type_, DecimalType):
        parameters = {"scale": str(type_.scale), "connect.decimal.precision": str(type_.precision)}
        return {
            "type": "number",
            "title": f"{_CONNECT}Decimal",
            "connect.version": 1,
            "connect.type": "bytes",
            "connect.parameters": parameters,
        }
    if isinstance(type_, ArrayType):
        return {"type": "array", "items": _nullable(_schema(type_.element))}
    if isinstance(type_, MapType):
        return {"type": "array", "connect.type": "map", "items": _object([("key", type_.key), ("value", type_.value)])}
    if isinstance(type_, StructType):
        return _object((f.name, f.type) for f in type_.fields)
    return _PLAIN[type_.base]


def _object(fields: Iterable[tuple[str, SqlType]]) -> dict[str, Any]:
    properties = {name: {"connect.index": i, **_nullable(_schema(type_))} for i, (name, type_) in enumerate(fields)}
    return {"type": "object", "properties": {name: properties[name] for name in hash_order(list(properties))}}


def hash_order(names: list[str]) -> list[str]:
    """The names as a Java HashMap would list them."""
    size = 16
    while len(names) > size * 3 // 4:
        size *= 2
    return sorted(names, key=lambda name: _hash(name) & (size - 1))


def _hash(name: str) -> int:
    value = 0
    units = name.encode("utf-16-be", "surrogatepass")
    for i in range(0, len(units), 2):
        value = (value * 31 + (units[i] << 8 | units[i + 1])) & 0xFFFF_FFFF
    return value ^ value >> 16


def sql_type(schema: RegisteredSchema) -> SqlType:
    """The SQL type of a registered JSON Schema. Raises BindError where it has none."""
    try:
        return _Reader(schema).type(json.loads(schema.text), "")
    except RecursionError:
        raise unsupported(schema, "", "a schema that contains itself") from None
    except (TypeError, AttributeError, KeyError, ValueError):  # registries take any JSON object
        raise unsupported(schema, "", "no valid JSON Schema") from None


class _Reader:
    def __init__(self, schema: RegisteredSchema) -> None:
        self._schema = schema
        self._root = json.loads(schema.text)

    def type(self, node: Any, where: str) -> SqlType:
        node = self._present(node, where)
        if node.get("title") == f"{_CONNECT}Decimal":
            parameters = node.get("connect.parameters", {})
            return decimal(int(parameters.get("connect.decimal.precision", _PRECISION)), int(parameters.get("scale", 0)))
        if (known := _TITLES.get(node.get("title", ""))) is not None:
            return known
        kind = node.get("type") or ("object" if "properties" in node else "string" if "enum" in node else None)
        if kind == "array":
            return self._array(node, where)
        if kind == "object":
            return self._object(node, where)
        if kind in _TYPES:
            return _CONNECT_TYPES.get((kind, node.get("connect.type", "")), _TYPES[kind])
        raise unsupported(self._schema, where, f"of type {kind or 'unknown'}")

    def _array(self, node: Any, where: str) -> SqlType:
        items = node.get("items")
        if not isinstance(items, dict):
            raise unsupported(self._schema, where, "an array without the type of its items")
        if node.get("connect.type") == "map":
            entry = self._present(items, where)["properties"]
            return map_of(self.type(entry["key"], f"{where}.key"), self.type(entry["value"], f"{where}.value"))
        return array(self.type(items, f"{where}[]"))

    def _object(self, node: Any, where: str) -> SqlType:
        properties = node.get("properties")
        if not properties and isinstance(node.get("additionalProperties"), dict):
            return map_of(STRING, self.type(node["additionalProperties"], f"{where}.*"))
        if not properties:
            raise unsupported(self._schema, where, "an object without properties")
        # Connect's converter sorts by its own index, and by name where there is none.
        names = sorted(properties, key=lambda n: (properties[n].get("connect.index", len(properties)), n))
        return struct((name, self.type(properties[name], f"{where}.{name}")) for name in names)

    def _present(self, node: Any, where: str) -> Any:
        """The schema of what is there when it is not null: behind references, alternatives with null and lists of types."""
        if isinstance(node, dict) and "$ref" in node:
            return self._present(self._referred(node["$ref"], where), where)
        if not isinstance(node, dict):
            raise unsupported(self._schema, where, json.dumps(node))
        for word in ("oneOf", "anyOf", "allOf"):
            if word in node:
                rest = [n for n in node[word] if n != {"type": "null"}]
                if len(rest) != 1:
                    raise unsupported(self._schema, where, f"one of {len(rest)} types")
                return self._present(rest[0], where)
        if isinstance(node.get("type"), list):
            kinds = [k for k in node["type"] if k != "null"]
            if len(kinds) != 1:
                raise unsupported(self._schema, where, f"one of the types {', '.join(kinds)}")
            return {**node, "type": kinds[0]}
        return node

    def _referred(self, reference: str, where: str) -> Any:
        document, _, pointer = reference.partition("#")
        root = self._root if not document else next((json.loads(t) for n, t in self._schema.imports if n == document), None)
        for part in filter(None, pointer.split("/")):
            root = root.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(root, dict) else None
        if root is None:
            raise unsupported(self._schema, where, f"a reference to {reference}, which is not there")
        return root
