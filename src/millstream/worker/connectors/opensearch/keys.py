"""The configuration keys: the common family of Confluent's Elasticsearch and Aiven's OpenSearch sinks."""

from __future__ import annotations

from millstream.worker.definition import REQUIRED, ConfigDef, Key, at_least, non_empty, one_of

_NULLS = ("ignore", "delete", "fail")
_MALFORMED = ("ignore", "warn", "fail", "report")
_IDS = ("topic.partition.offset", "none")

KEYS = ConfigDef(
    [
        Key("connection.url", "LIST", REQUIRED, "HIGH", "URLs of the cluster's nodes.", "Connector", "LONG", "Connection URLs", non_empty),
        Key("connection.username", "STRING", None, "MEDIUM", "User name for basic authentication.", "Connector"),
        Key("connection.password", "PASSWORD", None, "MEDIUM", "Its password.", "Connector"),
        Key("connection.timeout.ms", "INT", 1000, "LOW", "Milliseconds to wait for a connection.", "Connector", check=at_least(1)),
        Key("read.timeout.ms", "INT", 3000, "LOW", "Milliseconds to wait for an answer.", "Connector", check=at_least(1)),
        Key("batch.size", "INT", 2000, "MEDIUM", "Most documents of one bulk request.", "Connector", check=at_least(1)),
        Key("bulk.size.bytes", "LONG", 5_242_880, "LOW", "Most bytes of one bulk request.", "Connector", check=at_least(1)),
        Key("linger.ms", "LONG", 1, "LOW", "Accepted for compatibility: batches go as they come.", "Connector"),
        Key("flush.timeout.ms", "LONG", 180_000, "LOW", "Accepted for compatibility.", "Connector"),
        Key("max.in.flight.requests", "INT", 5, "LOW", "Accepted for compatibility: one request at a time keeps the order.", "Connector"),
        Key("max.buffered.records", "INT", 20_000, "LOW", "Accepted for compatibility.", "Connector"),
        Key("max.retries", "INT", 5, "LOW", "Tries after a failed request.", "Connector", check=at_least(0)),
        Key(
            "retry.backoff.ms",
            "LONG",
            100,
            "LOW",
            "Milliseconds before the first retry; doubles to 10 s.",
            "Connector",
            check=at_least(0),
        ),
        Key("key.ignore", "BOOLEAN", False, "HIGH", "The id is topic+partition+offset, not the record's key.", "Data Conversion"),
        Key("topic.key.ignore", "LIST", (), "LOW", "Topics for which key.ignore is true.", "Data Conversion"),
        Key(
            "key.ignore.id.strategy",
            "STRING",
            "topic.partition.offset",
            "LOW",
            "With key.ignore: topic.partition.offset, or none (the cluster chooses ids: not exactly once).",
            "Data Conversion",
            check=one_of(*_IDS),
        ),
        Key("schema.ignore", "BOOLEAN", False, "LOW", "The cluster finds the mapping itself.", "Data Conversion"),
        Key("topic.schema.ignore", "LIST", (), "LOW", "Topics for which schema.ignore is true.", "Data Conversion"),
        Key("compact.map.entries", "BOOLEAN", True, "LOW", "Accepted for compatibility: maps are objects.", "Data Conversion"),
        Key("drop.invalid.message", "BOOLEAN", False, "LOW", "Skip records that cannot become documents.", "Data Conversion"),
        Key(
            "behavior.on.null.values",
            "STRING",
            "fail",
            "LOW",
            "Null values: ignore, delete, fail.",
            "Data Conversion",
            check=one_of(*_NULLS, ignore_case=True),
        ),
        Key(
            "behavior.on.malformed.documents",
            "STRING",
            "fail",
            "LOW",
            "Documents the cluster refuses: ignore, warn, fail, report (dead-letter queue).",
            "Data Conversion",
            check=one_of(*_MALFORMED, ignore_case=True),
        ),
        Key(
            "write.method",
            "STRING",
            "insert",
            "LOW",
            "insert: the document replaces. upsert: its fields are merged into the one that is there.",
            "Data Conversion",
            check=one_of("insert", "upsert", ignore_case=True),
        ),
        Key("index.write.method", "STRING", None, "LOW", "The same, Aiven's name.", "Data Conversion"),
        Key("topic.index.map", "LIST", (), "LOW", "Indices of single topics: topic:index, ...", "Data Conversion"),
        Key("type.name", "STRING", "_doc", "LOW", "Accepted for compatibility: there are no types any more.", "Data Conversion"),
    ]
)
