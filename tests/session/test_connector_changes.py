"""Changing connectors, against the built-in worker: PAUSE and its kin, ALTER and EXPLAIN of it, offsets, SHOW CREATE, plugins."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.session.conftest import Bench


@pytest.fixture
def connected(make_bench: Callable[..., Bench]) -> Bench:
    return make_bench(registry=True, worker=True)


@pytest.fixture
def lines(connected: Bench, tmp_path: Path) -> Bench:
    """A running file source ``lines``."""
    (tmp_path / "in.txt").write_text("one\ntwo\n")
    connected.run(
        f"CREATE SOURCE CONNECTOR `lines` WITH ('connector.class'='FileStreamSource', 'file'='{tmp_path}/in.txt', 'topic'='lines');"
    )
    return connected


def _state(bench: Bench, name: str = "lines") -> str:
    return str(bench.one(f"DESCRIBE CONNECTOR `{name}`;").status["connector"]["state"])


def _changes(result: Any) -> list[tuple[str, str | None, str | None]]:
    return [(c.key, c.before, c.after) for c in result.changes]


@pytest.mark.parametrize(("action", "done", "state"), [("PAUSE", "paused", "PAUSED"), ("STOP", "stopped", "STOPPED")])
def test_a_connector_has_its_new_state_when_the_statement_answers(lines: Bench, action: str, done: str, state: str) -> None:
    note = lines.one(f"{action} CONNECTOR LINES;")
    assert (note.message, note.warnings) == (f"Connector lines {done}", ())
    assert _state(lines) == state
    lines.run("RESUME CONNECTOR lines;")
    assert _state(lines) == "RUNNING"


def test_restart_says_which_failed_tasks_it_restarts(lines: Bench, tmp_path: Path) -> None:
    """A sink into a directory that does not exist fails; its task is restarted once that is there."""
    assert lines.one("RESTART CONNECTOR `lines`;").message == "Connector lines restarted"
    nothing = "Connector lines has no failed tasks; nothing was restarted"
    assert lines.one("RESTART FAILED TASKS OF CONNECTOR `lines`;").message == nothing
    created = lines.one(
        f"CREATE SINK CONNECTOR `out` WITH ('connector.class'='FileStreamSink', 'file'='{tmp_path}/sub/out.txt', 'topics'='lines');"
    )
    assert created.failure is not None
    (tmp_path / "sub").mkdir()
    assert lines.one("RESTART FAILED TASKS OF CONNECTOR `out`;").message == "Connector out restarted its failed task 0"


def test_an_unknown_connector_is_named_with_its_nearest(lines: Bench) -> None:
    error = lines.error("PAUSE CONNECTOR lins;")
    assert (error.code, error.message) == (40400, "Failed to pause connector: Connector LINS not found")
    assert error.hint == "Did you mean lines?"


def test_alter_shows_what_it_changes_key_by_key(lines: Bench) -> None:
    changed = lines.one("ALTER CONNECTOR `lines` SET ('batch.size'='100', 'tasks.max'='1', 'topic'='lines');")
    assert changed.altered
    assert _changes(changed) == [("batch.size", None, "100"), ("tasks.max", None, "1")]
    again = lines.one("ALTER CONNECTOR `lines` SET ('batch.size'='100');")
    assert (again.altered, again.changes) == (False, ())
    assert "nothing to change" in again.message
    gone = lines.one("ALTER CONNECTOR `lines` UNSET ('batch.size', 'file.size');")
    assert _changes(gone) == [("batch.size", "100", None)]
    assert gone.warnings == ("file.size - is not set; nothing to unset.",)


def test_explain_alter_changes_nothing(lines: Bench) -> None:
    told = lines.one("EXPLAIN ALTER CONNECTOR `lines` SET ('batch.size'='7', 'batch.sice'='8');")
    assert (_changes(told), told.altered) == ([("batch.sice", None, "8"), ("batch.size", None, "7")], False)
    assert told.warnings == ("batch.sice - is not a key of this class. Did you mean batch.size?",)
    assert "batch.size" not in lines.one("SHOW CREATE CONNECTOR `lines`;").content


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("SET ('batch.size'='many')", "batch.size - "),
        ("SET ('name'='other')", "cannot be given another name"),
        ("UNSET ('connector.class')", "connector.class cannot be unset"),
        ("SET ('connector.class'='FileStreamSorce')", "no connector class 'FileStreamSorce'"),
        ("UNSET ('file')", "file - "),
    ],
)
def test_a_configuration_that_would_not_be_valid_is_refused(lines: Bench, change: str, message: str) -> None:
    """By ALTER and by EXPLAIN alike; the connector stays as it was."""
    before = lines.one("SHOW CREATE CONNECTOR `lines`;").content
    for statement in ("", "EXPLAIN "):
        assert message in lines.error(f"{statement}ALTER CONNECTOR `lines` {change};").message
    assert lines.one("SHOW CREATE CONNECTOR `lines`;").content == before


def test_secrets_are_masked_in_differences_and_kept_by_their_mask(lines: Bench) -> None:
    changed = lines.one("ALTER CONNECTOR `lines` SET ('my.password'='geheim', 'my.url'='jdbc:x://u:geheim@h/d');")
    assert _changes(changed) == [("my.password", None, "[hidden]"), ("my.url", None, "jdbc:x://u:[hidden]@h/d")]
    kept = lines.one("ALTER CONNECTOR `lines` SET ('my.password'='[hidden]', 'my.url'='jdbc:x://u:[hidden]@h/d');")
    assert kept.changes == ()
    assert "geheim" not in changed.text


def test_a_stopped_connector_is_altered_without_waiting_for_it(make_bench: Callable[..., Bench], lines: Bench) -> None:
    lines.run("STOP CONNECTOR `lines`;")
    assert lines.one("ALTER CONNECTOR `lines` SET ('batch.size'='9');").altered
    assert _state(lines) == "STOPPED"


def test_show_create_can_be_run_again(lines: Bench) -> None:
    """What it shows makes the same connector; secrets stay out, references stay in."""
    lines.run(
        "ALTER CONNECTOR `lines` SET ('my.password'='geheim', 'my.token'='${file:/etc/hosts:t}', 'my.url'='jdbc:x://u:geheim@h/d', "
        "'other.url'='jdbc:x://u:${env:PW}@h/d');"
    )
    shown = lines.one("SHOW CREATE CONNECTOR `lines`;")
    assert shown.content.startswith("CREATE SOURCE CONNECTOR `lines` WITH ('connector.class'='org.apache.kafka")
    assert "'my.password'='${env:LINES_MY_PASSWORD}'" in shown.content
    assert "'my.url'='jdbc:x://u:${env:LINES_MY_URL}@h/d'" in shown.content
    assert "'other.url'='jdbc:x://u:${env:PW}@h/d'" in shown.content
    assert "'my.token'='${file:/etc/hosts:t}'" in shown.content
    needs = "not shown. Before this runs, give the Connect worker the variable {}, or write a reference like ${{file:/path:key}}."
    assert shown.warnings == (
        "my.password: " + needs.format("LINES_MY_PASSWORD"),
        "my.url: " + needs.format("LINES_MY_URL"),
    )
    lines.run("ALTER CONNECTOR `lines` UNSET ('my.password', 'my.token', 'my.url', 'other.url');")
    text = lines.one("SHOW CREATE CONNECTOR `lines`;").content
    lines.run("DROP CONNECTOR `lines`;" + text)
    again = lines.one("SHOW CREATE CONNECTOR `lines`;")
    assert (again.content, again.warnings) == (text, ())


def _offsets(bench: Bench) -> list[dict[str, Any]]:
    return list(json.loads(bench.one("SHOW CONNECTOR OFFSETS `lines`;").content))


def test_offsets_are_shown_changed_and_forgotten(lines: Bench, tmp_path: Path) -> None:
    """What is shown can be given back; only a stopped connector's can be changed."""
    lines.run("CREATE STREAM l (line STRING) WITH (kafka_topic='lines', value_format='KAFKA');")
    lines.run("STOP CONNECTOR `lines`;")
    entry = {"partition": {"filename": f"{tmp_path}/in.txt"}, "offset": {"position": 4}}
    told = lines.one(f"EXPLAIN ALTER CONNECTOR `lines` SET OFFSETS '{json.dumps([entry])}';")
    assert _changes(told) == [(json.dumps(entry["partition"]), '{"position": 8}', '{"position": 4}')]
    assert _offsets(lines) == [{**entry, "offset": {"position": 8}}]
    lines.run(f"ALTER CONNECTOR `lines` SET OFFSETS '{json.dumps([entry])}';")
    assert _offsets(lines) == [entry]
    lines.run(f"ALTER CONNECTOR `lines` SET OFFSETS '{json.dumps({'offsets': _offsets(lines)})}';")
    assert "reset successfully" in lines.one("ALTER CONNECTOR `lines` RESET OFFSETS;").message
    assert _offsets(lines) == []


@pytest.mark.parametrize(
    ("change", "message", "hint"),
    [
        ("SET OFFSETS 'x'", "The offsets are not JSON", "SHOW CONNECTOR OFFSETS `lines`;"),
        ("SET OFFSETS '{}'", "not a list of", "SHOW CONNECTOR OFFSETS `lines`;"),
        ("RESET OFFSETS", "the connector lines is not stopped", "STOP CONNECTOR `lines`; first"),
    ],
)
def test_offsets_that_cannot_be_changed_say_what_to_do(lines: Bench, change: str, message: str, hint: str) -> None:
    error = lines.error(f"ALTER CONNECTOR `lines` {change};")
    assert message in error.message
    assert hint in (error.hint or "")


def test_a_plugin_is_described_by_its_keys(connected: Bench) -> None:
    described = connected.one("DESCRIBE CONNECTOR PLUGIN FileStreamSource;")
    assert described.name == "org.apache.kafka.connect.file.FileStreamSourceConnector"
    assert {line.split(" ", 1)[0] for line in described.content.splitlines()} >= {"file", "topic", "batch.size"}
    found = connected.one("DESCRIBE CONNECTOR PLUGIN FileStreamSource SEARCH 'Size';").content
    assert found.startswith("batch.size (int, default 2000)")


def test_a_source_does_not_become_a_sink(lines: Bench) -> None:
    error = lines.error("ALTER CONNECTOR `lines` SET ('connector.class'='FileStreamSink', 'topics'='t');")
    assert error.message.endswith("FileStreamSinkConnector is a SINK connector, but lines is a SOURCE.")


def test_a_search_that_finds_no_key_says_so(lines: Bench) -> None:
    found = lines.one("DESCRIBE CONNECTOR PLUGIN FileStreamSource SEARCH 'zebra';")
    assert (found.content, found.warnings) == ("", ("None of its 4 keys holds 'zebra'.",))
