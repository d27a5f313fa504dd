"""docs/connect.md: connectors with their options, converters, transforms and predicates, from the worker's own tables."""

from __future__ import annotations

from typing import Any

from millstream.connect.restarts import DOCUMENTED
from millstream.reference.markdown import code, table
from millstream.worker.connectors.base import Connector
from millstream.worker.definition import REQUIRED, Key
from millstream.worker.definition.common import SINK, SOURCE
from millstream.worker.plugins import CONVERTERS, Plugins
from millstream.worker.transforms import PREDICATES, TRANSFORMS

#: Connector -> what it is for.
CONNECTOR_TEXTS: dict[str, str] = {
    "DatagenConnector": "Makes up records: page views, users, orders, or what an Avro schema with generator annotations describes.",
    "FileStreamSourceConnector": "Sends each line of a file as a record; follows a file that grows, waits for one that does not exist yet.",
    "JdbcSourceConnector": "Reads tables, or a query, of a database (PostgreSQL, SQLite).",
    "FileStreamSinkConnector": "Writes each value as a line of a file, or to standard output.",
    "JdbcSinkConnector": "Writes records into tables of a database (PostgreSQL, SQLite).",
    "ElasticsearchSinkConnector": "Writes records as documents into Elasticsearch or OpenSearch.",
}

#: Converter -> (the bytes it writes and reads, its settings).
CONVERTER_TEXTS: dict[str, tuple[str, str]] = {
    "AvroConverter": ("Avro with its schema in the registry (SQL: AVRO).", "schema.registry.url, auto.register.schemas"),
    "JsonSchemaConverter": (
        "JSON with its schema in the registry (SQL: JSON_SR).",
        "schema.registry.url, auto.register.schemas, decimal.format (NUMERIC, BASE64)",
    ),
    "ProtobufConverter": ("Protobuf with its schema in the registry (SQL: PROTOBUF).", "schema.registry.url, auto.register.schemas"),
    "JsonConverter": (
        "JSON (SQL: JSON); with schemas.enable an object of schema and payload.",
        "schemas.enable (true), decimal.format (BASE64, NUMERIC), replace.null.with.default (true), schema.content",
    ),
    "StringConverter": ("Text; structs, maps and lists as JSON.", "converter.encoding (UTF-8)"),
    "ByteArrayConverter": ("Bytes as they are.", ""),
    "LongConverter": ("8 bytes, big-endian (SQL: BIGINT in KAFKA).", ""),
    "IntegerConverter": ("4 bytes, big-endian (SQL: INTEGER in KAFKA).", ""),
    "ShortConverter": ("2 bytes, big-endian.", ""),
    "FloatConverter": ("4 bytes, IEEE 754.", ""),
    "DoubleConverter": ("8 bytes, IEEE 754 (SQL: DOUBLE in KAFKA).", ""),
    "BooleanConverter": ("1 byte, 0 or 1.", ""),
    "AutomaticConverter": (
        "The worker's default: keys that are single values as KAFKA, everything else as JSON_SR; it reads what any of the above wrote.",
        "",
    ),
}

#: Transform -> what it does to a record.
TRANSFORM_TEXTS: dict[str, str] = {
    "ValueToKey": "Makes fields of the value the key.",
    "ExtractField": "Replaces the key or value by one of its fields.",
    "HoistField": "Puts the key or value into a field of a new object.",
    "ReplaceField": "Leaves fields out, or renames them.",
    "MaskField": "Replaces fields by their type's empty value, or by a given one.",
    "InsertField": "Adds topic, partition, offset, timestamp or a fixed value as a field.",
    "Cast": "Casts fields, or the whole, to a type.",
    "TimestampConverter": "Turns times from one form (text, number, Date, Time, Timestamp) into another.",
    "Flatten": "Makes nested objects flat: `a.b` becomes a field of its own.",
    "TimestampRouter": "Puts the record's time into the topic's name.",
    "RegexRouter": "Changes the topic's name by a regular expression.",
    "InsertHeader": "Adds a header.",
    "DropHeaders": "Removes headers.",
    "HeaderFrom": "Copies or moves fields into headers.",
    "SetSchemaMetadata": "Gives the schema another name or version.",
    "Filter": "Drops the record; used with a predicate.",
    "ExtractNewRecordState": "Debezium's: takes the new row out of a change event.",
    "TopicNameMatches": "The topic's whole name matches a regular expression.",
    "HasHeaderKey": "The record has a header of a name.",
    "RecordIsTombstone": "The value is null.",
}


def classes() -> str:
    """Connectors by class name."""
    rows = [[", ".join(map(code, c.class_names)), c.kind, CONNECTOR_TEXTS[short(c.class_names[0])]] for c in _built_in()]
    return table(["connector.class", "", ""], rows)


def _built_in() -> list[Connector]:
    found = {id(c): c for c in Plugins().connectors.values() if type(c).__module__.startswith("millstream.")}
    return list(found.values())


def common() -> str:
    """Options of every connector."""
    shared = [k for k in SOURCE.keys.values() if k.name in SINK.keys]
    parts = ["### Every connector", _options(shared)]
    parts += ["### Every source", _options([k for k in SOURCE.keys.values() if k.name not in SINK.keys])]
    parts += ["### Every sink", _options([k for k in SINK.keys.values() if k.name not in SOURCE.keys])]
    own = [[code(name), kind, code(default), text] for name, kind, default, text in DOCUMENTED]
    parts += ["### Automatic restarts, on any Kafka Connect", table(["option", "type", "default", ""], own)]
    return "\n\n".join(parts)


def options() -> str:
    """Each connector's own options."""
    parts: list[str] = []
    for connector in _built_in():
        parts += [f"### {short(connector.class_names[0])}", _options(list(connector.definition.keys.values()))]
    return "\n\n".join(parts)


def short(name: str) -> str:
    """A class name without its package."""
    return name.rsplit(".", 1)[-1].split("$")[0]


def _options(keys: list[Key]) -> str:
    return table(["option", "type", "default", ""], [[code(k.name), k.type.lower(), _default(k), k.doc] for k in keys])


def _default(key: Key) -> str:
    if key.default is REQUIRED:
        return "(required)"
    text = key.text(key.default)
    return code(text) if text else ""


def converters() -> str:
    rows: list[list[str]] = []
    for name in CONVERTERS:
        text, settings = CONVERTER_TEXTS[short(name)]
        rows.append([code(name), text, settings])
    return table(["converter", "bytes", "settings"], rows)


def transforms() -> str:
    plugins = Plugins()
    return _chained(TRANSFORMS, plugins.transform_class)


def predicates() -> str:
    plugins = Plugins()
    return _chained(PREDICATES, plugins.predicate_class)


def _chained(names: dict[str, str], load: Any) -> str:
    """One line a class; the Key and Value variants of a transform share theirs."""
    variants: dict[str, list[str]] = {}
    for name in names:
        variants.setdefault(name.split("$")[0], []).append(name)
    rows: list[list[str]] = []
    for base, full in variants.items():
        sides = " or ".join(code("$" + n.split("$")[1]) for n in full if "$" in n)
        shown = code(base) + (f" with {sides}" if sides else "")
        keys = load(full[0]).definition.keys.values()
        rows.append([shown, TRANSFORM_TEXTS[short(base)], "; ".join(_setting(key) for key in keys)])
    return table(["class", "", "settings"], rows)


def _setting(key: Key) -> str:
    default = _default(key)
    return f"{code(key.name)}{f' [{default}]' if default else ''}: {key.doc}"
