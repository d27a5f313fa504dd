"""How much goes in one piece, and whose turn it is when one query is far behind and another waits for single records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from millstream.engine.functions.registry import default_registry
from millstream.engine.local import LocalRuntime
from millstream.engine.pacing import Pace
from millstream.engine.task import Task
from millstream.log.base import Transaction
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


class Paced:
    """A stream that a query copies, committing at most every 20 ms of a clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1_000_000
        log = MemoryLog()
        self.runtime = LocalRuntime(log, default_registry(), clock=lambda: self.now, apart_ms=20)
        self.runtime.driven = True
        self.rig = Rig(log, self.runtime)
        self.rig.sql(STREAMS)
        self.rig.sql("CREATE STREAM x WITH (kafka_topic='x') AS SELECT * FROM quick;")
        self.arrive()
        assert self.runtime.step()
        assert self.seen == 1

    def arrive(self) -> None:
        self.rig.append("quick", [b'{"V":1}'])

    @property
    def seen(self) -> int:
        return self.rig.log.end_offsets("x")[0]


@pytest.fixture
def paced() -> Iterator[Paced]:
    made = Paced()
    yield made
    made.runtime.close()


def test_a_drained_query_waits_until_a_commit_is_not_too_soon(paced: Paced) -> None:
    """It says how long it waits, and commits then, though nothing else comes."""
    assert paced.runtime.waits_ms() is None
    paced.now += 5
    paced.arrive()
    paced.runtime.step()
    assert (paced.seen, paced.runtime.waits_ms()) == (1, 15)
    paced.now += 15
    assert paced.runtime.waits_ms() == 0
    paced.runtime.step()
    assert (paced.seen, paced.runtime.waits_ms()) == (2, None)


def test_a_commit_that_waits_takes_along_what_came_meanwhile(paced: Paced) -> None:
    """Records that keep coming do not put it off, though the query is not drained any more when it is time."""
    paced.arrive()
    paced.runtime.step()
    paced.now += 20
    paced.arrive()
    paced.runtime.step(0)
    assert paced.seen == 3


@pytest.mark.parametrize(("took", "rest"), [(5, 15), (12, 12), (19, 19), (50, 20)])
def test_after_a_slow_commit_a_query_rests_as_long(paced: Paced, monkeypatch: pytest.MonkeyPatch, took: int, rest: int) -> None:
    """Up to 20 ms: the brokers end a transaction for about as long as it took, and refuse the next one until then."""
    paced.now += 20
    (task,) = paced.runtime.tasks.values()
    assert isinstance(task, Task)
    begin = task.program.log.begin

    def slow(owner: str) -> Transaction:
        paced.now += took
        return begin(owner)

    paced.arrive()
    with monkeypatch.context() as patched:
        patched.setattr(task.program.log, "begin", slow)
        paced.runtime.step()
    assert paced.seen == 2
    paced.arrive()
    paced.runtime.step()
    assert (paced.seen, paced.runtime.waits_ms()) == (2, rest)
    paced.now += rest
    paced.runtime.step()
    assert paced.seen == 3


def test_a_clock_that_was_put_back_holds_no_commit_up(paced: Paced) -> None:
    """Or nothing would be seen until it is where it was."""
    paced.now -= 3_600_000
    paced.arrive()
    paced.runtime.step()
    assert paced.seen == 2


def test_a_pause_and_a_run_to_the_end_do_not_wait(paced: Paced) -> None:
    """What was read is committed, however soon."""
    paced.arrive()
    paced.runtime.step()
    (query_id,) = paced.runtime.tasks
    paced.runtime.pause(query_id)
    assert (paced.seen, paced.runtime.waits_ms()) == (2, None)
    paced.runtime.resume(query_id)
    paced.arrive()
    paced.runtime.run_until_idle()
    assert paced.seen == 3
