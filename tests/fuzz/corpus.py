# ruff: noqa: E501 (lines of data)
"""Statements that the fuzzer starts from: the parser's corpus, the scripts, and a world of relations of all types with data."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from millstream.sql import split
from tests.scripts import script

TESTS = Path(__file__).parent.parent

COLUMNS = (
    "i INT, l BIGINT, f DOUBLE, b BOOLEAN, d DECIMAL(8, 2), s VARCHAR, y BYTES, da DATE, ti TIME, ts TIMESTAMP, "
    "a ARRAY<INT>, m MAP<STRING, BIGINT>, st STRUCT<x INT, y ARRAY<STRING>>"
)
#: What stands before damaged statements come. Rows hold edge values, so that what runs over them meets them.
WORLD = [
    f"CREATE STREAM src (k VARCHAR KEY, {COLUMNS}) WITH (kafka_topic='src', value_format='JSON', partitions=1);",
    f"CREATE STREAM other (k VARCHAR KEY, {COLUMNS}) WITH (kafka_topic='other', value_format='AVRO', partitions=1);",
    f"CREATE TABLE tab (k VARCHAR PRIMARY KEY, {COLUMNS}) WITH (kafka_topic='tab', value_format='JSON', partitions=1);",
    "CREATE TABLE tab2 (k VARCHAR PRIMARY KEY, i INT, s VARCHAR) WITH (kafka_topic='tab2', value_format='DELIMITED', partitions=1);",
    "CREATE TABLE counted AS SELECT k, COUNT(*) AS n, SUM(i) AS total, LATEST_BY_OFFSET(s) AS s FROM src GROUP BY k;",
    "CREATE TABLE windowed AS SELECT k, COUNT(*) AS n FROM src WINDOW TUMBLING (SIZE 10 SECONDS) GROUP BY k;",
    *(
        f"INSERT INTO {name} (ROWTIME, k, {{columns}}) VALUES ({at}, {key}, {{values}});".format(
            columns="i, l, f, b, d, s, y, da, ti, ts, a, m, st", values=values
        )
        for name in ("src", "other", "tab")
        for at, key, values in [
            (1000, "'a'", "1, 2, 1.5, TRUE, 3.25, 'text', TO_BYTES('ff', 'hex'), '2020-02-29', '12:30', '2020-01-01T00:00:00', "
             "ARRAY[1, 2], MAP('x' := 1), STRUCT(x := 1, y := ARRAY['p'])"),
            (2000, "'b'", "-2147483648, -9223372036854775808, -0.0, FALSE, -999999.99, '', TO_BYTES('', 'hex'), '0001-01-01', '00:00', "
             "'0001-01-01T00:00:00', ARRAY[1], MAP('' := 9223372036854775807), STRUCT(x := CAST(NULL AS INT), y := ARRAY[''])"),
            (1500, "'a'", "NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL"),
            (30000, "'c'", "2147483647, 9223372036854775807, 1e308, TRUE, 0.00, '🦆 ſ{\"a\":[1]}', TO_BYTES('00', 'hex'), '9999-12-31', "
             "'23:59:59', '9999-12-31T23:59:59', ARRAY[CAST(NULL AS INT)], MAP('k' := CAST(NULL AS BIGINT)), STRUCT(x := 2147483647, y := CAST(NULL AS ARRAY<STRING>))"),
        ]
    ),
    "INSERT INTO tab2 (k, i, s) VALUES ('a', 1, 'one');",
]  # fmt: skip
#: Statements over that world, of every family.
SEEDS = """
SELECT * FROM src EMIT CHANGES;
SELECT k, i + l, f / i, d * d, s || 'x', CASE WHEN b THEN i ELSE 0 END, st->x, a[1], m['x'] FROM src WHERE i > 0 AND s LIKE '%x' EMIT CHANGES;
SELECT k, CAST(i AS STRING), CAST(s AS INT), CAST(f AS DECIMAL(4, 1)), CAST(ts AS DATE), CAST(a AS ARRAY<STRING>) FROM src EMIT CHANGES;
SELECT k, TRANSFORM(a, x => x * 2), FILTER(m, (v, w) => w > 1), REDUCE(a, 0, (p, q) => p + q) FROM src EMIT CHANGES;
SELECT k, EXPLODE(a), EXPLODE(ARRAY[1, 2, 3]) FROM src EMIT CHANGES;
SELECT src.k, src.i, tab.s FROM src LEFT JOIN tab ON src.k = tab.k EMIT CHANGES;
SELECT src.k, src.i, o.s FROM src FULL OUTER JOIN other o WITHIN 10 SECONDS GRACE PERIOD 5 SECONDS ON src.k = o.k EMIT CHANGES;
SELECT tab.k, tab.i, tab2.s FROM tab FULL OUTER JOIN tab2 ON tab.k = tab2.k EMIT CHANGES;
SELECT tab.k, tab2.i FROM tab JOIN tab2 ON tab.s = tab2.k EMIT CHANGES;
SELECT k, COUNT(*), SUM(i), AVG(l), MIN(d), MAX(f), COLLECT_LIST(i), TOPK(i, 2), COUNT_DISTINCT(s) FROM src GROUP BY k EMIT CHANGES;
SELECT s, COUNT(*), SUM(f) FROM tab GROUP BY s HAVING COUNT(*) > 0 EMIT CHANGES;
SELECT k, WINDOWSTART, COUNT(*) FROM src WINDOW HOPPING (SIZE 10 SECONDS, ADVANCE BY 3 SECONDS, GRACE PERIOD 1 SECOND) GROUP BY k EMIT CHANGES;
SELECT k, COUNT(*) FROM src WINDOW SESSION (5 SECONDS) GROUP BY k EMIT FINAL;
SELECT * FROM counted;
SELECT k, n + 1 FROM counted WHERE k IN ('a', 'b') AND n > 0 LIMIT 2;
SELECT * FROM windowed WHERE k = 'a' AND WINDOWSTART >= 0 AND WINDOWEND < '2020-01-01T00:00:00';
SELECT k, i FROM src LIMIT 2;
CREATE STREAM out1 WITH (kafka_topic='o', value_format='PROTOBUF', key_format='JSON') AS SELECT k, i, a, st FROM src PARTITION BY i EMIT CHANGES;
CREATE OR REPLACE STREAM out2 AS SELECT k, i AS j, s FROM src WHERE i < 5;
CREATE TABLE out3 WITH (format='AVRO') AS SELECT s, l, COUNT(*) AS n, HISTOGRAM(k) AS h FROM src GROUP BY s, l;
INSERT INTO src (k, i, d, a, m) VALUES ('x', 5, 1.25, ARRAY[3], MAP('z' := 7));
INSERT INTO other SELECT * FROM src;
CREATE STREAM ext (id INT KEY, v STRUCT<a INT, b MAP<STRING, ARRAY<DOUBLE>>>, t BIGINT) WITH (kafka_topic='e', format='JSON_SR', partitions=2, timestamp='t');
CREATE SOURCE TABLE ext2 (id INT PRIMARY KEY, h BYTES HEADER('x'), v DECIMAL(5, 1)) WITH (kafka_topic='e2', value_format='DELIMITED', value_delimiter='|', partitions=1);
EXPLAIN SELECT k, COUNT(*) FROM src GROUP BY k EMIT CHANGES;
DESCRIBE src EXTENDED; DESCRIBE counted; SHOW QUERIES EXTENDED; SHOW STREAMS EXTENDED; DESCRIBE FUNCTION TRANSFORM;
DROP TABLE counted; DROP STREAM IF EXISTS other DELETE TOPIC; ALTER STREAM src ADD COLUMN z INT; PAUSE ALL; RESUME ALL;
PRINT 'src' FROM BEGINNING LIMIT 2; PRINT 'other' FROM BEGINNING INTERVAL 2 LIMIT 1;
"""


@cache
def statements() -> list[str]:
    """All of them, each ended by its semicolon."""
    texts = [path.read_text() for path in sorted((TESTS / "sql" / "corpus").glob("*.sql"))]
    # What fits the world is there several times: it gets further.
    found = [piece.strip() for text in [*texts, *[SEEDS] * 10] for piece, _ in split(text)]
    for path in sorted((TESTS / "scripts").glob("*.sql")):
        found += [step.text for step in script.parse(path.read_text())]
    return [text for text in found if text.endswith(";")]
