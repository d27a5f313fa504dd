"""The engine in a process of its own: real processes, a real log."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from millstream.config import Config
from millstream.engine.process import ProcessRuntime
from millstream.errors import ExecutionError
from millstream.log.base import TopicInfo
from millstream.log.embedded import EmbeddedLog
from tests.engine.rig import PATIENCE, Client, Rig

STREAM = "CREATE STREAM s (k STRING KEY, v INT) WITH (kafka_topic='s', value_format='JSON', partitions=1);"


class Instance:
    """Log, runtime and database of one server."""

    def __init__(self, directory: Path) -> None:
        self.log = EmbeddedLog(directory)
        self.runtime = ProcessRuntime(self.log, None, None, Config({"log.fsync": "false"}))  # type: ignore[arg-type]
        self.rig = Rig(self.log, self.runtime)

    def close(self) -> None:
        self.rig.database.close()
        self.log.close()


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    found = Instance(tmp_path / "data")
    yield found
    found.close()


def _kill(instance: Instance) -> int:
    """End the engine process as a crash would; its number."""
    pid = instance.runtime.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    return pid


def test_no_process_without_queries(tmp_path: Path) -> None:
    """The process starts with the first query, not before."""
    log = EmbeddedLog(tmp_path / "data")
    runtime = ProcessRuntime(log, None, None, Config())  # type: ignore[arg-type]
    assert runtime.pid is None
    assert runtime.status() == {}
    runtime.close()
    log.close()


def test_a_push_query_gets_what_is_appended(instance: Instance) -> None:
    """A record that any process appends reaches the client, filtered and projected."""
    instance.rig.sql(STREAM)
    client = instance.rig.push("SELECT k, v + 1 AS w FROM s WHERE v > 1 EMIT CHANGES;")
    instance.rig.append("s", [b'{"V":1}', b'{"V":2}', b'{"V":3}'], [b"a", b"b", b"c"])
    client.wait(2)
    assert client.values == [["b", 3], ["c", 4]]
    assert client.handle is not None
    client.handle.close()
    assert client.ends == 0


def test_limit_ends_a_push_query(instance: Instance) -> None:
    """Exactly LIMIT rows come, then the end without an error."""
    instance.rig.sql(STREAM)
    instance.rig.append("s", [b'{"V":%d}' % i for i in range(10)])
    client = instance.rig.push("SELECT v FROM s EMIT CHANGES LIMIT 3;")
    client.wait_end()
    assert client.values == [[0], [1], [2]]
    assert client.error is None


def test_a_pull_query_sees_own_inserts(instance: Instance) -> None:
    """A pull query waits until its table has what the same database inserted."""
    instance.rig.sql(STREAM + "CREATE TABLE t AS SELECT k, COUNT(*) AS n FROM s GROUP BY k;")
    for _ in range(20):
        instance.rig.sql("INSERT INTO s (k, v) VALUES ('a', 1);")
    assert instance.rig.pull("SELECT * FROM t WHERE k = 'a';") == [["a", 20]]


def test_a_large_pull_comes_in_batches(instance: Instance) -> None:
    """More rows than may be under way at once arrive, each once; one that is left early leaves the process well."""
    count = 30_000
    instance.rig.sql(STREAM)
    instance.rig.append("s", [b'{"V":%d}' % i for i in range(count)], [b"%d-%s" % (i, b"x" * 100) for i in range(count)])
    abandoned = instance.rig.database.query("SELECT * FROM s;")
    assert next(abandoned.batches)  # type: ignore[union-attr,arg-type]
    abandoned.batches.close()  # type: ignore[union-attr]
    rows = instance.rig.pull("SELECT v FROM s;")
    assert [v for (v,) in rows] == list(range(count))


def test_errors_cross(instance: Instance) -> None:
    """What is wrong in the engine is raised here as itself."""
    with pytest.raises(ExecutionError, match="Query NONE does not run here"):
        instance.runtime.pause("NONE")


def test_explain_prints_functions(instance: Instance) -> None:
    """The generated source can be asked for."""
    instance.rig.sql(STREAM)
    plan = instance.rig.plan("SELECT v FROM s EMIT CHANGES;")
    assert "def scan0(" in instance.runtime.source(plan)  # type: ignore[arg-type]


def test_a_client_that_does_not_read_stops_its_query(instance: Instance) -> None:
    """Rows ahead of a slow client are bounded; after ``resume`` the rest comes, in order."""
    count = 60_000
    instance.rig.sql(STREAM)
    instance.rig.append("s", [b'{"V":%d}' % i for i in range(count)], [b"x" * 100] * count)
    client = instance.rig.push("SELECT k, v FROM s EMIT CHANGES;", Client(hold=True))
    client.wait(1)
    witness = instance.rig.push("SELECT v FROM s EMIT CHANGES;")
    witness.wait(count)  # by now the other would have had everything
    assert len(client.rows) < count
    client.hold = False
    assert client.handle is not None
    client.handle.resume()
    client.wait(count)
    assert [v for _, v in client.values] == list(range(count))


def test_a_dead_process_is_replaced(instance: Instance) -> None:
    """Persistent queries go on from their last commit, each record counted once; push queries end with an error; status tells."""
    rig = instance.rig
    rig.sql(STREAM + "CREATE TABLE t AS SELECT k, COUNT(*) AS n FROM s GROUP BY k;")
    client = rig.push("SELECT v FROM s EMIT CHANGES;")
    rig.append("s", [b'{"V":1}'] * 1000, [b"a"] * 1000)
    client.wait(1000)
    before = _kill(instance)
    rig.append("s", [b'{"V":1}'] * 1000, [b"a"] * 1000)
    client.wait_end()
    assert "ended unexpectedly" in str(client.error)
    rig.sql("INSERT INTO s (k, v) VALUES ('a', 1);")
    assert rig.pull("SELECT n FROM t WHERE k = 'a';") == [[2001]]
    assert instance.runtime.pid not in (None, before)
    (status,) = instance.runtime.status().values()
    assert (status.state, status.metrics["engine-restarts"]) == ("RUNNING", 1)


def test_killed_in_mid_stream_nothing_is_lost_or_repeated(instance: Instance) -> None:
    """Killed three times while it copies a topic, the copy holds each record once and in order."""
    rig, count, rounds = instance.rig, 20_000, 3
    rig.sql(STREAM + "CREATE STREAM copy WITH (kafka_topic='copy') AS SELECT k, v FROM s;")
    for number in range(rounds):
        values = [b'{"V":%d}' % (number * count + i) for i in range(count)]
        rig.append("s", values, [b"a"] * count)
        instance.log.wait({("copy", 0): instance.log.end_offsets("copy")[0]}, 10_000)  # it is at work
        _kill(instance)
    seen: list[bytes | None] = []
    while len(seen) < rounds * count:
        batch = instance.log.read("copy", 0, len(seen))
        seen += batch.values
        if not batch.values:
            assert instance.log.wait({("copy", 0): len(seen)}, 20_000), f"{len(seen)} records were copied"
    assert seen == [b'{"V":%d}' % i for i in range(rounds * count)]


def test_one_that_dies_again_and_again_is_left_alone(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    """After too many deaths its queries are in state ERROR; the next statement that changes them tries anew."""
    monkeypatch.setattr("millstream.engine.process.runtime.TRIES", 1)
    rig = instance.rig
    rig.sql(STREAM + "CREATE STREAM copy AS SELECT k, v FROM s;")
    client = rig.push("SELECT v FROM s EMIT CHANGES;")
    _kill(instance)
    client.wait_end()
    with pytest.raises(ExecutionError, match="ended 1 times within"):
        instance.runtime.pause("NONE")
    (status,) = instance.runtime.status().values()
    assert status.state == "ERROR"
    rig.sql("CREATE STREAM other AS SELECT k, v FROM s;")
    assert {s.state for s in instance.runtime.status().values()} == {"RUNNING"}


def test_pause_outlives_a_death(instance: Instance) -> None:
    """A paused query is paused in the next process too."""
    rig = instance.rig
    rig.sql(STREAM + "CREATE STREAM copy AS SELECT k, v FROM s; PAUSE ALL;")
    client = rig.push("SELECT v FROM s EMIT CHANGES;")
    _kill(instance)
    client.wait_end()
    assert [s.state for s in instance.runtime.status().values()] == ["PAUSED"]


def test_a_query_that_cannot_start_again_spares_the_others(instance: Instance) -> None:
    """One whose topic is gone is in state ERROR, the others run."""
    rig = instance.rig
    instance.log.create(TopicInfo("gone", 1))
    rig.sql(STREAM + "CREATE STREAM g (v INT) WITH (kafka_topic='gone', value_format='JSON');")
    rig.sql("CREATE STREAM a AS SELECT v FROM g; CREATE STREAM b AS SELECT k, v FROM s;")
    client = rig.push("SELECT v FROM s EMIT CHANGES;")
    instance.log.delete("gone")
    _kill(instance)
    client.wait_end()
    states = {name.split("_")[1]: s.state for name, s in instance.runtime.status().items()}
    assert states == {"A": "ERROR", "B": "RUNNING"}


def test_closing_commits(tmp_path: Path) -> None:
    """What was read before a clean end is there after the next start, and nothing runs in between."""
    first = Instance(tmp_path / "data")
    first.rig.sql(STREAM + "CREATE TABLE t AS SELECT k, SUM(v) AS n FROM s GROUP BY k; INSERT INTO s VALUES ('a', 5);")
    assert first.rig.pull("SELECT n FROM t WHERE k = 'a';") == [[5]]
    pid = first.runtime.pid
    first.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid or 0, 0)
    second = Instance(tmp_path / "data")
    second.rig.sql("INSERT INTO s VALUES ('a', 2);")
    assert second.rig.pull("SELECT n FROM t WHERE k = 'a';") == [[7]]
    second.close()


def test_it_ends_with_its_server(tmp_path: Path) -> None:
    """A server that is killed leaves no engine behind, and the next one counts each record once."""
    command = [sys.executable, "-m", "tests.engine.process.parent", str(tmp_path / "data")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        engine = os.pidfd_open(int(server.stdout.readline()))
        server.kill()
    try:
        assert select.select([engine], [], [], PATIENCE)[0], "the engine process goes on without its server"
    finally:
        os.close(engine)
    second = Instance(tmp_path / "data")
    second.rig.sql("INSERT INTO s VALUES ('a', 1);")
    assert second.rig.pull("SELECT n FROM t;") == [[10_001]]
    second.close()


def test_a_prepared_process_is_the_one_that_queries_use(instance: Instance) -> None:
    """It may be asked for before it has started."""
    instance.runtime.prepare()
    instance.rig.sql(STREAM)
    instance.rig.sql("CREATE STREAM x AS SELECT * FROM s;")
    first = instance.runtime.pid
    assert [status.state for status in instance.runtime.status().values()] == ["RUNNING"]
    instance.rig.sql("CREATE STREAM y AS SELECT * FROM s;")
    assert instance.runtime.pid == first
