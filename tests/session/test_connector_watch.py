"""What is done to connectors between statements, and offsets that an earlier connector of the same name has left."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from millstream.errors import ConnectError
from millstream.session.database import Failed
from tests.session.conftest import STREAM, Bench

RESTART = "'millstream.restart.max'=2, 'millstream.restart.backoff.ms'=1000"


class Hours:
    """A clock that stands still."""

    def __init__(self) -> None:
        self.now = 1_700_000_000_000

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def connected(make_bench: Callable[..., Bench]) -> Bench:
    return make_bench(registry=True, worker=True)


@pytest.fixture
def hours(connected: Bench, monkeypatch: pytest.MonkeyPatch) -> Hours:
    """The time as the watch sees it."""
    hours = Hours()
    monkeypatch.setattr(connected.database.watch, "_clock", hours)
    return hours


def _failing(bench: Bench, path: Path, more: str = RESTART) -> None:
    """A sink whose folder does not exist."""
    bench.run("CREATE STREAM IF NOT EXISTS lines (line STRING) WITH (kafka_topic='lines', value_format='KAFKA', partitions=1);")
    created = bench.one(
        f"CREATE SINK CONNECTOR `out` WITH ('connector.class'='FileStreamSink', 'file'='{path}/sub/out.txt', 'topics'='lines', {more});"
    )
    assert (created.warnings[:-1], created.failure is None) == ((), False)


def _state(bench: Bench) -> str:
    return str(bench.one("DESCRIBE CONNECTOR `out`;").status["tasks"][0]["state"])


def _until(bench: Bench, holds: Callable[[], object]) -> None:
    """The worker acts in its own time, and commits whatever it does."""
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline, "It did not happen within 20 s."
        bench.log.wait({}, 20)


def _await(bench: Bench, state: str) -> None:
    """Until the task has the state."""
    _until(bench, lambda: _state(bench) == state)


def test_a_failed_connector_is_restarted_and_says_so(connected: Bench, hours: Hours, tmp_path: Path) -> None:
    """Once the cause is gone it runs; DESCRIBE shows the policy and what happened."""
    watch = connected.database.watch
    assert watch is not None
    _failing(connected, tmp_path)
    watch.look()
    hours.now += 999
    watch.look()
    assert _state(connected) == "FAILED"
    (tmp_path / "sub").mkdir()
    hours.now += 1
    watch.look()
    _await(connected, "RUNNING")
    notes = connected.one("DESCRIBE CONNECTOR `out`;").notes
    assert notes[0] == "Restarted by itself up to 2 times, first after 1 s: 1 so far."
    assert notes[1].startswith("2023-11-14T22:13:20.000Z failed: TaskError: Cannot write")
    assert notes[2] == "2023-11-14T22:13:21.000Z restarted (1 of 2)"


def test_the_history_outlives_the_server_and_goes_with_the_connector(connected: Bench, hours: Hours, tmp_path: Path) -> None:
    watch = connected.database.watch
    assert watch is not None
    _failing(connected, tmp_path)
    for _ in range(5):
        watch.look()
        hours.now += 10_000
        connected.log.wait({}, 50)
        _await(connected, "FAILED")
    again = type(watch)(connected.database.connect, connected.log, hours)  # type: ignore[arg-type]
    config = {"millstream.restart.max": "2"}
    assert "no more until" in again.told("out", config)[0]
    assert len(again.told("out", config)) == 6
    connected.run("RESTART CONNECTOR `out`;")
    assert again.told("out", config)[0].endswith("0 so far.")
    connected.run("DROP CONNECTOR `out`;")
    again.look()
    assert again.told("out", config) == ["Restarted by itself up to 2 times, first after 10 s: 0 so far."]


def test_connectors_that_ask_for_nothing_are_left_alone(connected: Bench, hours: Hours, tmp_path: Path) -> None:
    watch = connected.database.watch
    assert watch is not None
    _failing(connected, tmp_path, "'errors.log.enable'='false'")
    for _ in range(3):
        watch.look()
        hours.now += 1_000_000
    assert _state(connected) == "FAILED"
    assert not any("by itself" in note for note in connected.one("DESCRIBE CONNECTOR `out`;").notes)


def test_restarts_that_make_no_sense_are_refused(connected: Bench, tmp_path: Path) -> None:
    error = connected.error(
        "CREATE SOURCE CONNECTOR x WITH ('connector.class'='FileStreamSource', 'file'='/f', 'topic'='t', 'millstream.restart.max'='many');"
    )
    assert error.message.startswith("Validation error: millstream.restart.max - Invalid value many")
    (tmp_path / "in.txt").write_text("")
    typo = connected.one(
        f"CREATE SOURCE CONNECTOR x WITH ('connector.class'='FileStreamSource', 'file'='{tmp_path}/in.txt', 'topic'='t', "
        "'millstream.restarts.max'='3');"
    )
    assert typo.warnings == ("millstream.restarts.max - is not a key of this class. Did you mean millstream.restart.max?",)


@pytest.mark.parametrize(
    "create",
    [
        "CREATE SOURCE CONNECTOR `lines` WITH ('connector.class'='FileStreamSource', 'file'='{}/in.txt', 'topic'='lines');",
        "CREATE EXTERNAL SOURCE lines WITH (connector.class=FileStreamSource, file={}/in.txt, topic=lines);",
    ],
)
def test_offsets_of_an_earlier_connector_are_announced(connected: Bench, tmp_path: Path, create: str) -> None:
    """One line, with the cure; which works. A connector of a new name has nothing to announce."""
    (tmp_path / "in.txt").write_text("one\ntwo\n")
    create = create.format(tmp_path)
    assert connected.one(create).warnings == ()
    _until(connected, lambda: connected.one("SHOW CONNECTOR OFFSETS `lines`;").content != "[]")
    connected.run("DROP CONNECTOR `lines`;")
    (warning,) = connected.one(create).warnings
    cure = "STOP CONNECTOR `lines`; ALTER CONNECTOR `lines` RESET OFFSETS; RESUME CONNECTOR `lines`;"
    assert warning == f"An earlier connector lines has left offsets (1 partition): this one goes on from there. To begin anew: {cure}"
    connected.run(cure)
    _until(connected, lambda: len(connected.records("lines")) == 4)


def test_a_creation_that_broke_off_is_finished(connected: Bench, hours: Hours, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Connect falls silent between creating it stopped and starting it, or the server is killed: at the next look it is started."""
    (tmp_path / "in.txt").write_text("one\n")
    create = f"CREATE SOURCE CONNECTOR `lines` WITH ('connector.class'='FileStreamSource', 'file'='{tmp_path}/in.txt', 'topic'='lines');"
    client, watch = connected.database.connect, connected.database.watch
    assert client is not None
    assert watch is not None

    def silent(name: str, action: str) -> None:
        raise ConnectError("Kafka Connect is gone.", code=50000)

    with monkeypatch.context() as patched:
        patched.setattr(client, "control", silent)
        error = connected.error(create)
    assert "The connector is there, stopped, and will be started once Kafka Connect answers." in error.message
    assert "already exists" in connected.error(create).message  # which changes nothing of it
    assert not watch.begins("lines")
    watch.look()
    assert client.status("lines")["connector"]["state"] == "STOPPED"  # a statement is at it
    restarted = connected.database._watch()
    assert restarted is not None
    restarted.look()
    assert client.status("lines")["connector"]["state"] != "STOPPED"
    connected.run("STOP CONNECTOR `lines`;")
    hours.now += 60_000
    watch.look()
    assert client.status("lines")["connector"]["state"] == "STOPPED"


def test_who_describes_a_relation_does_not_start_or_await_connect(connected: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The note about a connector of the same name is left out where the worker was never needed, or did not answer lately."""
    connected.run(STREAM)
    database = connected.database
    assert database.watch is not None
    assert database.connect is not None
    asked: list[str] = []

    def names() -> list[str]:
        asked.append("names")
        return []

    monkeypatch.setattr(database.connect, "names", names)
    assert connected.one("DESCRIBE s;").notes == ()
    assert asked == ["names"]
    monkeypatch.setattr(database.watch, "awake", lambda: False)
    assert connected.one("DESCRIBE s;").notes == ()
    with pytest.raises(Failed):
        connected.one("DESCRIBE nothing;")
    monkeypatch.setattr(database.watch, "awake", lambda: True)
    monkeypatch.setattr(database.watch, "_silent", True)
    assert connected.one("DESCRIBE s;").notes == ()
    assert asked == ["names"]


def test_a_connector_that_fails_after_an_hour_is_told_and_loses_nothing(connected: Bench, hours: Hours, tmp_path: Path) -> None:
    """It ran, then came a record that it cannot read: SHOW and DESCRIBE say so. Once it is told what to do, it goes on from there."""
    watch = connected.database.watch
    assert watch is not None
    out = tmp_path / "out.txt"
    connected.run("CREATE STREAM lines (line STRING) WITH (kafka_topic='lines', value_format='KAFKA', partitions=1);")
    json = "'value.converter'='JsonConverter', 'value.converter.schemas.enable'='false'"
    connected.run(
        f"CREATE SINK CONNECTOR `out` WITH ('connector.class'='FileStreamSink', 'file'='{out}', 'topics'='lines', {json}, {RESTART});"
    )
    connected.run("INSERT INTO lines VALUES ('1');")
    _until(connected, out.read_text)
    watch.look()
    hours.now += 3_600_000
    watch.look()
    connected.run("INSERT INTO lines VALUES ('no json'); INSERT INTO lines VALUES ('2');")
    _await(connected, "FAILED")
    listed = connected.one("SHOW CONNECTORS;")
    assert [c.state for c in listed.connectors] == ["WARNING (0/1 tasks RUNNING)"]
    assert "Tolerance exceeded in error handler: VALUE_CONVERTER of lines-0@1" in listed.warnings[0]
    watch.look()
    hours.now += 1000
    watch.look()
    _await(connected, "FAILED")
    notes = connected.one("DESCRIBE CONNECTOR `out`;").notes
    assert any("VALUE_CONVERTER of lines-0@1" in note for note in notes)
    assert any(note.endswith("restarted (1 of 2)") for note in notes)
    connected.run("ALTER CONNECTOR `out` SET ('errors.tolerance'='all');")
    _until(connected, lambda: out.read_text() == "1\n2\n")
