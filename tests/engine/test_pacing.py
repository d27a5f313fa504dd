"""How much goes in one piece, and whose turn it is when one query is far behind and another waits for single records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from millstream.engine.functions.registry import default_registry
from millstream.engine.local import LocalRuntime
from millstream.engine.pacing import Pace
from millstream.engine.task import Task
from millstream.log.memory import MemoryLog
from tests.engine.rig import Client, Rig

STREAMS = (
    "CREATE STREAM late (k STRING KEY, v INT) WITH (kafka_topic='late', value_format='JSON', partitions=1);"
    "CREATE STREAM quick (k STRING KEY, v INT) WITH (kafka_topic='quick', value_format='JSON', partitions=1);"
)


@pytest.fixture
def rig() -> Iterator[Rig]:
    log = MemoryLog()
    runtime = LocalRuntime(log, default_registry())
    runtime.driven = True
    yield Rig(log, runtime)
    runtime.close()


def test_a_pace_finds_what_fits() -> None:
    """Pieces of 10 us a record that may take 2 ms end at 200 records, from either side."""
    for least, greatest in ((1, 10_000), (150, 10_000)):
        pace = Pace(0.002, least, greatest)
        for _ in range(20):
            pace.took(pace.most, pace.most * 10e-6)
        assert 199 <= pace.most <= 200


def test_a_pace_stays_in_its_bounds() -> None:
    """However dear or cheap records are."""
    pace = Pace(0.002, 64, 1024)
    pace.took(256, 10.0)
    assert pace.most == 64
    for _ in range(10):
        pace.took(pace.most, 0.0)
    assert pace.most == 1024


def test_small_pieces_say_nothing_of_large_ones() -> None:
    """A query that gets a record at a time keeps its pace; an empty piece changes nothing."""
    pace = Pace(0.002, 64, 1024)
    pace.took(1, 1e-9)
    pace.took(0, 1.0)
    assert pace.most == 256


def test_what_is_new_goes_before_what_is_late(rig: Rig) -> None:
    """A record that arrives during one query's slice is with a client that had read everything before the next slice."""
    rig.sql(STREAMS)
    client = rig.push("SELECT v FROM quick EMIT CHANGES;")
    assert isinstance(rig.runtime, LocalRuntime)
    rig.runtime.run_until_idle()
    rig.append("late", [b'{"V":%d}' % i for i in range(20_000)], [b"a"] * 20_000)
    rig.sql("CREATE STREAM x AS SELECT * FROM late;")
    rig.sql("CREATE STREAM y AS SELECT * FROM late;")
    seen: list[int] = []

    def between() -> bool:
        seen.append(len(client.rows))
        rig.append("quick", [b'{"V":%d}' % len(seen)])
        return True

    rig.runtime.step(2, between)
    assert seen == [0, 1]
    assert client.values == [[1], [2]]


@pytest.mark.parametrize("waiting", [False, True])
def test_commits_are_brief_where_others_wait(rig: Rig, waiting: bool) -> None:
    """A query commits what fits in some milliseconds when another has read everything; alone it commits what it did in 100 ms."""
    rig.sql(STREAMS)
    if waiting:
        rig.push("SELECT v FROM quick EMIT CHANGES;", Client())
    assert isinstance(rig.runtime, LocalRuntime)
    rig.runtime.run_until_idle()
    rig.append("late", [b'{"V":%d}' % i for i in range(20_000)], [b"a"] * 20_000)
    rig.sql("CREATE STREAM x AS SELECT * FROM late;")
    (task,) = rig.runtime.tasks.values()
    assert isinstance(task, Task)
    task.settings = replace(task.settings, commit_ms=1 << 40)
    rig.runtime.run_until_idle()
    (status,) = rig.runtime.status().values()
    assert (status.metrics["commits"] > 1) is waiting
