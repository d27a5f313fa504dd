"""Tasks: restarts with the process, retries, tolerance, dead letters, crashes at the named points."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from millstream.log.base import Batch, TopicInfo, Transaction, TransactionLost, Unavailable
from millstream.log.memory import MemoryLog
from millstream.worker.clock import ManualClock
from tests.worker.conftest import Bench, ListedRegistry, until

DATAGEN = "io.confluent.kafka.connect.datagen.DatagenConnector"


def test_connectors_start_again_with_the_process(tmp_path: Path) -> None:
    """Configurations, target states and offsets are in the log; nothing is read twice."""
    log, registry = MemoryLog(), ListedRegistry()
    lines = tmp_path / "lines"
    lines.write_text("one\ntwo\n")
    first = Bench(log, registry)
    first.create("src", connector__class="FileStreamSource", file=str(lines), topic="lines")
    first.create("paused", connector__class="FileStreamSource", file=str(lines), topic="other")
    first.call("PUT", "/connectors/paused/pause")
    first.records("lines", 2)
    first.worker.stop()
    with lines.open("a") as f:
        f.write("three\n")
    second = Bench(log, registry)
    assert [v[5:] for v in second.records("lines", 3).values if v] == [b'"one"', b'"two"', b'"three"']
    second.await_state("paused", "PAUSED")
    second.worker.stop()


def test_a_failed_task_is_started_again_when_asked_for() -> None:
    """task.retries.max: with growing pauses; then it stays FAILED."""
    clock = ManualClock()
    bench = Bench(MemoryLog(), ListedRegistry(), clock)
    bench.create("bad", connector__class="FileStreamSource", file="/", topic="t", task__retries__max="2", task__retries__backoff__ms="1000")
    for pause in (1000, 2000):
        bench.await_state("bad", "FAILED")
        assert clock.await_waiter()
        clock.advance(pause)
        until(bench.log, lambda: bench.status("bad")["tasks"][0]["state"] == "FAILED")
    assert bench.status("bad")["tasks"][0]["trace"].startswith("TaskError: Cannot read /: Is a directory.")
    bench.worker.stop()


def sink(path: Path, **more: Any) -> dict[str, Any]:
    return {"connector__class": "FileStreamSink", "file": str(path), "topics": "in", "value__converter": "JsonConverter", **more}


def test_a_bad_record_fails_the_task_and_says_where(bench: Bench, tmp_path: Path) -> None:
    """errors.tolerance=none: stage, topic, partition and offset in the first line; the position stays."""
    bench.log.create(TopicInfo("in", 1))
    bench.write("in", [(None, b"no json")])
    bench.create("s", **sink(tmp_path / "out", value__converter__schemas__enable="false"))
    trace = bench.await_state("s", "FAILED")["trace"]
    assert trace.startswith("TaskError: Tolerance exceeded in error handler: VALUE_CONVERTER of in-0@0 in JsonConverter: ")
    assert bench.log.committed("connect-s") == {}


def test_bad_records_are_skipped_and_kept_in_the_dead_letter_queue(bench: Bench, tmp_path: Path) -> None:
    """Good records go on in order; the bad one's bytes are in the queue, with headers that say why."""
    bench.log.create(TopicInfo("in", 1))
    bench.write("in", [(b"a", b"1"), (b"b", b"no json"), (b"c", b"3")])
    tolerant = {
        "errors__tolerance": "all", "errors__deadletterqueue__topic__name": "dlq", "value__converter__schemas__enable": "false",
        "errors__deadletterqueue__context__headers__enable": "true",
    }  # fmt: skip
    bench.create("s", **sink(tmp_path / "out", **tolerant))
    dead = bench.records("dlq", 1)
    assert (dead.keys, dead.values) == ([b"b"], [b"no json"])
    headers = dict((dead.headers or [[]])[0])
    names = ["topic", "partition", "offset", "connector.name", "task.id", "stage", "class.name"]
    assert [headers["__connect.errors." + n] for n in names] == [
        b"in", b"0", b"1", b"s", b"0", b"VALUE_CONVERTER", b"org.apache.kafka.connect.json.JsonConverter",
    ]  # fmt: skip
    assert headers["__connect.errors.exception.class.name"] == b"org.apache.kafka.connect.errors.DataException"
    until(bench.log, lambda: bench.log.committed("connect-s") == {("in", 0): 3})
    assert (tmp_path / "out").read_text() == "1\n3\n"


def test_a_source_leaves_out_bad_records_when_tolerant(bench: Bench, tmp_path: Path) -> None:
    """A transform that fails for one line costs that line only."""
    (tmp_path / "lines").write_text("1\nx\n3\n")
    transforms = {"transforms": "c", "transforms__c__type": "Cast$Value", "transforms__c__spec": "int32", "errors__tolerance": "all"}
    bench.create("src", connector__class="FileStreamSource", file=str(tmp_path / "lines"), topic="n", **transforms)
    assert [v[5:] for v in bench.records("n", 2).values if v] == [b"1", b"3"]


class Lent(MemoryLog):
    """A log of which a partition cannot be read for a while, as when its broker is away. It keeps no statuses meanwhile."""

    away: int | None = None

    def read(self, topic: str, partition: int, offset: int, max_bytes: int = 1 << 20) -> Batch:
        if partition == self.away:
            raise Unavailable("No Kafka broker answers at k:9092.", hint="Check that the brokers run.")
        return super().read(topic, partition, offset, max_bytes)

    def begin(self, owner: str) -> Transaction:
        if self.away is not None and owner in ("connect-herder", "connect-wake-s-0"):
            raise TransactionLost("No Kafka broker answers at k:9092.")
        return super().begin(owner)


def test_a_sink_waits_for_a_broker_that_is_away(tmp_path: Path) -> None:
    """It is no failure: the task says what it waits for, tries again without end, and leaves nothing out and nothing double."""
    clock, log = ManualClock(), Lent()
    bench = Bench(log, ListedRegistry(), clock)
    bench.log.create(TopicInfo("in", 2))
    tolerant = {"errors__tolerance": "all", "errors__deadletterqueue__topic__name": "dlq", "value__converter__schemas__enable": "false"}
    bench.create("s", **sink(tmp_path / "out", **tolerant))
    bench.await_state("s", "RUNNING")
    log.away = 1
    bench.write("in", [(b"a", b"1"), (b"b", b"no json")])
    for _ in range(3):
        assert clock.await_waiter()
        task = bench.status("s")["tasks"][0]
        assert task["state"] == "UNASSIGNED"
        assert task["trace"].startswith("It waits and goes on by itself. Unavailable: No Kafka broker answers at k:9092.\nCheck that")
        clock.advance(1000)
    assert clock.await_waiter()
    log.away = None
    clock.advance(1000)
    until(bench.log, lambda: bench.log.committed("connect-s").get(("in", 0)) == 2)
    assert "trace" not in bench.await_state("s", "RUNNING")
    assert (tmp_path / "out").read_text() == "1\n"
    assert bench.records("dlq", 1).values == [b"no json"]
    log.away = 1
    bench.write("in", [(b"c", b"3")])
    assert clock.await_waiter()
    bench.worker.stop()


class Crumbling(MemoryLog):
    """A log that loses one commit of positions, and gives a record at a time from then on, as Kafka may."""

    lost = False

    def read(self, topic: str, partition: int, offset: int, max_bytes: int = 1 << 20) -> Batch:
        return super().read(topic, partition, offset, 1 if self.lost else max_bytes)

    def begin(self, owner: str) -> Transaction:
        if owner == "connect-s-0" and not self.lost and self.end_offsets("in") == [3]:
            self.lost = True
            raise TransactionLost("Nobody knows whether it was committed.")
        return super().begin(owner)


def test_lines_that_were_written_and_not_committed_are_not_written_again(tmp_path: Path) -> None:
    """However the log cuts its records: a sink's first step takes in all that a step before it may have delivered."""
    clock, log = ManualClock(), Crumbling()
    bench = Bench(log, ListedRegistry(), clock)
    log.create(TopicInfo("in", 1))
    assert log.end_offsets("in") == [0]
    bench.create("s", **sink(tmp_path / "out", value__converter__schemas__enable="false"))
    bench.await_state("s", "RUNNING")
    bench.write("in", [(None, b"1"), (None, b"2"), (None, b"3")])
    assert clock.await_waiter()
    assert (log.lost, (tmp_path / "out").read_text()) == (True, "1\n2\n3\n")
    assert len(log.read("in", 0, 0)) == 1
    clock.advance(1000)
    until(log, lambda: log.committed("connect-s") == {("in", 0): 3})
    assert (tmp_path / "out").read_text() == "1\n2\n3\n"
    bench.worker.stop()


def test_a_connector_can_be_stopped_while_a_broker_is_away(tmp_path: Path) -> None:
    """An idle sink cannot be told by a record then; nothing fails for it."""
    log = Lent()
    bench = Bench(log, ListedRegistry())
    bench.log.create(TopicInfo("in", 1))
    bench.create("s", **sink(tmp_path / "out"))
    bench.await_state("s", "RUNNING")
    task = bench.worker.herder._running["s"].tasks[0]
    log.away = 0
    task.pause(True)
    log.away = None
    task.pause(True)
    bench.await_state("s", "PAUSED")
    bench.worker.stop()


def test_topics_by_regex_and_a_topic_that_comes_later(bench: Bench, tmp_path: Path) -> None:
    """A sink waits for its topics, and finds new ones."""
    settings = {"value__converter__schemas__enable": "false"}
    config = {**sink(tmp_path / "out", **settings), "topics__regex": "in-.*"}
    del config["topics"]
    bench.create("s", **config)
    bench.await_state("s", "RUNNING")
    bench.log.create(TopicInfo("in-1", 1))
    bench.write("in-1", [(None, b"1")])
    until(bench.log, lambda: bench.log.committed("connect-s") == {("in-1", 0): 1})
    assert (tmp_path / "out").read_text() == "1\n"


def test_partitions_are_shared_by_tasks(bench: Bench, tmp_path: Path) -> None:
    """Source keys are spread as Kafka's producers spread them; sink tasks share partitions, each read once."""
    settings = {"max__interval": "0", "iterations": "200", "topic__creation__default__partitions": "4"}
    bench.create("gen", connector__class=DATAGEN, kafka__topic="in", quickstart="users", **settings)
    bench.await_state("gen", "FAILED")
    assert all(bench.log.end_offsets("in"))
    del settings
    config = sink(tmp_path / "out", tasks__max="3")
    del config["value__converter"]
    bench.create("s", **config)
    ends = {("in", p): e for p, e in enumerate(bench.log.end_offsets("in"))}
    until(bench.log, lambda: bench.log.committed("connect-s") == ends)
    assert sum(ends.values()) == 200


_RUN = """
import sys
from pathlib import Path
from millstream.formats.registry.store import SchemaStore
from millstream.log.embedded import EmbeddedLog
from millstream.worker.worker import Worker
import threading
directory, mode = Path(sys.argv[1]), sys.argv[2]
log = EmbeddedLog(directory / "data", fsync=False)
worker = Worker(log, SchemaStore(log))
if mode == "first":
    gen = {"connector.class": "Datagen", "kafka.topic": "in", "quickstart": "pageviews", "max.interval": "0", "iterations": "12000"}
    out = {"connector.class": "JdbcSinkConnector", "topics": "in", "connection.url": f"jdbc:sqlite:{directory}/out.db",
           "auto.create": "true", "insert.mode": "upsert", "pk.mode": "record_value", "pk.fields": "viewtime"}
    worker.herder.create("gen", gen, "STOPPED")
    worker.herder.create("out", out, "STOPPED")
    worker.herder.pause("gen", False)
    worker.herder.pause("out", False)
else:
    worker.start()
while log.committed("connect-out").get(("in", 0), 0) < 12000:
    position = log.committed("connect-out").get(("in", 0), 0)
    failed = [t for n in worker.herder.names() for t in worker.herder.status(n)["tasks"] if t["state"] == "FAILED" and n == "out"]
    assert not failed, failed
    log.wait({("in", 0): 12000}, 100)
worker.stop()
values = [v for v in log.read("in", 0, 0, 1 << 30).values]
print(len(values), log.end_offsets("in"))
log.close()
"""


@pytest.mark.parametrize(
    "point", ["source.before-commit:2", "source.after-commit:2", "sink.before-put", "sink.after-put", "sink.after-commit"]
)
def test_a_crash_at_any_point_loses_and_repeats_nothing(tmp_path: Path, point: str) -> None:
    """Killed at a named point and started again: every record once in the topic, every row once in the table."""
    import os
    import sqlite3

    command = [sys.executable, "-c", _RUN, str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    first = subprocess.run(
        [*command, "first"], env={**environment, "MILLSTREAM_CRASH_POINT": point}, capture_output=True, text=True, timeout=60
    )
    assert first.returncode == -9, first.stdout + first.stderr
    second = subprocess.run([*command, "second"], env=environment, capture_output=True, text=True, timeout=60)
    assert second.stdout == "12000 [12000]\n", second.stderr
    connection = sqlite3.connect(tmp_path / "out.db")
    rows = connection.execute('SELECT count(*), max(viewtime) FROM "in"').fetchall()
    connection.close()
    assert rows == [(12000, 119991)]
    assert msgspec.json.encode(rows)


def test_the_worker_runs_as_a_process_of_its_own(tmp_path: Path) -> None:
    """python -m millstream.worker serves the REST API, and ends on SIGTERM; what it made is its owner's alone."""
    import signal
    import socket

    import httpx

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "millstream.worker", str(tmp_path / "data"), "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        transport = httpx.HTTPTransport(retries=8)
        with httpx.Client(transport=transport, base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
            assert client.get("/connectors").json() == []
            config = {"connector.class": "FileStreamSink", "topics": "t", "file": str(tmp_path / "out")}
            assert client.put("/connectors/s/config", json=config).status_code == 201
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    assert process.returncode == 0
    modes = [p.stat().st_mode & 0o077 for p in (tmp_path / "data").rglob("*") if p.is_file()]
    assert modes
    assert not any(modes)


def test_lines_are_on_the_disk_before_their_positions_are_committed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that loses its power keeps a position only with the lines before it."""
    out, synced = tmp_path / "out", []
    bench = Bench(MemoryLog(), None)
    plain = os.fsync

    def fsync(number: int) -> None:
        plain(number)
        name = os.readlink(f"/proc/self/fd/{number}")
        synced.append((name, out.read_text(), dict(bench.log.committed("connect-c"))))

    monkeypatch.setattr(os, "fsync", fsync)
    bench.log.create(TopicInfo("in", 1))
    bench.write("in", [(None, b'"a"')])
    bench.create("c", **{**sink(out), "value__converter__schemas__enable": "false"})
    until(bench.log, lambda: bench.log.committed("connect-c"))
    bench.worker.stop()
    assert synced[:2] == [(str(tmp_path), "", {}), (str(out), "a\n", {})]
