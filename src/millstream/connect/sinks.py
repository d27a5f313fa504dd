"""What a sink FROM a relation takes from that relation: topic, converters, key mode, schema. Only what the statement leaves open, and
only keys that the connector's class knows. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from millstream.catalog import FormatSpec, Relation
from millstream.errors import ConfigError
from millstream.formats.connect_json.schema import schema_text
from millstream.types import Base, Column

_STORAGE = "org.apache.kafka.connect.storage."
_PRIMITIVE = "org.apache.kafka.connect.converters."
#: The converter of a KAFKA key by its column's type.
_KAFKA = {
    Base.STRING: f"{_STORAGE}StringConverter",
    Base.INTEGER: f"{_PRIMITIVE}IntegerConverter",
    Base.BIGINT: f"{_PRIMITIVE}LongConverter",
    Base.DOUBLE: f"{_PRIMITIVE}DoubleConverter",
    Base.BYTES: f"{_PRIMITIVE}ByteArrayConverter",
}
_REGISTERED = {
    "AVRO": "io.confluent.connect.avro.AvroConverter",
    "PROTOBUF": "io.confluent.connect.protobuf.ProtobufConverter",
    "JSON_SR": "io.confluent.connect.json.JsonSchemaConverter",
}
_JSON = "org.apache.kafka.connect.json.JsonConverter"


def fill(config: Mapping[str, str], relation: Relation, known: Collection[str], registry_url: str | None) -> dict[str, str]:
    """The configuration with what the relation decides. ``known``: keys of the class. Raises ConfigError for a windowed or a NONE
    key that cannot go."""
    filled = dict(config)
    if "topics" not in filled and "topics.regex" not in filled:
        filled["topics"] = relation.topic
    filled.update({k: v for k, v in _converters(relation, registry_url).items() if _side(k) + ".converter" not in config})
    if "insert.mode" in known and relation.query_id is not None and filled.get("topics") == relation.topic:
        filled.update({k: v for k, v in _contents(relation).items() if _side(k) + ".converter" not in config})
    family = _family(config, known)
    for key, value in (*_jdbc(relation, family), *_search(relation)):
        if key in known and key not in config:
            filled[key] = value
    if filled.get(f"{family}.mode") != "record_key":  # the fields would be the value's; without a key no deletions
        for key in (f"{family}.fields", "delete.enabled"):
            if key not in config:
                filled.pop(key, None)
    return filled


def doubt(config: Mapping[str, str], relation: Relation, given: Collection[str]) -> str | None:
    """What the choice of a stream's key as the row's may lead to, where the statement says neither. ``given``: its own keys."""
    chosen = config.get("pk.mode") == "record_key" and "pk.mode" not in given
    if relation.is_table or not chosen or config.get("insert.mode", "insert").lower() != "insert":
        return None
    keys = config["pk.fields"]
    return (
        f"{keys} is the row's key, and rows are inserted: the second record of a key fails. To keep the newest row of each key: "
        "insert.mode=upsert; to keep all rows: pk.mode=record_value with pk.fields that are unique, or pk.mode=kafka."
    )


def schemaless(config: Mapping[str, str], relation: Relation) -> str | None:
    """That a database sink cannot write this relation, whose records carry no schema."""
    converter = config.get("value.converter", "")
    plain = converter.endswith(".JsonConverter") and config.get("value.converter.schemas.enable", "true").lower() == "false"
    if "jdbcsink" not in config.get("connector.class", "").lower() or not (plain or converter.endswith(".StringConverter")):
        return None
    name = relation.name
    return (
        f"{name} is {relation.value_format.name}, whose records have no schema: this class fails at the first one. Make one that has: "
        f"CREATE {relation.kind} {name}_ROWS WITH (VALUE_FORMAT='JSON_SR') AS SELECT * FROM {name}; and the sink FROM {name}_ROWS."
    )


def _contents(relation: Relation) -> dict[str, str]:
    """``schema.content`` for JSON that a query of ours writes: its fields are called as the columns are. Others may be spelt otherwise."""
    found: dict[str, str] = {}
    for side, spec, columns in (
        ("key", relation.key_format, list(relation.schema.key)),
        ("value", relation.value_format, list(relation.schema.value)),
    ):
        if spec.name == "JSON" and columns and (side == "value" or relation.window is None):
            found[f"{side}.converter.schemas.enable"] = "true"
            found[f"{side}.converter.schema.content"] = schema_text(columns, spec.options.unwrapped)
    return found


def _side(key: str) -> str:
    return key.split(".", 1)[0]


def _converters(relation: Relation, registry_url: str | None) -> dict[str, str]:
    keys = list(relation.schema.key)
    key = _converter("key", relation.key_format, keys, registry_url)
    if relation.window is not None:
        key = {"key.converter": f"{_PRIMITIVE}ByteArrayConverter"}
    return {**key, **_converter("value", relation.value_format, list(relation.schema.value), registry_url)}


def _converter(side: str, spec: FormatSpec, columns: list[Column], registry_url: str | None) -> dict[str, str]:
    """``<side>.converter`` and its settings for a format."""
    name = f"{side}.converter"
    if spec.name in _REGISTERED:
        url = {f"{name}.schema.registry.url": registry_url} if registry_url else {}
        return {name: _REGISTERED[spec.name], **url}
    if spec.name == "CONNECT_JSON":
        return {name: _JSON, f"{name}.schemas.enable": "true"}
    if spec.name == "JSON":
        return {name: _JSON, f"{name}.schemas.enable": "false"}
    if spec.name == "KAFKA" and columns:
        return {name: _KAFKA.get(columns[0].type.base, f"{_STORAGE}StringConverter")}
    if spec.name == "PROTOBUF_NOSR":
        raise ConfigError(
            f"Connect cannot read the {side} format PROTOBUF_NOSR.", hint="Write the relation in JSON_SR, AVRO or PROTOBUF first."
        )
    return {name: f"{_STORAGE}StringConverter"}


def _family(config: Mapping[str, str], known: Collection[str]) -> str:
    """How the configuration calls the row's key: as Confluent and Aiven do, or as Debezium. The built-in sink knows both."""
    debezium = any(key.startswith("primary.key.") for key in config)
    return "primary.key" if debezium or "pk.mode" not in known else "pk"


def _jdbc(relation: Relation, family: str) -> list[tuple[str, str]]:
    """A table's key is the row's key over there: changes become upserts, deletions deletes."""
    keys = [c.name for c in relation.schema.key]
    if not keys or relation.window is not None:
        return []
    settings = [(f"{family}.mode", "record_key"), (f"{family}.fields", ",".join(keys))]
    return settings + ([("insert.mode", "upsert"), ("delete.enabled", "true")] if relation.is_table else [])


def _search(relation: Relation) -> list[tuple[str, str]]:
    """Search engines: the key is the document's id where there is one; without a registered schema they guess it."""
    has_key = bool(relation.schema.key) and relation.window is None
    has_schema = relation.value_format.name in (*_REGISTERED, "CONNECT_JSON")
    settings = [("key.ignore", "false" if has_key else "true"), ("schema.ignore", "false" if has_schema else "true")]
    return settings + ([("behavior.on.null.values", "delete")] if relation.is_table else [])
