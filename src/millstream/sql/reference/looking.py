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
ASSERT VALUES name [( column, ... )] VALUES ( expression, ... ) [OFFSET n] [TIMEOUT n unit];
ASSERT NULL VALUES name [( column, ... )] KEY ( expression, ... ) [OFFSET n] [TIMEOUT n unit];""",
        """\
What the next record in the topic of a relation must be (NULL VALUES: a tombstone), as in ksqlDB's `run-ksql-test`. A script of the
console, or a request, asserts the records of each relation one after the other, from the first on; OFFSET says how many records are
passed over instead. Only the named columns are compared, all key and value columns when none is named; ROWTIME, ROWPARTITION, ROWOFFSET,
headers and (of windowed relations) WINDOWSTART and WINDOWEND can be named too. A record that is not there yet is waited for, 10 seconds
without TIMEOUT; one that differs fails at once, and the error says what was expected and got. Records of several partitions are in the
order of their timestamps, so give topics of tests one partition. ROWTIME is the record's timestamp.""",
        (
            "ASSERT VALUES orders (id, item) VALUES (1, 'pen');",
            "ASSERT VALUES counts (item, n) VALUES ('pen', 1);",
            "ASSERT NULL VALUES counts (item) KEY ('pen') OFFSET 1 TIMEOUT 5 SECONDS;",
        ),
        before=_ORDERS
        + """
CREATE TABLE counts AS SELECT item, COUNT(*) AS n FROM orders GROUP BY item HAVING COUNT(*) < 2 EMIT CHANGES;
INSERT INTO orders (id, item) VALUES (1, 'pen');
INSERT INTO orders (id, item) VALUES (2, 'pen');""",
    ),
    Entry(
        "ASSERT STREAM, ASSERT TABLE",
        AssertRelation,
        "ASSERT STREAM | TABLE name [( columns )] [WITH ( property = value, ... )];",
        """\
What a relation must be: a stream or a table of that name, with exactly these columns if any are written, and with these properties.
PARTITIONS, REPLICAS and RETENTION_MS are those of its topic.""",
        ("ASSERT STREAM orders (id INT KEY, item STRING) WITH (kafka_topic='orders', partitions=1);",),
        before=_ORDERS,
    ),
)
