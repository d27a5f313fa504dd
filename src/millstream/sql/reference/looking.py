"""SHOW, DESCRIBE, ASSERT."""

from __future__ import annotations

from millstream.sql.reference.entry import Entry
from millstream.sql.tree import Assert, AssertRelation, AssertValues, Describe, Show

_ORDERS = "CREATE STREAM orders (id INT KEY, item STRING) WITH (kafka_topic='orders', value_format='JSON_SR', partitions=1);"

ENTRIES = (
    Entry(
        "SHOW, LIST",
        Show,
        """\
SHOW | LIST STREAMS | TABLES | QUERIES | [ALL] TOPICS [EXTENDED];
SHOW | LIST PROPERTIES | FUNCTIONS | TYPES | VARIABLES;
SHOW | LIST [SOURCE | SINK] CONNECTORS;
SHOW | LIST CONNECTOR PLUGINS;
SHOW | LIST EXTERNAL SOURCES | SINKS;""",
        """\
Lists what there is. EXTENDED describes each: for QUERIES with their state, lag and last error. ALL TOPICS includes internal ones.
SHOW EXTERNAL is the spelling of KLIP 7 and shows connectors with their class and topic prefix. The last three need Kafka Connect or the
built-in worker.""",
        (
            "SHOW STREAMS;",
            "LIST TABLES EXTENDED;",
            "SHOW QUERIES;",
            "SHOW ALL TOPICS;",
            "SHOW PROPERTIES;",
            "SHOW FUNCTIONS;",
            "SHOW TYPES;",
        ),
        before=_ORDERS,
    ),
    Entry(
        "DESCRIBE",
        Describe,
        """\
DESCRIBE relation [EXTENDED];
DESCRIBE STREAMS | TABLES [EXTENDED];
DESCRIBE FUNCTION name;
DESCRIBE connector;
DESCRIBE CONNECTOR name;
DESCRIBE CONNECTOR PLUGIN class [SEARCH 'text'];""",
        """\
Columns and queries of a relation; EXTENDED adds topic, formats and statistics. Where no relation has the name, a connector of that
name is described: tasks, topics and their schemas, and what its mode can miss or repeat. FUNCTION shows signatures. CONNECTOR PLUGIN
shows the options of a connector class; SEARCH only those whose name or text holds the words.""",
        ("DESCRIBE orders;", "DESCRIBE orders EXTENDED;", "DESCRIBE STREAMS;", "DESCRIBE FUNCTION SUBSTRING;"),
        before=_ORDERS,
    ),
    Entry(
        "ASSERT TOPIC, ASSERT SCHEMA",
        Assert,
        """\
ASSERT [NOT EXISTS] TOPIC name [WITH ( PARTITIONS = n, REPLICAS = n )] [TIMEOUT n unit];
ASSERT [NOT EXISTS] SCHEMA [SUBJECT subject] [ID id] [TIMEOUT n unit];""",
        "Waits until a topic or a registered schema exists (or does not), and fails after TIMEOUT, or 1 second.",
        ("ASSERT TOPIC orders WITH (partitions=1) TIMEOUT 5 SECONDS;", "ASSERT SCHEMA SUBJECT 'orders-value';"),
        before=_ORDERS,
    ),
    Entry(
        "ASSERT VALUES, ASSERT NULL VALUES",
        AssertValues,
        """\
ASSERT VALUES name [( column, ... )] VALUES ( expression, ... );
ASSERT NULL VALUES name [( column, ... )] KEY ( expression, ... );""",
        "What the next record of a relation must be (NULL VALUES: a tombstone). For test scripts only.",
        ("ASSERT VALUES orders (id, item) VALUES (1, 'pen');", "ASSERT NULL VALUES items (item) KEY ('pen');"),
        runs="SCRIPT",
    ),
    Entry(
        "ASSERT STREAM, ASSERT TABLE",
        AssertRelation,
        "ASSERT STREAM | TABLE name [( columns )] [WITH ( property = value, ... )];",
        "What a relation's columns and properties must be. For test scripts only.",
        ("ASSERT STREAM orders (id INT KEY, item STRING) WITH (kafka_topic='orders');",),
        runs="SCRIPT",
    ),
)
