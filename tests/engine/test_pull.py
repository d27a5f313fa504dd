"""Pull queries: what they read of tables and streams, while queries run and after a restart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from millstream.engine.functions.registry import default_registry
from millstream.engine.local import LocalRuntime
from millstream.errors import ExecutionError
from millstream.formats.registry.store import SchemaStore
from millstream.log.base import Log
from millstream.log.embedded import EmbeddedLog
from millstream.log.memory import MemoryLog
from millstream.log.partitioner import Partitioner
from millstream.plan.nodes import PullPlan
from tests.engine.rig import Rig

STREAM = "CREATE STREAM s (k STRING KEY, v INT) WITH (kafka_topic='s', value_format='JSON', partitions=1);"
TABLE = "CREATE TABLE t (k STRING PRIMARY KEY, v INT) WITH (kafka_topic='t', value_format='JSON', partitions=1);"


def _rig(log: Log) -> Rig:
    return Rig(log, LocalRuntime(log, default_registry()))


@pytest.fixture
def rig() -> Iterator[Rig]:
    found = _rig(MemoryLog())
    yield found
    found.runtime.close()


def test_keys(rig: Rig) -> None:
    """By one key, several, one that is not there, and everything."""
    rig.sql(STREAM + "CREATE TABLE c AS SELECT k, COUNT(*) AS n, SUM(v) AS total FROM s GROUP BY k;")
    rig.append("s", [b'{"V":1}', b'{"V":2}', b'{"V":3}'], [b"a", b"b", b"a"])
    assert rig.pull("SELECT * FROM c WHERE k = 'a';") == [["a", 2, 4]]
    assert rig.pull("SELECT total, k FROM c WHERE k IN ('b', 'x', 'a');") == [[2, "b"], [4, "a"]]
    assert rig.pull("SELECT k FROM c WHERE k = 'x';") == []
    assert rig.pull("SELECT k, total * 2 AS d FROM c;") == [["a", 8], ["b", 4]]
    assert rig.pull("SELECT k FROM c WHERE total < 3;") == [["b"]]
    assert rig.pull("SELECT k FROM c LIMIT 1;") == [["a"]]
    assert rig.pull("SELECT k FROM c LIMIT 0;") == []


def test_key_of_several_columns(rig: Rig) -> None:
    """A row is found by all its key columns."""
    rig.sql(STREAM + "CREATE TABLE c WITH (key_format='JSON') AS SELECT k, v, COUNT(*) AS n FROM s GROUP BY k, v;")
    rig.append("s", [b'{"V":1}', b'{"V":2}', b'{"V":1}'], [b"a"] * 3)
    assert rig.pull("SELECT * FROM c WHERE k = 'a' AND v = 1;") == [["a", 1, 2]]
    assert rig.pull("SELECT * FROM c WHERE v = 2;") == [["a", 2, 1]]


@pytest.mark.parametrize(
    ("window", "rows"),
    [
        ("TUMBLING (SIZE 1 SECOND)", [["a", 0, 1000, 1], ["a", 1000, 2000, 2], ["a", 5000, 6000, 1]]),
        (
            "HOPPING (SIZE 2 SECONDS, ADVANCE BY 1 SECOND)",
            [["a", 0, 2000, 3], ["a", 1000, 3000, 2], ["a", 4000, 6000, 1], ["a", 5000, 7000, 1]],
        ),
        ("SESSION (1 SECOND)", [["a", 500, 1400, 3], ["a", 5000, 5000, 1]]),
    ],
)
def test_windows(rig: Rig, window: str, rows: list[list[object]]) -> None:
    """All windows of a key by start, or those whose bounds fit."""
    rig.sql(STREAM + f"CREATE TABLE c AS SELECT k, COUNT(*) AS n FROM s WINDOW {window} GROUP BY k;")
    for time in (500, 1300, 1400, 5000):
        rig.append("s", [b'{"V":1}'], [b"a"], at=time)
    assert rig.pull("SELECT * FROM c WHERE k = 'a';") == rows
    assert rig.pull("SELECT * FROM c;") == rows
    assert rig.pull("SELECT * FROM c WHERE k = 'a' AND WINDOWSTART >= 1000;") == [r for r in rows if int(str(r[1])) >= 1000]
    assert rig.pull("SELECT * FROM c WHERE k = 'a' AND WINDOWEND < 2000;") == [r for r in rows if int(str(r[2])) < 2000]


def test_rowtime_is_the_newest_record_s(rig: Rig) -> None:
    """ROWTIME of a group."""
    rig.sql(STREAM + "CREATE TABLE c AS SELECT k, COUNT(*) AS n FROM s GROUP BY k;")
    rig.append("s", [b'{"V":1}'], [b"a"], at=700)
    rig.append("s", [b'{"V":1}'], [b"a"], at=300)
    assert rig.pull("SELECT n, ROWTIME AS t FROM c WHERE k = 'a';") == [[2, 700]]


def test_having_and_deletions_hide_rows(rig: Rig) -> None:
    """What is not in the table is not pulled; it may come back."""
    rig.sql(STREAM + TABLE)
    rig.sql(
        "CREATE TABLE h AS SELECT k, COUNT(*) AS n FROM s GROUP BY k HAVING COUNT(*) <> 2; CREATE TABLE d AS SELECT * FROM t WHERE v > 0;"
    )
    seen = []
    for _ in range(3):
        rig.append("s", [b'{"V":1}'], [b"a"])
        seen.append(rig.pull("SELECT n FROM h WHERE k = 'a';"))
    assert seen == [[[1]], [], [[3]]]
    seen.clear()
    for value in (b'{"V":1}', b'{"V":0}', b'{"V":2}', None):
        rig.append("t", [value], [b"a"])
        seen.append(rig.pull("SELECT v FROM d WHERE k = 'a';"))
    assert seen == [[[1]], [], [[2]], []]


def test_joins_of_tables(rig: Rig) -> None:
    """A join of tables keeps its result; a row without a partner has NULLs."""
    rig.sql(TABLE + "CREATE TABLE u (k STRING PRIMARY KEY, w INT) WITH (kafka_topic='u', value_format='JSON', partitions=1);")
    rig.sql("CREATE TABLE j AS SELECT t.k AS k, v, w FROM t LEFT JOIN u ON t.k = u.k;")
    rig.append("t", [b'{"V":1}', b'{"V":2}'], [b"a", b"b"])
    rig.append("u", [b'{"W":3}'], [b"b"])
    assert rig.pull("SELECT * FROM j;") == [["a", 1, None], ["b", 2, 3]]


def test_a_format_without_null_gives_defaults() -> None:
    """What a PROTOBUF topic cannot hold is not in its table either: NULL is 0 or an empty text."""
    log = MemoryLog()
    registry = SchemaStore(log)
    rig = Rig(log, LocalRuntime(log, default_registry(), registry), registry)
    rig.sql(TABLE + "CREATE TABLE d WITH (value_format='PROTOBUF') AS SELECT k, v, CAST(v AS STRING) AS w FROM t;")
    rig.append("t", [b'{"V":1}', b"{}"], [b"a", b"b"])
    assert rig.pull("SELECT * FROM d;") == [["a", 1, "1"], ["b", 0, ""]]
    assert rig.pull("SELECT k FROM d WHERE w = '';") == [["b"]]
    rig.runtime.close()


def test_source_tables(rig: Rig) -> None:
    """A SOURCE TABLE can be pulled from without a query of one's own."""
    rig.sql("CREATE STREAM writer (k STRING KEY, v INT) WITH (kafka_topic='t', value_format='JSON', partitions=1);")
    rig.sql("CREATE SOURCE TABLE t (k STRING PRIMARY KEY, v INT) WITH (kafka_topic='t', value_format='JSON');")
    rig.append("t", [b'{"V":1}', b'{"V":2}', b'{"V":3}', None], [b"a", b"b", b"a", b"b"])
    assert rig.pull("SELECT * FROM t;") == [["a", 3]]


def test_streams_are_read_to_their_end(rig: Rig) -> None:
    """All records of the topic as it is now, filtered, up to LIMIT; a bad one is left out."""
    rig.sql(STREAM)
    rig.append("s", [b'{"V":1}', b"bad", b'{"V":3}'], [b"a", b"b", b"a"])
    assert rig.pull("SELECT * FROM s;") == [["a", 1], ["a", 3]]
    assert rig.pull("SELECT v + 1 AS w FROM s WHERE v > 1;") == [[4]]
    assert rig.pull("SELECT v FROM s WHERE k = 'a' LIMIT 1;") == [[1]]
    rig.append("s", [b'{"V":4}'], [b"a"])
    assert rig.pull("SELECT v FROM s WHERE k IN ('a');") == [[1], [3], [4]]


def test_partitions_come_one_after_the_other(rig: Rig) -> None:
    """Scans and look-ups give the rows of partition 0 first, as ksqlDB does."""
    rig.sql("CREATE STREAM p (k STRING KEY, v INT) WITH (kafka_topic='p', value_format='JSON', partitions=4);")
    rig.sql("CREATE TABLE c AS SELECT k, COUNT(*) AS n FROM p GROUP BY k;")
    names = [str(i) for i in range(20)]
    rig.append("p", [b'{"V":1}'] * 20, [n.encode() for n in names])
    where = Partitioner(4)
    expected = sorted(names, key=lambda n: (where.partition(n.encode()), n))
    assert [k for (k,) in rig.pull("SELECT k FROM c;")] == expected
    listed = ", ".join(f"'{n}'" for n in sorted(names))
    assert [k for (k,) in rig.pull(f"SELECT k FROM c WHERE k IN ({listed});")] == expected


def test_rows_outlive_a_restart(tmp_path: Path) -> None:
    """A process that is lost after its commit leaves what it committed; the next goes on from there."""
    rig = _rig(EmbeddedLog(tmp_path / "data", fsync=False))
    rig.sql(STREAM + "CREATE TABLE c AS SELECT k, COUNT(*) AS n FROM s WINDOW SESSION (1 SECOND) GROUP BY k;")
    rig.sql("CREATE TABLE f AS SELECT k, n FROM c WHERE n > 1;")
    rig.append("s", [b'{"V":1}'] * 2, [b"a"] * 2, at=100)
    assert rig.pull("SELECT * FROM c;") == [["a", 100, 100, 2]]
    assert isinstance(rig.runtime, LocalRuntime)
    rig.runtime.run_until_idle()
    rig.log.close()
    rig = _rig(EmbeddedLog(tmp_path / "data", fsync=False))
    assert rig.pull("SELECT * FROM c;") == [["a", 100, 100, 2]]
    rig.append("s", [b'{"V":1}'], [b"a"], at=200)
    assert rig.pull("SELECT * FROM c;") == [["a", 100, 200, 3]]
    assert rig.pull("SELECT * FROM f;") == [["a", 100, 200, 3]]
    rig.log.close()


def test_a_scan_goes_on_while_its_query_does(rig: Rig) -> None:
    """Between two batches the query may run: every key comes once, as it is or as it was."""
    rig.sql(STREAM + "CREATE TABLE c AS SELECT k, COUNT(*) AS n FROM s GROUP BY k;")
    keys = [b"%04d" % i for i in range(2000)]
    rig.append("s", [b'{"V":1}'] * 2000, keys)
    runtime, plan = rig.runtime, rig.plan("SELECT k, n FROM c;")
    assert isinstance(runtime, LocalRuntime)
    assert isinstance(plan, PullPlan)
    batches = runtime.pull(plan)
    rows = list(next(batches))
    rig.append("s", [b'{"V":1}'] * 2000, keys)
    runtime.run_until_idle()
    rows += [row for batch in batches for row in batch]
    assert [row.values[0] for row in rows] == [k.decode() for k in keys]
    assert {row.values[1] for row in rows} <= {1, 2}


def test_a_paused_table_is_read_as_it_is(rig: Rig) -> None:
    """Nobody waits for a query that does not run."""
    rig.sql(STREAM + "CREATE TABLE c AS SELECT k, COUNT(*) AS n FROM s GROUP BY k; INSERT INTO s VALUES ('a', 1);")
    assert rig.pull("SELECT n FROM c;") == [[1]]
    rig.sql("PAUSE ALL; INSERT INTO s VALUES ('a', 1);")
    assert rig.pull("SELECT n FROM c;") == [[1]]


def test_a_stopped_query_is_named(rig: Rig) -> None:
    """A table whose query does not run here says which."""
    rig.sql(STREAM + "CREATE TABLE c AS SELECT k, COUNT(*) AS n FROM s GROUP BY k;")
    plan = rig.plan("SELECT * FROM c;")
    assert isinstance(plan, PullPlan)
    rig.runtime.stop(str(plan.materialized_by), drop=True)
    with pytest.raises(ExecutionError, match=f"Query {plan.materialized_by} does not run here"):
        rig.runtime.pull(plan)
