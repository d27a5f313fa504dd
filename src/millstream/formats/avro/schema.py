"""SQL types <-> Avro schemas, with the annotations Connect's converter puts in. Texts are as ksqlDB registers them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from millstream.errors import BindError
from millstream.formats.base import FormatOptions, RegisteredSchema
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

NAMESPACE = "io.confluent.ksql.avro_schemas"
VALUE_NAME = f"{NAMESPACE}.KsqlDataSourceSchema"
#: A full name: parts set off by dots.
NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)
_CONNECT = "org.apache.kafka.connect.data."

_PRIMITIVES = {
    Base.BOOLEAN: "boolean",
    Base.INTEGER: "int",
    Base.BIGINT: "long",
    Base.DOUBLE: "double",
    Base.STRING: "string",
    Base.BYTES: "bytes",
}
_LOGICAL = {
    Base.TIMESTAMP: ("long", "Timestamp", "timestamp-millis"),
    Base.DATE: ("int", "Date", "date"),
    Base.TIME: ("int", "Time", "time-millis"),
}
_SQL: dict[str, SqlType] = {
    "boolean": BOOLEAN, "int": INTEGER, "long": BIGINT, "float": DOUBLE, "double": DOUBLE, "string": STRING, "enum": STRING,
    "bytes": BYTES, "fixed": BYTES,
}  # fmt: skip
_SQL_LOGICAL = {("long", "timestamp-millis"): TIMESTAMP, ("int", "date"): DATE, ("int", "time-millis"): TIME}


def schema_text(columns: Sequence[Column], options: FormatOptions) -> str:
    """The Avro schema that is registered for these columns."""
    name = options.full_schema_name or (key_name(options.topic) if options.is_key else VALUE_NAME)
    namespace, _, short = name.rpartition(".")
    if options.unwrapped:
        schema = _schema(columns[0].type, name)
        if isinstance(schema, dict) and "fields" in schema:  # the record on its own has no namespace around it
            schema = _record(short, columns[0].type.fields, name, namespace)  # type: ignore[attr-defined]
    else:
        schema = _record(short, columns, name, namespace)
    return json.dumps(schema, separators=(",", ":"), ensure_ascii=False)


def key_name(topic: str) -> str:
    """The record name of a key with several columns: ``k_avro`` gives ``...KAvroKey``."""
    return f"{NAMESPACE}.{''.join(part.capitalize() for part in re.split(r'[^A-Za-z0-9]+', topic))}Key"


def check_names(type_: SqlType) -> None:
    """Raise BindError where a field's name is none in Avro."""
    if isinstance(type_, StructType):
        for field in type_.fields:
            if not re.fullmatch(r"[A-Za-z_]\w*", field.name, re.ASCII):
                what = "initial character" if not re.match(r"[A-Za-z_]", field.name) else "character in"
                raise BindError(
                    f"Schema is not compatible with Avro: Illegal {what}: {field.name}",
                    hint="Avro names have letters, digits and underscores and do not start with a digit.",
                )
            check_names(field.type)
    elif isinstance(type_, ArrayType):
        check_names(type_.element)
    elif isinstance(type_, MapType):
        check_names(type_.value)


def _record(short: str, fields: Iterable[Any], full: str, namespace: str | None = None) -> dict[str, Any]:
    space = {} if namespace is None else {"namespace": namespace}
    listed = [{"name": f.name, "type": ["null", _schema(f.type, f"{full}_{f.name}")], "default": None} for f in fields]
    return {"type": "record", "name": short, **space, "fields": listed, "connect.name": full}


def _schema(type_: SqlType, full: str) -> Any:
    """``full`` is the name of a record or map at this place: names of the fields on the way to it, joined by underscores."""
    if isinstance(type_, DecimalType):
        return {
            "type": "bytes",
            "scale": type_.scale,
            "precision": type_.precision,
            "connect.version": 1,
            "connect.parameters": {"scale": str(type_.scale), "connect.decimal.precision": str(type_.precision)},
            "connect.name": f"{_CONNECT}Decimal",
            "logicalType": "decimal",
        }
    if type_.base in _LOGICAL:
        kind, name, logical = _LOGICAL[type_.base]
        return {"type": kind, "connect.version": 1, "connect.name": _CONNECT + name, "logicalType": logical}
    if isinstance(type_, ArrayType):
        return {"type": "array", "items": ["null", _schema(type_.element, full)]}
    if isinstance(type_, StructType):
        return _record(full.rpartition(".")[2], type_.fields, full)
    if isinstance(type_, MapType):
        return _map(type_, full)
    return _PRIMITIVES[type_.base]


def _map(type_: MapType, full: str) -> Any:
    """A list of entries, because Avro's own maps have neither optional keys nor keys of other types."""
    parts = (("key", _schema(type_.key, f"{full}_MapKey")), ("value", _schema(type_.value, f"{full}_MapValue")))
    fields = [{"name": name, "type": ["null", schema], "default": None} for name, schema in parts]
    entry = {"type": "record", "name": full.rpartition(".")[2], "fields": fields, "connect.internal.type": "MapEntry"}
    return {"type": "array", "items": entry, "connect.name": full}


def sql_type(schema: RegisteredSchema) -> SqlType:
    """The SQL type of a registered Avro schema. Raises BindError where it has none."""
    return _Reader(schema).type(load(schema.text), "", ())


def load(text: str) -> Any:
    """The schema's JSON; a bare primitive name is taken too."""
    try:
        return json.loads(text)
    except ValueError:
        return text.strip()


class Names:
    """Looks up what a name in a schema stands for, in the schema and its imports."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._found: dict[str, Any] = {}
        for text in texts:
            self._walk(load(text), "")

    def resolve(self, node: Any) -> Any:
        """The definition behind a name; a type in an object of its own is itself."""
        if isinstance(node, str):
            return self._found.get(node, node)
        if isinstance(node, dict) and isinstance(node.get("type"), dict | list):
            return self.resolve(node["type"])
        if isinstance(node, dict) and node.get("type") in self._found:
            return self._found[node["type"]]
        return node

    def _walk(self, node: Any, space: str) -> None:
        if isinstance(node, list):
            for branch in node:
                self._walk(branch, space)
        elif isinstance(node, dict):
            if "name" in node and node.get("type") in ("record", "error", "enum", "fixed"):
                space = node.get("namespace", space)
                full = node["name"] if "." in node["name"] or not space else f"{space}.{node['name']}"
                self._found[full] = self._found[full.rpartition(".")[2]] = node
                space = full.rpartition(".")[0]
                for field in node.get("fields", ()):
                    self._walk(field["type"], space)
            for part in ("items", "values", "type"):
                if isinstance(node.get(part), dict | list):
                    self._walk(node[part], space)


class _Reader:
    def __init__(self, schema: RegisteredSchema) -> None:
        self._schema = schema
        self._names = Names([*(text for _, text in schema.imports), schema.text])

    def type(self, node: Any, where: str, inside: tuple[str, ...]) -> SqlType:
        node = self._names.resolve(node)
        if isinstance(node, list):
            rest = [n for n in node if n != "null"]
            if not rest:
                raise unsupported(self._schema, where, "nothing but null")
            if len(rest) > 1:
                return struct((branch_name(self._names.resolve(n)), self.type(n, f"{where}.{i}", inside)) for i, n in enumerate(rest))
            return self.type(rest[0], where, inside)
        kind = node if isinstance(node, str) else node["type"]
        logical = node.get("logicalType", "") if isinstance(node, dict) else ""
        if logical == "decimal" and kind in ("bytes", "fixed"):
            return decimal(int(node["precision"]), int(node.get("scale", 0)))
        if known := _SQL_LOGICAL.get((kind, logical)):
            return known
        if kind == "array":
            entry = self._names.resolve(node["items"])
            if is_entry(entry):
                key, value = (next(f["type"] for f in entry["fields"] if f["name"] == n) for n in ("key", "value"))
                return map_of(self.type(key, f"{where}.key", inside), self.type(value, f"{where}.value", inside))
            return array(self.type(node["items"], f"{where}[]", inside))
        if kind == "map":
            return map_of(STRING, self.type(node["values"], f"{where}.*", inside))
        if kind in ("record", "error"):
            if node["name"] in inside:
                raise unsupported(self._schema, where, f"a {node['name']} inside itself")
            inner = (*inside, node["name"])
            return struct((f["name"], self.type(f["type"], f"{where}.{f['name']}", inner)) for f in node["fields"])
        if kind not in _SQL:
            raise unsupported(self._schema, where, f"of type {kind}")
        return _SQL[kind]


def branch_name(node: Any) -> str:
    """The name of one type of a union of several, which is a STRUCT with a field for each: its own name, or that of the primitive."""
    if isinstance(node, str):
        return node
    return str(node["name"]).rpartition(".")[2] if "name" in node else str(node["type"])


def is_entry(node: Any) -> bool:
    """Whether a record is an entry of a map, as Connect writes maps whose keys are not plain strings."""
    return isinstance(node, dict) and (node.get("connect.internal.type") == "MapEntry" or node.get("name") == "MapEntry")


def physical(schema: RegisteredSchema) -> Any:
    """The schema without logical types other than decimal: dates and times stay the whole numbers they are."""
    return _plain(load(schema.text))


def _plain(node: Any) -> Any:
    if isinstance(node, list):
        return [_plain(n) for n in node]
    if not isinstance(node, Mapping):
        return node
    drop = "logicalType" in node and node["logicalType"] != "decimal"
    return {
        k: _plain(v) if k in ("type", "items", "values") else [{**f, "type": _plain(f["type"])} for f in v] if k == "fields" else v
        for k, v in node.items()
        if not (drop and k == "logicalType")
    }
