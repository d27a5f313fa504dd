"""The JDBC sink's configuration keys: Confluent's and Aiven's, one meaning each; Debezium's names of them."""

from __future__ import annotations

from millstream.worker.connectors.jdbc.source_keys import connection_keys, time_zone
from millstream.worker.connectors.jdbc.spellings import spelled
from millstream.worker.definition import ConfigDef, Key, at_least, non_empty, one_of

INSERT_MODES = ("insert", "upsert", "update", "multi")
PK_MODES = ("none", "kafka", "record_key", "record_value")

_KEYS = [
    *connection_keys(),
    Key(
        "insert.mode",
        "STRING",
        "insert",
        "HIGH",
        "insert: rows are added. upsert: added, or replaced by primary key (writing twice is writing once). update: changed only.",
        "Writes",
        "MEDIUM",
        "Insert Mode",
        one_of(*INSERT_MODES, ignore_case=True),
        recommend=lambda c: INSERT_MODES[:3],
    ),
    Key("batch.size", "INT", 3000, "MEDIUM", "Most rows of one statement batch.", "Writes", "SHORT", "Batch Size", at_least(0)),
    Key(
        "delete.enabled",
        "BOOLEAN",
        False,
        "MEDIUM",
        "A null value deletes the row of its key. Needs pk.mode=record_key.",
        "Writes",
        "SHORT",
        "Enable deletes",
    ),
    Key(
        "table.name.format",
        "STRING",
        "${topic}",
        "MEDIUM",
        "Table to write to; ${topic} stands for the topic. May be schema.table.",
        "Data Mapping",
        "LONG",
        "Table Name Format",
        non_empty,
    ),
    Key("topics.to.tables.mapping", "LIST", (), "MEDIUM", "Tables of single topics: topic:table, ...", "Data Mapping", "LONG"),
    Key("table.name.normalize", "BOOLEAN", False, "MEDIUM", "Make characters that are unusual in table names '_'.", "Data Mapping"),
    Key(
        "pk.mode",
        "STRING",
        "none",
        "HIGH",
        "Where the primary key comes from: none, kafka (topic, partition, offset), record_key, record_value.",
        "Data Mapping",
        "MEDIUM",
        "Primary Key Mode",
        one_of(*PK_MODES, ignore_case=True),
        recommend=lambda c: PK_MODES,
    ),
    Key(
        "pk.fields",
        "LIST",
        (),
        "MEDIUM",
        "Columns of the primary key. kafka: three names for topic, partition, offset. record_key: fields of the key, or one name for a "
        "key that is a single value. record_value: fields of the value. Empty: all fields.",
        "Data Mapping",
        "LONG",
        "Primary Key Fields",
    ),
    Key(
        "fields.whitelist",
        "LIST",
        (),
        "MEDIUM",
        "Fields of the value to write. Empty: all.",
        "Data Mapping",
        "LONG",
        "Fields Whitelist",
    ),
    Key("db.timezone", "STRING", "UTC", "MEDIUM", "Time zone of timestamp columns.", "Data Mapping", "MEDIUM", "DB Time Zone", time_zone),
    Key("auto.create", "BOOLEAN", False, "MEDIUM", "Create the table where it is missing.", "DDL Support", "SHORT", "Auto-Create"),
    Key("auto.evolve", "BOOLEAN", False, "MEDIUM", "Add columns for new fields.", "DDL Support", "SHORT", "Auto-Evolve"),
    Key(
        "max.retries",
        "INT",
        10,
        "MEDIUM",
        "Tries after a failed write before the task fails.",
        "Retries",
        "SHORT",
        "Retries",
        at_least(0),
    ),
    Key("retry.backoff.ms", "INT", 3000, "MEDIUM", "Milliseconds between two tries.", "Retries", "SHORT", "Retry Backoff", at_least(0)),
    Key("replace.null.with.default", "BOOLEAN", True, "LOW", "Accepted for compatibility: the converter replaces.", "Data Mapping"),
    Key("quote.sql.identifiers", "STRING", "always", "LOW", "Accepted for compatibility: names are always quoted.", "Data Mapping"),
    Key("sql.quote.identifiers", "BOOLEAN", True, "LOW", "Accepted for compatibility: names are always quoted.", "Data Mapping"),
    Key("table.types", "LIST", ("TABLE",), "LOW", "Accepted for compatibility.", "Data Mapping"),
    Key("date.timezone", "STRING", "UTC", "LOW", "Accepted for compatibility: dates have no time zone.", "Data Mapping"),
]

SINK_KEYS = ConfigDef([*_KEYS, *spelled(_KEYS)])
