"""Every connector statement, in both spellings, against a real Connect worker of Kafka."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import pytest

from tests.connect_cluster.conftest import Bench

STRING = "org.apache.kafka.connect.storage.StringConverter"
PLAIN = f"'key.converter'='{STRING}', 'value.converter'='{STRING}'"
TOPIC = "'topic.creation.default.partitions'=1, 'topic.creation.default.replication.factor'=1"

#: One worker for all: each connector that comes or goes makes Connect rebalance.
pytestmark = pytest.mark.xdist_group("connect")


@pytest.fixture
def source(bench: Bench, tmp_path: Path) -> Bench:
    """A running file source ``lines<tag>`` of two lines, into the topic ``lines<tag>``."""
    (tmp_path / "in.txt").write_text("one\ntwo\n")
    created = bench.one(
        f"CREATE SOURCE CONNECTOR `lines~` WITH ('connector.class'='FileStreamSource', 'file'='{tmp_path}/in.txt', "
        f"'topic'='lines~', {PLAIN}, {TOPIC});"
    )
    assert (created.state, created.failure, created.warnings) == ("RUNNING (1/1 tasks RUNNING)", None, ())
    return bench


def test_both_spellings_create_describe_list_and_drop(source: Bench, tmp_path: Path) -> None:
    """ksqlDB's and KLIP 7's; topics and schemas of any class, relations over them, DROP with and without TERMINATE."""
    out = tmp_path / "out.txt"
    source.run("CREATE STREAM lines~ (line STRING) WITH (kafka_topic='lines~', value_format='KAFKA');")
    created = source.one(f"CREATE EXTERNAL SINK out-~ FROM lines~ WITH (connector.class=FileStreamSink, file='{out}');")
    assert (created.external, created.state) == (True, "RUNNING (1/1 tasks RUNNING)")
    assert created.info["config"]["topics"] == f"lines{source.tag}"
    assert created.info["config"]["value.converter"] == "org.apache.kafka.connect.storage.StringConverter"

    listed = {c.name: c for c in source.one("SHOW CONNECTORS;").connectors if c.name.endswith(source.tag)}
    assert {name: (c.side, c.state) for name, c in listed.items()} == {
        f"lines{source.tag}": ("source", "RUNNING (1/1 tasks RUNNING)"),
        f"out-{source.tag}": ("sink", "RUNNING (1/1 tasks RUNNING)"),
    }
    sinks = source.one("SHOW EXTERNAL SINKS;").connectors
    assert [c.topic_prefix for c in sinks if c.name.endswith(source.tag)] == [f"lines{source.tag}"]

    described = source.one("DESCRIBE CONNECTOR `lines~`;")
    assert described.status["tasks"][0]["state"] == "RUNNING"
    assert [t.topic for t in described.topics] == [f"lines{source.tag}"]
    assert [s.relation.name for s in described.sources] == [f"LINES{source.tag}".upper()]
    assert source.one("DESCRIBE out-~;").external

    refused = source.error("DROP EXTERNAL SINK out-~;")
    assert (refused.code, "TERMINATE" in (refused.hint or "")) == (40900, True)
    assert source.one("DROP EXTERNAL SINK out-~ TERMINATE;").name == f"out-{source.tag}"
    assert source.one("DROP CONNECTOR `lines~`;").name == f"lines{source.tag}"
    gone = source.error("DROP CONNECTOR `lines~`;")
    assert gone.code == 40400
    assert source.one("DROP CONNECTOR IF EXISTS `lines~`;").message == f"Connector 'lines{source.tag}' does not exist."


def test_plugins_are_listed_and_described(bench: Bench) -> None:
    plugins = {name: (kind, version) for name, kind, version in bench.one("SHOW CONNECTOR PLUGINS;").plugins}
    assert plugins["org.apache.kafka.connect.file.FileStreamSinkConnector"] == ("sink", "4.3.1")
    described = bench.one("DESCRIBE CONNECTOR PLUGIN FileStreamSource SEARCH 'batch';")
    assert described.content.startswith("batch.size (int, default 2000)")


def test_every_fault_is_told_by_key(bench: Bench) -> None:
    """Connect's own refusal names no key; its validation does."""
    error = bench.error(
        "CREATE SOURCE CONNECTOR `x~` WITH ('connector.class'='FileStreamSource', 'tasks.max'='many', 'batch.size'='some', "
        "'topic'='t', 'my.password'='geheim', 'toppic'='t', 'topic.creation.groups'='');"
    )
    assert error.code == 40000
    lines = error.message.splitlines()
    assert any("tasks.max - Invalid value many for configuration tasks.max" in line for line in lines)
    assert any("batch.size - Invalid value some for configuration batch.size" in line for line in lines)
    assert any(line == "toppic - is not a key of this class. Did you mean topic?" for line in lines)
    assert "geheim" not in error.message


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (
            "CREATE SOURCE CONNECTOR `x~` WITH ('connector.class'='FileStreamSourc');",
            "no connector class 'FileStreamSourc'",
            "Did you mean",
        ),
        ("CREATE SINK CONNECTOR `x~` WITH ('connector.class'='FileStreamSource', 'topic'='t');", "is a SOURCE connector", "CREATE SOURCE"),
        ("CREATE SOURCE CONNECTOR `x~` WITH ('topic'='t');", "contains no connector type", "connector.class"),
    ],
)
def test_a_class_that_does_not_fit_is_refused(bench: Bench, text: str, message: str, hint: str) -> None:
    error = bench.error(text)
    assert message in error.message
    assert hint in (error.hint or "")


def test_an_existing_name_is_told_apart_from_a_rebalance(source: Bench) -> None:
    """In any case of letters; with IF NOT EXISTS it is a warning."""
    again = "CREATE SOURCE CONNECTOR {} `LINES~` WITH ('connector.class'='FileStreamSource', 'topic'='t', 'file'='/dev/null');"
    error = source.error(again.format("").replace("~", source.tag))
    assert (error.code, error.message) == (40900, f"Connector lines{source.tag} already exists")
    assert source.one(again.format("IF NOT EXISTS")).message == f"Connector lines{source.tag} already exists"


def test_a_failing_task_is_told_with_its_cause(source: Bench, tmp_path: Path) -> None:
    """At CREATE, in the list and in DESCRIBE; RESTART FAILED TASKS restarts it once the cause is gone."""
    created = source.one(
        f"CREATE SINK CONNECTOR `out~` WITH ('connector.class'='FileStreamSink', 'file'='{tmp_path}/sub/out.txt', "
        f"'topics'='lines~', {PLAIN});"
    )
    assert "NoSuchFileException" in created.failure
    assert "WARNING (0/1 tasks RUNNING)" in {c.state for c in source.one("SHOW CONNECTORS;").connectors}
    notes = source.one("DESCRIBE CONNECTOR `out~`;").notes
    assert any("NoSuchFileException" in note and "RESTART CONNECTOR" in note for note in notes)
    (tmp_path / "sub").mkdir()
    assert source.one("RESTART FAILED TASKS OF CONNECTOR `out~`;").message == f"Connector out{source.tag} restarted its failed task 0"


def test_a_connector_is_paused_stopped_resumed_and_restarted(source: Bench) -> None:
    def state() -> str:
        return str(source.one("DESCRIBE CONNECTOR `lines~`;").status["connector"]["state"])

    for action, expected in (("PAUSE", "PAUSED"), ("RESUME", "RUNNING"), ("STOP", "STOPPED"), ("RESUME", "RUNNING")):
        assert source.one(f"{action} CONNECTOR `lines~`;").warnings == ()
        assert state() == expected
    assert source.one("RESTART CONNECTOR `lines~`;").message == f"Connector lines{source.tag} restarted"
    error = source.error("PAUSE CONNECTOR `line~`;")
    assert (error.code, error.hint) == (40400, f"Did you mean lines{source.tag}?")


def test_alter_shows_the_difference_and_keeps_secrets(source: Bench) -> None:
    """Validated first; EXPLAIN changes nothing; what is masked stays as it was."""
    told = source.one("EXPLAIN ALTER CONNECTOR `lines~` SET ('batch.size'='7', 'my.password'='geheim');")
    assert [(c.key, c.before, c.after) for c in told.changes] == [("batch.size", None, "7"), ("my.password", None, "[hidden]")]
    assert not told.altered
    assert source.one("ALTER CONNECTOR `lines~` SET ('batch.size'='7', 'my.password'='geheim');").altered
    assert source.one("ALTER CONNECTOR `lines~` SET ('my.password'='[hidden]');").changes == ()
    gone = source.one("ALTER CONNECTOR `lines~` UNSET ('batch.size');")
    assert [(c.key, c.before, c.after) for c in gone.changes] == [("batch.size", "7", None)]
    assert source.client.config(f"lines{source.tag}")["my.password"] == "geheim"
    assert "batch.size - " in source.error("ALTER CONNECTOR `lines~` SET ('batch.size'='some');").message


def test_show_create_can_be_run_again_with_references(source: Bench, tmp_path: Path) -> None:
    """References to secrets come back as references: Connect resolves them, we never see them."""
    (tmp_path / "secrets.properties").write_text(f"where={tmp_path}/in.txt\n")
    source.run(f"ALTER CONNECTOR `lines~` SET ('file'='${{file:{tmp_path}/secrets.properties:where}}');")
    shown = source.one("SHOW CREATE CONNECTOR `lines~`;")
    assert f"'file'='${{file:{tmp_path}/secrets.properties:where}}'" in shown.content
    assert shown.warnings == ()
    source.run("DROP CONNECTOR `lines~`;" + shown.content)
    assert source.one("SHOW CREATE CONNECTOR `lines~`;").content == shown.content


def test_offsets_are_shown_changed_and_forgotten(source: Bench, tmp_path: Path) -> None:
    """A source read again from the middle; SET takes what SHOW gives. Only while it is stopped."""
    refused = source.error("ALTER CONNECTOR `lines~` RESET OFFSETS;")
    assert "is not stopped" in refused.message
    assert "STOP CONNECTOR" in (refused.hint or "")
    topic = f"lines{source.tag}"
    assert source.await_values(topic, 2) == [b"one", b"two"]
    source.run("STOP CONNECTOR `lines~`;")
    partition = {"filename": f"{tmp_path}/in.txt"}
    last = [{"partition": partition, "offset": {"position": 8}}]
    deadline = time.monotonic() + 20
    while json.loads(source.one("SHOW CONNECTOR OFFSETS `lines~`;").content) != last:
        # Connect writes the last offsets of a task that it has stopped when it comes to it, over those that were set meanwhile.
        assert time.monotonic() < deadline, "The offsets of the stopped task do not come."
        threading.Event().wait(0.1)
    source.run(f"ALTER CONNECTOR `lines~` SET OFFSETS '{json.dumps([{'partition': partition, 'offset': {'position': 4}}])}';")
    shown = source.one("SHOW CONNECTOR OFFSETS `lines~`;").content
    assert json.loads(shown) == [{"partition": partition, "offset": {"position": 4}}]
    source.run(f"ALTER CONNECTOR `lines~` SET OFFSETS '{shown}'; RESUME CONNECTOR `lines~`;")
    assert source.await_values(topic, 3) == [b"one", b"two", b"two"]
    source.run("STOP CONNECTOR `lines~`;")
    deadline = time.monotonic() + 20
    while True:  # Connect writes the last offsets of a task that it has stopped when it comes to it
        assert "reset successfully" in source.one("ALTER CONNECTOR `lines~` RESET OFFSETS;").message
        if source.one("SHOW CONNECTOR OFFSETS `lines~`;").content == "[]":
            break
        assert time.monotonic() < deadline, "The offsets come again."
        threading.Event().wait(0.1)


@pytest.mark.parametrize("external", [False, True])
def test_offsets_of_an_earlier_connector_are_announced(source: Bench, tmp_path: Path, external: bool) -> None:
    """Connect keeps them when a connector is dropped; a new one of that name goes on from there, silently."""
    topic = f"lines{source.tag}"
    source.await_values(topic, 2)
    while source.one("SHOW CONNECTOR OFFSETS `lines~`;").content == "[]":
        threading.Event().wait(0.05)
    source.run("DROP CONNECTOR `lines~`;")
    plain = ", ".join(f"{part.split('=')[0][1:-1]}={part.split('=')[1]}" for part in f"{PLAIN}, {TOPIC}".split(", "))
    again = source.one(
        f"CREATE EXTERNAL SOURCE lines~ WITH (connector.class=FileStreamSource, file={tmp_path}/in.txt, topic=lines~, {plain});"
        if external
        else f"CREATE SOURCE CONNECTOR `lines~` WITH ('connector.class'='FileStreamSource', 'file'='{tmp_path}/in.txt', "
        f"'topic'='lines~', {PLAIN}, {TOPIC});"
    )
    (warning,) = again.warnings
    assert warning.startswith(f"An earlier connector {topic} has left offsets (1 partition): this one goes on from there.")
    assert again.state == "RUNNING (1/1 tasks RUNNING)"
    source.run(warning.split("To begin anew: ")[1])
    assert source.await_values(topic, 4)[2:] == [b"one", b"two"]


def test_a_failed_connector_restarts_by_itself_where_it_asks_to(source: Bench, tmp_path: Path) -> None:
    """Connect keeps the two keys and never looks at them; pauses and history are ours."""
    created = source.one(
        f"CREATE SINK CONNECTOR `out~` WITH ('connector.class'='FileStreamSink', 'file'='{tmp_path}/sub/out.txt', 'topics'='lines~', "
        f"{PLAIN}, 'millstream.restart.max'=3, 'millstream.restart.backoff.ms'=1);"
    )
    assert "NoSuchFileException" in created.failure
    watch = source.database.watch
    assert watch is not None
    watch.look()
    (tmp_path / "sub").mkdir()
    threading.Event().wait(0.002)
    watch.look()
    assert source.await_lines(tmp_path / "sub" / "out.txt", 2) == ["one", "two"]
    notes = source.one("DESCRIBE CONNECTOR `out~`;").notes
    assert notes[0] == "Restarted by itself up to 3 times, first after 0.001 s: 1 so far."
    assert "NoSuchFileException" in notes[1]
    assert notes[2].endswith(" restarted (1 of 3)")
    assert "'millstream.restart.max'='3'" in source.one("SHOW CREATE CONNECTOR `out~`;").content
