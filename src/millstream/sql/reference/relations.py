"""Streams, tables, types: what makes, changes, fills and drops them."""

from __future__ import annotations

from millstream.sql.reference.entry import Entry
from millstream.sql.tree import (
    AlterRelation,
    CreateAs,
    CreateFromConnector,
    CreateSource,
    CreateType,
    DropRelation,
    DropType,
    InsertInto,
    InsertValues,
)

_ORDERS = "CREATE STREAM orders (id INT KEY, item STRING, price DOUBLE) WITH (kafka_topic='orders', value_format='JSON', partitions=1);"

ENTRIES = (
    Entry(
        "CREATE STREAM, CREATE TABLE",
        CreateSource,
        """\
CREATE [OR REPLACE] [SOURCE] STREAM | TABLE [IF NOT EXISTS] name
  [( column type [KEY | PRIMARY KEY | HEADERS | HEADER('name')], ... )]
  WITH ( property = value, ... );""",
        """\
Declares a relation over a topic. A stream's records are events; a table's are the newest row of each primary key, and a null value
deletes the row. A topic that does not exist is created if PARTITIONS is given. Without columns they come from the topic: from the
schema registry, or from what a connector writes. SOURCE makes it read-only: nothing can be inserted, and a SOURCE TABLE can be read by
pull queries. OR REPLACE may add columns and change nothing else. Properties: see [WITH](#properties-of-with).""",
        (
            _ORDERS,
            "CREATE TABLE items (item STRING PRIMARY KEY, colour STRING) WITH (kafka_topic='items', format='JSON', partitions=1);",
            "CREATE SOURCE TABLE item_view (item STRING PRIMARY KEY, colour STRING) WITH (kafka_topic='items', format='JSON');",
            "CREATE STREAM traced (id INT KEY, trace BYTES HEADER('trace')) WITH (kafka_topic='orders', value_format='JSON');",
        ),
    ),
    Entry(
        "CREATE ... AS SELECT",
        CreateAs,
        """\
CREATE [OR REPLACE] STREAM | TABLE [IF NOT EXISTS] name
  [WITH ( property = value, ... )]
  AS SELECT ... [EMIT CHANGES | EMIT FINAL];""",
        """\
Starts a persistent query and declares its output as a relation. The query runs until TERMINATE or DROP, and goes on where it was after
a restart. A stream comes from a SELECT without GROUP BY over streams, a table from a GROUP BY or a SELECT over tables. What WITH
does not say is taken from the source: formats, partitions. OR REPLACE puts a new query in the place of the old one,
which goes on from where that was: columns may come at the end, and WHERE and HAVING may change for what is read from then on. Sources,
keys, joins, windows, aggregates, formats and topic stay, and the WHERE of a GROUP BY over a table.""",
        (
            "CREATE STREAM dear AS SELECT id, item, price FROM orders WHERE price > 100 EMIT CHANGES;",
            "CREATE TABLE sold WITH (kafka_topic='sold') AS\n"
            "  SELECT item, COUNT(*) AS n FROM orders WINDOW TUMBLING (SIZE 1 HOUR, GRACE PERIOD 5 MINUTES) GROUP BY item EMIT CHANGES;",
        ),
        before=_ORDERS,
    ),
    Entry(
        "CREATE ... FROM CONNECTOR",
        CreateFromConnector,
        """\
CREATE [OR REPLACE] STREAM | TABLE [IF NOT EXISTS] name
  FROM CONNECTOR connector [TOPIC 'topic'] [WITH ( property = value, ... )];""",
        """\
Declares a relation over a topic of a connector, with the columns and the key that the connector writes. TOPIC is needed where the
connector has several; the topic's name may be given without the connector's prefix. Millstream's own.""",
        ("CREATE STREAM clicks FROM CONNECTOR pages TOPIC 'clicks';",),
        before="""\
CREATE SOURCE CONNECTOR `pages` WITH ('connector.class'='DatagenConnector', 'quickstart'='pageviews', 'kafka.topic'='clicks',
  'max.interval'=100);""",
        runs="CONNECT",
    ),
    Entry(
        "ALTER STREAM, ALTER TABLE",
        AlterRelation,
        "ALTER STREAM | TABLE name ADD [COLUMN] column type [, ADD [COLUMN] column type ...];",
        """\
Adds value columns to a relation over a topic. Records without them give NULL. Relations that a query writes are changed with
CREATE OR REPLACE instead.""",
        ("ALTER STREAM orders ADD COLUMN shop STRING, ADD COLUMN paid BOOLEAN;",),
        before=_ORDERS,
    ),
    Entry(
        "DROP STREAM, DROP TABLE",
        DropRelation,
        "DROP STREAM | TABLE [IF EXISTS] name [DELETE TOPIC];",
        """\
Removes a relation; the query that writes it ends. It is refused while other queries read the relation. DELETE TOPIC also deletes the
topic and, in the schema registry, its subjects.""",
        ("DROP STREAM IF EXISTS orders DELETE TOPIC;",),
        before=_ORDERS,
    ),
    Entry(
        "INSERT INTO ... VALUES",
        InsertValues,
        "INSERT INTO name [( column, ... )] VALUES ( expression, ... );",
        """\
Writes one record. Columns that are left out are NULL; a table needs its primary key. ROWTIME may be among the columns: the record's
timestamp in milliseconds, else it is the present time. Values are expressions without columns. Numbers widen and texts become dates and
times; nothing else is converted. Fields of a STRUCT that the column does not have are left out, as in ksqlDB, and missing ones are
NULL.""",
        (
            "INSERT INTO orders (id, item, price) VALUES (1, 'pen', 2.50);",
            "INSERT INTO orders (ROWTIME, id, item) VALUES (1709294400000, 1 + 1, UCASE('ink'));",
        ),
        before=_ORDERS,
    ),
    Entry(
        "INSERT INTO ... SELECT",
        InsertInto,
        "INSERT INTO stream [WITH ( QUERY_ID = 'id' )] SELECT ... [EMIT CHANGES];",
        """\
Starts a persistent query that writes into an existing stream; several may write into one. Its columns must be those of the stream, by
name and type, and the keys must agree.""",
        ("INSERT INTO everything SELECT * FROM orders EMIT CHANGES;",),
        before=_ORDERS + "\n" + _ORDERS.replace("orders", "everything"),
    ),
    Entry(
        "CREATE TYPE",
        CreateType,
        "CREATE TYPE [IF NOT EXISTS] name AS type;",
        "Gives a type a name that columns and CAST may use. The name is replaced by what it stands for when a statement is read.",
        ("CREATE TYPE address AS STRUCT<street STRING, zip STRING>;",),
    ),
    Entry(
        "DROP TYPE",
        DropType,
        "DROP TYPE [IF EXISTS] name;",
        "Removes the name of a type. Relations that were declared with it stay as they are.",
        ("DROP TYPE address;",),
        before="CREATE TYPE address AS STRUCT<street STRING, zip STRING>;",
    ),
)
