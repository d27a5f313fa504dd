"""The properties of WITH: name -> (value, what it says). ``plan.bind.properties`` says where each is allowed; a test compares both."""

from __future__ import annotations

PROPERTIES: dict[str, tuple[str, str]] = {
    "KAFKA_TOPIC": (
        "text",
        "Topic of the relation. CREATE ... AS: the relation's name (behind `ksql.output.topic.name.prefix`) if left out.",
    ),
    "FORMAT": ("format", "Format of keys and values; instead of KEY_FORMAT and VALUE_FORMAT."),
    "KEY_FORMAT": ("format", "Format of keys. Default: the source's, or `ksql.persistence.default.format.key`."),
    "VALUE_FORMAT": ("format", "Format of values. Default: the source's, or `ksql.persistence.default.format.value`."),
    "PARTITIONS": ("integer", "Partitions of the topic if it is created. CREATE ... AS: the source's if left out."),
    "REPLICAS": ("integer", "Replicas of the topic if it is created, where the log has replicas."),
    "RETENTION_MS": ("integer", "How long the topic keeps records if it is created, in milliseconds; -1 without end."),
    "CLEANUP_POLICY": ("text", "`delete`, `compact` or `compact,delete`, for a topic that is created. Default by kind of relation."),
    "TIMESTAMP": ("column", "Column that gives a record's time, instead of the record's own timestamp."),
    "TIMESTAMP_FORMAT": (
        "text",
        "Pattern of a STRING column of TIMESTAMP, for example `yyyy-MM-dd HH:mm:ss`. Without it milliseconds or a TIMESTAMP.",
    ),
    "WRAP_SINGLE_VALUE": (
        "boolean",
        "Whether a single value column is a field of an object, or the whole value. See [formats](formats.md).",
    ),
    "KEY_DELIMITER": ("text", "Delimiter of DELIMITED keys: one character, or SPACE or TAB."),
    "VALUE_DELIMITER": ("text", "Delimiter of DELIMITED values: one character, or SPACE or TAB."),
    "KEY_SCHEMA_ID": ("integer", "Id of the registered schema that keys have. The columns come from it if none are given."),
    "VALUE_SCHEMA_ID": ("integer", "Id of the registered schema that values have. The columns come from it if none are given."),
    "KEY_SCHEMA_FULL_NAME": ("text", "Full name of the record (AVRO), message (PROTOBUF) of keys."),
    "VALUE_SCHEMA_FULL_NAME": ("text", "Full name of the record (AVRO), message (PROTOBUF) of values."),
    "VALUE_AVRO_SCHEMA_FULL_NAME": ("text", "Older name of VALUE_SCHEMA_FULL_NAME."),
    "KEY_PROTOBUF_NULLABLE_REPRESENTATION": ("text", "How PROTOBUF keys tell NULL from a default value: `OPTIONAL` or `WRAPPER`."),
    "VALUE_PROTOBUF_NULLABLE_REPRESENTATION": ("text", "How PROTOBUF values tell NULL from a default value: `OPTIONAL` or `WRAPPER`."),
    "WINDOW_TYPE": ("text", "The topic's keys are windowed: `TUMBLING`, `HOPPING` or `SESSION`."),
    "WINDOW_SIZE": ("text", "Size of those windows, for example `10 SECONDS`. TUMBLING and HOPPING need it."),
    "SOURCED_BY_CONNECTOR": ("text", "Connector that the relation came from; kept, without effect."),
    "QUERY_ID": ("text", "Id of the query that INSERT INTO ... SELECT starts."),
}
