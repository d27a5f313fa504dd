"""The JDBC source's configuration keys: Confluent's and Aiven's, one meaning each."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from millstream.worker.connectors.jdbc.columns import GRANULARITIES
from millstream.worker.connectors.jdbc.modes import MODES
from millstream.worker.definition import REQUIRED, Config, ConfigDef, Key, at_least, non_empty, one_of, pattern


def time_zone(name: str, value: str) -> str | None:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError):
        return f"Invalid value {value} for configuration {name}: Invalid time zone identifier"
    return None


def connection_keys() -> list[Key]:
    """Keys that source and sink share."""
    return [
        Key(
            "connection.url",
            "STRING",
            REQUIRED,
            "HIGH",
            "JDBC URL: jdbc:postgresql://host:port/database or jdbc:sqlite:/path/to/file.",
            "Database",
            "LONG",
            "JDBC URL",
            non_empty,
            dependents=("table.whitelist", "table.blacklist"),
        ),
        Key("connection.user", "STRING", None, "HIGH", "Database user.", "Database", "MEDIUM", "JDBC User"),
        Key("connection.password", "PASSWORD", None, "HIGH", "Password of the database user.", "Database", "MEDIUM", "JDBC Password"),
        Key(
            "connection.attempts", "INT", 3, "LOW", "Tries to connect before the task fails.", "Database", "SHORT", "Attempts", at_least(1)
        ),
        Key("connection.backoff.ms", "LONG", 10_000, "LOW", "Milliseconds between two tries.", "Database", "SHORT", "Backoff", at_least(0)),
        Key("dialect.name", "STRING", "", "LOW", "Accepted for compatibility: the URL says which database it is.", "Database"),
    ]


_DATABASE = [
    Key("table.whitelist", "LIST", (), "MEDIUM", "Tables to read. Empty: all.", "Database", "LONG", "Table Whitelist"),
    Key("table.blacklist", "LIST", (), "MEDIUM", "Tables not to read.", "Database", "LONG", "Table Blacklist"),
    Key(
        "table.include.list",
        "LIST",
        (),
        "MEDIUM",
        "Regular expressions of tables to read: table, schema.table or database.schema.table.",
        "Database",
        "LONG",
        "Table Include List",
        pattern,
    ),
    Key("table.exclude.list", "LIST", (), "MEDIUM", "Regular expressions of tables not to read.", "Database", "LONG", "Excluded", pattern),
    Key("catalog.pattern", "STRING", None, "MEDIUM", "Accepted for compatibility: the URL names the database.", "Database", "SHORT"),
    Key(
        "schema.pattern",
        "STRING",
        None,
        "MEDIUM",
        "Schemas to look for tables in; % and _ are wildcards.",
        "Database",
        "SHORT",
        "Schema pattern",
    ),
    Key(
        "numeric.mapping",
        "STRING",
        None,
        "LOW",
        "NUMERIC columns as: none (decimals), precision_only (integers where the scale is 0), best_fit (doubles, too, up to 18 digits), "
        "best_fit_eager_double (doubles wherever there are digits after the point).",
        "Database",
        "SHORT",
        "Numeric mapping",
        one_of("none", "precision_only", "best_fit", "best_fit_eager_double", ignore_case=True),
        recommend=lambda c: ("none", "precision_only", "best_fit", "best_fit_eager_double"),
    ),
    Key("numeric.precision.mapping", "BOOLEAN", False, "LOW", "Old form of numeric.mapping=precision_only.", "Database", "SHORT"),
    Key(
        "timestamp.granularity",
        "STRING",
        "connect_logical",
        "LOW",
        "Timestamps as: connect_logical (milliseconds), or micros_long, micros_string, nanos_long, nanos_string.",
        "Database",
        "SHORT",
        "Timestamp granularity",
        one_of(*GRANULARITIES),
    ),
    Key("db.timezone", "STRING", "UTC", "MEDIUM", "Time zone of timestamps without one.", "Database", "MEDIUM", "DB time zone", time_zone),
    Key("table.names.qualify", "BOOLEAN", True, "LOW", "Accepted for compatibility: names are always qualified.", "Database"),
    Key("sql.quote.identifiers", "BOOLEAN", True, "LOW", "Accepted for compatibility: names are always quoted.", "Database"),
    Key("quote.sql.identifiers", "STRING", "always", "LOW", "Accepted for compatibility: names are always quoted.", "Database"),
]


def _uses(part: str) -> Callable[[Config], bool]:
    return lambda config: part in (config.get("mode") or "")


_MODE = [
    Key(
        "mode",
        "STRING",
        REQUIRED,
        "HIGH",
        "bulk: all rows at every poll. incrementing: rows with a higher id. timestamp: rows with a later time. "
        "timestamp+incrementing: both. No mode sees deleted rows.",
        "Mode",
        "MEDIUM",
        "Table Loading Mode",
        one_of(*MODES),
        recommend=lambda c: MODES,
        dependents=("incrementing.column.name", "timestamp.column.name", "validate.non.null", "timestamp.initial", "incrementing.initial"),
    ),
    Key(
        "incrementing.column.name",
        "STRING",
        "",
        "MEDIUM",
        "Column whose value only grows. Empty: the table's identity or serial column.",
        "Mode",
        "MEDIUM",
        "Incrementing Column Name",
        visible=_uses("incrementing"),
    ),
    Key(
        "incrementing.column.mapping",
        "LIST",
        (),
        "MEDIUM",
        "Incrementing columns by table: regex:column, ...",
        "Mode",
        visible=_uses("incrementing"),
    ),
    Key(
        "timestamp.column.name",
        "LIST",
        (),
        "MEDIUM",
        "Columns with the time of a row's last change; the first one that is not NULL counts.",
        "Mode",
        "MEDIUM",
        "Timestamp Column Name",
        visible=_uses("timestamp"),
    ),
    Key(
        "timestamp.columns.mapping",
        "LIST",
        (),
        "MEDIUM",
        "Timestamp columns by table: regex:[column|column], ...",
        "Mode",
        visible=_uses("timestamp"),
    ),
    Key(
        "validate.non.null",
        "BOOLEAN",
        True,
        "LOW",
        "Refuse incrementing columns that may be NULL, and timestamp columns that may all be.",
        "Mode",
        "SHORT",
        "Validate Non Null",
    ),
    Key("query", "STRING", "", "MEDIUM", "A query to read instead of tables; it may have a WHERE.", "Mode", "SHORT", "Query"),
    Key("query.masked", "PASSWORD", None, "LOW", "A query that is not shown.", "Mode", "SHORT", "Masked query"),
    Key("query.suffix", "STRING", "", "LOW", "Text at the end of every query.", "Mode", "MEDIUM", "Query suffix"),
    Key(
        "timestamp.initial",
        "LONG",
        None,
        "LOW",
        "First timestamp, milliseconds; -1: now. Without it: all rows.",
        "Mode",
        visible=_uses("time"),
    ),
    Key("timestamp.initial.ms", "LONG", None, "MEDIUM", "The same, Aiven's name.", "Mode", visible=_uses("timestamp")),
    Key(
        "incrementing.initial",
        "LONG",
        None,
        "MEDIUM",
        "Rows with a higher id than this only. Without it: all rows.",
        "Mode",
        visible=_uses("incrementing"),
    ),
]

_CONNECTOR = [
    Key("table.types", "LIST", ("TABLE",), "LOW", "Kinds of tables: TABLE, VIEW, MATERIALIZED VIEW, FOREIGN TABLE.", "Connector"),
    Key("poll.interval.ms", "INT", 5000, "HIGH", "Milliseconds between two looks at a table.", "Connector", "SHORT", "Poll", at_least(0)),
    Key("batch.max.rows", "INT", 5000, "LOW", "Most rows of one transaction.", "Connector", "SHORT", "Max Rows Per Batch", at_least(1)),
    Key(
        "table.poll.interval.ms",
        "LONG",
        60_000,
        "LOW",
        "Milliseconds between two looks for new and dropped tables.",
        "Connector",
        "SHORT",
        "Table poll",
        at_least(1),
    ),
    Key(
        "topic.prefix",
        "STRING",
        REQUIRED,
        "HIGH",
        "The topic is this and the table's name; of a query, this alone.",
        "Connector",
        "MEDIUM",
        "Topic Prefix",
    ),
    Key(
        "timestamp.delay.interval.ms",
        "LONG",
        0,
        "HIGH",
        "Rows younger than this wait, so that transactions that began earlier can commit first.",
        "Connector",
        "MEDIUM",
        "Delay Interval (ms)",
        at_least(0),
    ),
    Key("key", "STRING", None, "MEDIUM", "ksqlDB's shortcut: the column that is the record's key.", "Connector", "SHORT", "Key column"),
]

SOURCE_KEYS = ConfigDef([*connection_keys(), *_DATABASE, *_MODE, *_CONNECTOR])
