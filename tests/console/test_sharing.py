"""Consoles on one data directory: whoever comes first runs the instance, and when it ends nobody who shares it loses anything."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from millstream.console.client import Client
from millstream.console.sharing import SharedClient
from millstream.errors import MillstreamError
from millstream.server import sharing
from millstream.server.start import running_at, start_embedded

STREAM = "CREATE STREAM s (a INT) WITH (kafka_topic='s', value_format='JSON', partitions=1);"
Share = Callable[[], SharedClient]


@pytest.fixture
def share(tmp_path: Path) -> Iterator[Share]:
    """Consoles of one directory; ended at last in the order they came."""
    made: list[SharedClient] = []

    def another() -> SharedClient:
        made.append(SharedClient(tmp_path / "d", None, None, None))
        return made[-1]

    yield another
    for client in made:
        client.end()


def _streams(client: Client) -> set[str]:
    (listed,) = client.statements("SHOW STREAMS;", {}, {})
    return {stream["name"] for stream in listed["streams"]}


def test_scripts_that_run_at_the_same_time_all_succeed(tmp_path: Path) -> None:
    """Each is a process that may find the instance starting, running or ending."""
    directory = tmp_path / "d"
    create = "CREATE STREAM s{0} (a INT) WITH (kafka_topic='s{0}', value_format='JSON', partitions=1); SHOW STREAMS;"
    running = [_script(directory, create.format(number)) for number in range(4)]
    for process in running:
        out, errors = process.communicate(timeout=120)
        assert (process.returncode, errors) == (0, "")
        assert "KSQL_PROCESSING_LOG" in out
    out, _ = _script(directory, "SHOW STREAMS;").communicate(timeout=120)
    assert all(f"S{n} " in out for n in range(4))
    assert running_at(directory) is None


def _script(directory: Path, text: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "millstream", "--data-dir", str(directory), "-e", text]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_the_next_statement_takes_over_from_one_that_has_ended(share: Share) -> None:
    """What the first defined is there; a third console talks to the second."""
    first, second = share(), share()
    assert first.url == second.url
    second.statements(STREAM, {}, {})
    first.end()
    assert "S" in _streams(second)
    assert second.url != first.url
    assert share().url == second.url


def test_an_end_waits_for_what_others_asked(share: Share) -> None:
    """A query of another console gets its row although the instance is ending; nobody finds that instance any more."""
    first, second = share(), share()
    second.statements(STREAM, {}, {})
    rows = second.query("SELECT a FROM s EMIT CHANGES LIMIT 1;", {}, {})
    assert "header" in next(rows)
    here = first.url
    ending = threading.Thread(target=first.end)
    ending.start()
    while running_at(second._directory) is not None:
        first.info()
    with closing(Client(here)) as direct:
        direct.statements("INSERT INTO s VALUES (7);", {}, {})
    assert next(rows)["row"]["columns"] == [7]
    assert "finalMessage" in next(rows)
    assert list(rows) == []
    ending.join(60)
    assert not ending.is_alive()
    assert "S" in _streams(second)


def test_a_query_without_end_is_cut_with_a_word_on_both_sides(
    share: Share, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The one that ends says what it waits for; the other says how to go on, and does."""
    monkeypatch.setattr(sharing, "TOLD_S", 0.0)
    monkeypatch.setitem(sharing.PATIENCE_S, "queries", 0.1)
    first, second = share(), share()
    second.statements(STREAM, {}, {})
    rows = second.query("SELECT a FROM s EMIT CHANGES;", {}, {})
    next(rows)
    first.end()
    with pytest.raises(MillstreamError, match="No answer from") as cut:
        list(rows)
    assert "Run the statement again: this console goes on." in str(cut.value)
    assert "Waiting for queries of other consoles" in capsys.readouterr().err
    assert "S" in _streams(second)


def test_a_server_that_ends_is_not_replaced(tmp_path: Path) -> None:
    """Its operator starts it again; a console in its place would only be in the way."""
    with start_embedded(tmp_path / "d") as server:
        client = SharedClient(tmp_path / "d", None, None, None)
        assert client.url == server.url
        client.info()
    with pytest.raises(MillstreamError, match="No answer from"):
        client.info()
    assert running_at(tmp_path / "d") is None
    client.end()


def test_a_console_that_runs_the_instance_answers_as_promptly_as_a_server(tmp_path: Path) -> None:
    """Its threads take turns as quickly, and its collector leaves alone what stays; one that only asks keeps Python's own settings."""
    code = (
        "import gc, sys; from millstream.__main__ import _console; _console(sys.argv[1:]);"
        "print(sys.getswitchinterval() < 0.001, gc.get_freeze_count() > 1000, gc.get_threshold()[0])"
    )
    command = [sys.executable, "-c", code, "--data-dir", str(tmp_path / "d"), "-e", "DEFINE a = '1';"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.splitlines()[-1] == "True True 5000"
    with start_embedded(tmp_path / "d", "127.0.0.1:0"):
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.splitlines()[-1].startswith("False False ")
