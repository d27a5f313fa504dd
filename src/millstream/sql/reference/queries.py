"""Queries: SELECT, PRINT, EXPLAIN, and the control of running ones."""

from __future__ import annotations

from millstream.sql.reference.entry import Entry
from millstream.sql.tree import ControlQuery, Explain, Print, Select

_COUNTED = """\
CREATE STREAM orders (id INT KEY, item STRING, price DOUBLE) WITH (kafka_topic='orders', value_format='JSON', partitions=1);
CREATE STREAM payments (id INT KEY, paid DOUBLE) WITH (kafka_topic='payments', value_format='JSON', partitions=1);
CREATE TABLE sold WITH (kafka_topic='sold') AS SELECT item, COUNT(*) AS n FROM orders GROUP BY item EMIT CHANGES;
INSERT INTO orders VALUES (1, 'pen', 2.5);"""

ENTRIES = (
    Entry(
        "SELECT",
        Select,
        """\
SELECT expression [[AS] alias] | * | source.* | struct->*, ...
  FROM source [[AS] alias]
  [ [INNER] JOIN | LEFT [OUTER] JOIN | RIGHT [OUTER] JOIN | FULL [OUTER] JOIN source [[AS] alias]
    [WITHIN n unit | WITHIN (n unit, n unit) [GRACE PERIOD n unit]] ON expression ] ...
  [WINDOW TUMBLING (SIZE n unit [, RETENTION n unit] [, GRACE PERIOD n unit])
        | HOPPING (SIZE n unit, ADVANCE BY n unit [, RETENTION n unit] [, GRACE PERIOD n unit])
        | SESSION (n unit [, RETENTION n unit] [, GRACE PERIOD n unit])]
  [WHERE condition] [GROUP BY expression, ...] [PARTITION BY expression, ...] [HAVING condition]
  [EMIT CHANGES | EMIT FINAL] [LIMIT n];""",
        """\
With EMIT it is a push query: rows come as they arise, until the client ends it or LIMIT is reached; it starts at the newest record
unless `auto.offset.reset` is earliest. EMIT FINAL gives a window's row once, when the window is closed. Without EMIT it is a pull query
and reads what there is now, then ends: from a table that a query keeps, by key, by key range, by window, or whole; or from all records
of a stream. Of a table with EMIT FINAL it shows windows that are not closed yet, too, as in ksqlDB: the table keeps them.
[Windows](#windows) and [joins](#joins) are described below.""",
        (
            "SELECT item, price FROM orders WHERE price > 2 EMIT CHANGES LIMIT 1;",
            "SELECT n FROM sold WHERE item = 'pen';",
            "SELECT o.id, o.price - p.paid AS open FROM orders o LEFT JOIN payments p WITHIN 1 HOUR ON o.id = p.id EMIT CHANGES;",
            "SELECT item, SUM(price) AS total FROM orders WINDOW SESSION (60 SECONDS) GROUP BY item HAVING COUNT(*) > 1 EMIT CHANGES;",
        ),
        before=_COUNTED,
        runs="QUERY",
    ),
    Entry(
        "PRINT",
        Print,
        "PRINT topic [FROM BEGINNING] [INTERVAL n] [LIMIT n];",
        """\
Shows the records of a topic as they come: time, key, value. The formats are guessed from the first records. INTERVAL shows every n-th
record (SAMPLE means the same). A topic whose name is no SQL name stands in quotes.""",
        ("PRINT orders FROM BEGINNING LIMIT 1;",),
        before=_COUNTED,
        runs="QUERY",
    ),
    Entry(
        "EXPLAIN",
        Explain,
        "EXPLAIN query_id | SELECT ... | CREATE ... AS SELECT ... | INSERT INTO ... SELECT ... | ALTER CONNECTOR ...;",
        "Shows how a query is, or would be, carried out: its sources, sink, columns and plan; or what ALTER would change in a connector. "
        "Nothing is done.",
        ("EXPLAIN SELECT item, COUNT(*) FROM orders GROUP BY item EMIT CHANGES;",),
        before=_COUNTED,
    ),
    Entry(
        "TERMINATE, PAUSE, RESUME",
        ControlQuery,
        "TERMINATE | PAUSE | RESUME query_id | ALL;",
        """\
TERMINATE ends a persistent query for good: its output stays a relation that nothing writes. PAUSE holds a query; RESUME lets it go on
where it was. SHOW QUERIES lists the ids.""",
        ("PAUSE ALL;", "RESUME ALL;", "TERMINATE ALL;"),
        before=_COUNTED,
    ),
)
