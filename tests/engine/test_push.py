"""Push queries in this process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from millstream.engine.functions.registry import default_registry
from millstream.engine.local import LocalRuntime
from millstream.log.base import TopicInfo
from millstream.log.memory import MemoryLog
from tests.engine.rig import Client, Rig

STREAM = "CREATE STREAM s (k STRING KEY, v INT) WITH (kafka_topic='s', value_format='JSON', partitions=1);"
TABLE = "CREATE TABLE t (k STRING PRIMARY KEY, v INT) WITH (kafka_topic='t', value_format='JSON', partitions=1);"
COUNTS = "CREATE TABLE c AS SELECT k, COUNT(*) AS n FROM s WINDOW TUMBLING (SIZE 1 SECOND) GROUP BY k HAVING COUNT(*) < 3;"


@pytest.fixture
def rig() -> Iterator[Rig]:
    log = MemoryLog()
    runtime = LocalRuntime(log, default_registry(), failures_topic="failures")
    runtime.driven = True
    yield Rig(log, runtime)
    runtime.close()


def _idle(rig: Rig) -> None:
    assert isinstance(rig.runtime, LocalRuntime)
    rig.runtime.run_until_idle()


def test_rows_come_in_order(rig: Rig) -> None:
    """Filtered and projected, from the beginning where the session asks for it."""
    rig.sql(STREAM)
    rig.append("s", [b'{"V":%d}' % i for i in range(5)], [b"a"] * 5)
    client = rig.push("SELECT v * 10 AS w, k FROM s WHERE v <> 2 EMIT CHANGES;")
    _idle(rig)
    assert client.values == [[0, "a"], [10, "a"], [30, "a"], [40, "a"]]
    assert client.ends == 0


def test_latest_is_the_default(rig: Rig) -> None:
    """Without auto.offset.reset only what comes after the start is seen."""
    rig.sql(STREAM)
    rig.append("s", [b'{"V":1}'])
    rig.properties.clear()
    client = rig.push("SELECT v FROM s EMIT CHANGES;")
    rig.append("s", [b'{"V":2}'])
    _idle(rig)
    assert client.values == [[2]]


@pytest.mark.parametrize("limit", [0, 1, 3])
def test_limit(rig: Rig, limit: int) -> None:
    """Exactly LIMIT rows, then the end; nothing runs any more."""
    rig.sql(STREAM)
    rig.append("s", [b'{"V":%d}' % i for i in range(10)])
    client = rig.push(f"SELECT v FROM s EMIT CHANGES LIMIT {limit};")
    _idle(rig)
    assert client.values == [[i] for i in range(limit)]
    assert (client.ends, client.error) == (1, None)
    assert isinstance(rig.runtime, LocalRuntime)
    assert rig.runtime.pushes == {}


def test_deletions_of_a_table_keep_the_key(rig: Rig) -> None:
    """A tombstone has the key columns of the projection, NULL elsewhere."""
    rig.sql(TABLE)
    client = rig.push("SELECT v, k FROM t EMIT CHANGES;")
    rig.append("t", [b'{"V":1}', None], [b"a", b"a"])
    _idle(rig)
    assert client.values == [[1, "a"], [None, "a"]]
    assert [row.tombstone for row in client.rows] == [False, True]


def test_deletions_of_a_windowed_table_keep_its_bounds(rig: Rig) -> None:
    """WINDOWSTART and WINDOWEND belong to the key."""
    rig.sql(STREAM + COUNTS)
    client = rig.push("SELECT windowend AS e, n, windowstart FROM c EMIT CHANGES;")
    rig.append("s", [b'{"V":1}'] * 3, [b"a"] * 3, at=1500)
    _idle(rig)
    assert [(*row.values, row.tombstone) for row in client.rows][-1] == (2000, None, 1000, True)


def test_a_client_may_pause(rig: Rig) -> None:
    """on_rows that returns False stops the query until ``resume``; no row is lost."""
    rig.sql(STREAM)
    rig.append("s", [b'{"V":1}'])
    client = rig.push("SELECT v FROM s EMIT CHANGES;", Client(hold=True))
    _idle(rig)
    rig.append("s", [b'{"V":2}', b'{"V":3}'])
    _idle(rig)
    assert client.values == [[1]]
    assert client.handle is not None
    client.hold = False
    client.handle.resume()
    _idle(rig)
    assert client.values == [[1], [2], [3]]


def test_closed_is_silent(rig: Rig) -> None:
    """After ``close`` neither rows nor an end come."""
    rig.sql(STREAM)
    client = rig.push("SELECT v FROM s EMIT CHANGES;")
    assert client.handle is not None
    client.handle.close()
    rig.append("s", [b'{"V":1}'])
    _idle(rig)
    assert (client.rows, client.ends) == ([], 0)


def test_an_error_ends_it(rig: Rig) -> None:
    """A query that cannot go on tells its client why."""
    rig.sql(STREAM)
    client = rig.push("SELECT v FROM s EMIT CHANGES;")
    rig.log.delete("s")
    _idle(rig)
    assert client.ends == 1
    assert "'s'" in str(client.error)


def test_an_aggregation_keeps_its_state_to_itself(rig: Rig) -> None:
    """A push query's groups are gone with it: nothing is left in the log."""
    rig.sql(STREAM)
    rig.append("s", [b'{"V":1}', b'{"V":2}'], [b"a", b"a"])
    for _ in range(2):
        client = rig.push("SELECT k, SUM(v) AS total FROM s GROUP BY k EMIT CHANGES;")
        _idle(rig)
        assert client.values[-1] == ["a", 3]
        assert client.handle is not None
        client.handle.close()
    assert [g for g in rig.log.groups() if g.startswith("transient")] == []


def test_bad_records_are_reported(rig: Rig) -> None:
    """What a push query cannot read is in the processing log."""
    rig.log.create(TopicInfo("failures", 1))
    rig.sql(STREAM)
    client = rig.push("SELECT v FROM s EMIT CHANGES;")
    rig.append("s", [b"not JSON", b'{"V":1}'])
    _idle(rig)
    assert client.values == [[1]]
    (reported,) = rig.log.read("failures", 0, 0).values
    assert b"processing.transient_" in (reported or b"")


def test_the_processing_log_can_be_followed(rig: Rig) -> None:
    """A query over the processing log does not report into what it reads, or it would never end."""
    rig.log.create(TopicInfo("failures", 1))
    rig.sql("CREATE STREAM f (x INT) WITH (kafka_topic='failures', value_format='JSON');")
    client = rig.push("SELECT x FROM f EMIT CHANGES;")
    rig.append("failures", [b"not JSON", b'{"X":1}'])
    _idle(rig)
    assert client.values == [[1]]
    assert rig.log.end_offsets("failures") == [2]


def test_rows_come_by_themselves() -> None:
    """Where nobody steps the runtime, a thread of its own runs push queries as records come."""
    log = MemoryLog()
    runtime = LocalRuntime(log, default_registry())
    rig = Rig(log, runtime)
    rig.sql(STREAM)
    client = rig.push("SELECT v FROM s EMIT CHANGES LIMIT 2;")
    rig.append("s", [b'{"V":1}'])
    client.wait(1)
    rig.append("s", [b'{"V":2}'])
    client.wait_end()
    assert client.values == [[1], [2]]
    runtime.close()
