"""Two workers, one meaning: requests that are strange, wrong or rare, to Kafka's Connect and to ours."""

from __future__ import annotations

from typing import Any

import pytest

from tests.connect_cluster.contract import SINK, SOURCE, STRING, Talk, running, source, without_tasks

pytestmark = pytest.mark.xdist_group("connect")


@pytest.mark.parametrize(
    ("step", "method", "path", "content", "kind"),
    [
        ("no JSON", "POST", "/connectors", b"{nonsense", "application/json"),
        ("no body", "POST", "/connectors", b"", "application/json"),
        ("a list", "POST", "/connectors", b"[]", "application/json"),
        ("a text", "POST", "/connectors", b'"x"', "application/json"),
        ("an unknown field", "POST", "/connectors", b'{"name": "n", "config": {}, "more": 1}', "application/json"),
        ("no config", "POST", "/connectors", b'{"name": "n"}', "application/json"),
        ("no name", "POST", "/connectors", b'{"config": {}}', "application/json"),
        ("an unknown state", "POST", "/connectors", b'{"name": "n", "config": {}, "initial_state": "FLYING"}', "application/json"),
        ("a config that is a list", "POST", "/connectors", b'{"name": "n", "config": []}', "application/json"),
        ("a nested config", "POST", "/connectors", b'{"name": "n", "config": {"a": {"b": 1}}}', "application/json"),
        ("text", "POST", "/connectors", b"{}", "text/plain"),
        ("a form", "PUT", "/connectors/none~/config", b"a=b", "application/x-www-form-urlencoded"),
        ("a method that is not", "DELETE", "/connectors", None, None),
        ("a method that is not, below", "POST", "/connectors/none~/config", b"{}", "application/json"),
        ("patch of a plugin", "PATCH", "/connector-plugins", b"{}", "application/json"),
        ("a path that is not", "GET", "/nowhere", None, None),
        ("a path that is not, below", "GET", "/connectors/none~/somewhere/else", None, None),
        ("a task that is no number", "GET", "/connectors/none~/tasks/x/status", None, None),
        ("put of no JSON", "PUT", "/connectors/none~/config", b"{nonsense", "application/json"),
        ("put of a list", "PUT", "/connectors/none~/config", b"[]", "application/json"),
        ("put of nothing", "PUT", "/connectors/none~/config", b"", "application/json"),
        ("patch of what is not there", "PATCH", "/connectors/none~/config", b'{"a": "b"}', "application/json"),
        ("patch of nothing", "PATCH", "/connectors/none~/config", b"", "application/json"),
        ("validation of nothing", "PUT", f"/connector-plugins/{SINK}/config/validate", b"", "application/json"),
        ("validation without a class", "PUT", f"/connector-plugins/{SINK}/config/validate", b"{}", "application/json"),
        (
            "validation of another class",
            "PUT",
            f"/connector-plugins/{SINK}/config/validate",
            b'{"connector.class": "%s"}' % SOURCE.encode(),
            "application/json",
        ),
        ("offsets of nothing", "PATCH", "/connectors/none~/offsets", b'{"offsets": [{"partition": {}, "offset": {}}]}', "application/json"),
        ("offsets that are no JSON", "PATCH", "/connectors/none~/offsets", b"x", "application/json"),
        ("topics of nothing reset", "PUT", "/connectors/none~/topics/reset", None, None),
        ("a logger's level without one", "PUT", "/admin/loggers/root", b"{}", "application/json"),
    ],
)
def test_strange_requests(talk: Talk, step: str, method: str, path: str, content: bytes | None, kind: str | None) -> None:
    """The same status, code and message, or it is known why not."""
    talk.both(step, lambda side: side.raw(method, path, content, kind), lambda answer: {"status": answer[0], "body": answer[1]})
    talk.check()


def test_everything_at_once(talk: Talk) -> None:
    """GET /connectors with expand: one of them, both, an unknown one, one twice."""
    for side in talk.sides:
        (side.home / "in.txt").write_text("one\n")
    talk.call("create for lists", "POST", "/connectors", {"name": "src~", "config": source()}, without_tasks)
    talk.until("runs for lists", "/connectors/src~/status", running)
    talk.until("has tasks for lists", "/connectors/src~", lambda body: bool(body["tasks"]))

    def mine(body: Any) -> Any:
        return {name: v for name, v in body.items() if name == "src~"} if isinstance(body, dict) else [n for n in body if n == "src~"]

    for expand in ("", "?expand=status", "?expand=info", "?expand=info&expand=status", "?expand=dreams", "?expand=info&expand=info"):
        talk.call(f"list {expand}", "GET", f"/connectors{expand}", of=mine)
    talk.check()


def _failed(status: dict[str, Any]) -> bool:
    return status["connector"]["state"] == "RUNNING" and any(t["state"] == "FAILED" for t in status["tasks"])


@pytest.mark.parametrize(
    "query", ["", "?includeTasks=true", "?onlyFailed=true", "?includeTasks=true&onlyFailed=true", "?includeTasks=maybe"]
)
def test_restarts_of_what_runs_and_of_what_failed(talk: Talk, query: str) -> None:
    """Which parts Connect's plan restarts."""
    for side in talk.sides:
        (side.home / "in.txt").write_text("one\n")
    talk.call("create to restart", "POST", "/connectors", {"name": "src~", "config": source()}, without_tasks)
    talk.until("runs before", "/connectors/src~/status", running)
    talk.call(f"restart running {query}", "POST", f"/connectors/src~/restart{query}")
    talk.until("runs after", "/connectors/src~/status", running)
    sink = {"connector.class": SINK, "file": "<home>/no/such/folder/out", "topics": "lines~", "key.converter": STRING}
    talk.call("create to fail", "POST", "/connectors", {"name": "out~", "config": {**sink, "value.converter": STRING}}, without_tasks)
    talk.until("failed before", "/connectors/out~/status", _failed)
    talk.call(f"restart failed {query}", "POST", f"/connectors/out~/restart{query}")
    talk.until("failed after", "/connectors/out~/status", _failed)
    talk.check()


def test_patches_of_a_configuration(talk: Talk) -> None:
    """Keys set, changed and taken away; what cannot be leaves everything as it was."""
    for side in talk.sides:
        (side.home / "in.txt").write_text("one\n")
    talk.call("create to patch", "POST", "/connectors", {"name": "src~", "config": source()}, without_tasks)
    talk.until("runs to patch", "/connectors/src~/status", running)
    patches: dict[str, Any] = {
        "one key": {"batch.size": "5"},
        "a number": {"batch.size": 6},
        "a key away": {"batch.size": None},
        "a key away that is not there": {"no.such.key": None},
        "nothing": {},
        "the class away": {"connector.class": None},
        "another class": {"connector.class": SINK, "topics": "lines~"},
        "a bad value": {"tasks.max": "0"},
        "an unknown key": {"my.own": "x"},
    }
    for step, patch in patches.items():
        talk.call(f"patch: {step}", "PATCH", "/connectors/src~/config", patch, without_tasks)
        talk.call(f"config after {step}", "GET", "/connectors/src~/config")
    talk.check()


def test_topics_are_forgotten_and_found_again(talk: Talk) -> None:
    for side in talk.sides:
        (side.home / "in.txt").write_text("one\n")
    talk.call("create for topics", "POST", "/connectors", {"name": "src~", "config": source()}, without_tasks)
    talk.until("topics before", "/connectors/src~/topics", lambda body: bool(body["src~"]["topics"]))
    talk.call("reset topics", "PUT", "/connectors/src~/topics/reset")
    talk.until("topics after", "/connectors/src~/topics", lambda body: not body["src~"]["topics"])
    for side in talk.sides:
        with (side.home / "in.txt").open("a") as file:
            file.write("two\n")
    talk.until("topics again", "/connectors/src~/topics", lambda body: bool(body["src~"]["topics"]))
    talk.check()


def test_offsets_that_cannot_be_changed(talk: Talk) -> None:
    """Of a stopped source: partitions and offsets that make no sense to its class, and a null that forgets one."""
    for side in talk.sides:
        (side.home / "in.txt").write_text("one\n")
    talk.call("create for offsets", "POST", "/connectors", {"name": "src~", "config": source()}, without_tasks)
    talk.until("offsets there", "/connectors/src~/offsets", lambda body: bool(body["offsets"]))
    talk.call("stop for offsets", "PUT", "/connectors/src~/stop")
    talk.until("stopped for offsets", "/connectors/src~", lambda body: not body["tasks"])
    partition = {"filename": "<home>/in.txt"}
    entries: dict[str, Any] = {
        "another position": {"partition": partition, "offset": {"position": 2}},
        "a position that is a text": {"partition": partition, "offset": {"position": "x"}},
        "a position below zero": {"partition": partition, "offset": {"position": -1}},
        "an offset without position": {"partition": partition, "offset": {"place": 1}},
        "another file": {"partition": {"filename": "<home>/other.txt"}, "offset": {"position": 1}},
        "a partition of another kind": {"partition": {"table": "t"}, "offset": {"position": 1}},
        "no offset": {"partition": partition, "offset": None},
        "a field too many": {"partition": partition, "offset": {"position": 1}, "more": 1},
        "an offset that is a number": {"partition": partition, "offset": 7},
    }
    for step, entry in entries.items():
        talk.call(f"offsets: {step}", "PATCH", "/connectors/src~/offsets", {"offsets": [entry]})
    talk.check()


def test_names(talk: Talk) -> None:
    """A connector keeps its name, and has one that its paths can hold."""
    for side in talk.sides:
        (side.home / "in.txt").write_text("one\n")
    talk.call("create to rename", "POST", "/connectors", {"name": "src~", "config": source()}, without_tasks)
    talk.call("rename by patch", "PATCH", "/connectors/src~/config", {"name": "other~"}, lambda body: None)
    for step, name in (("blank", " "), ("with a line end", "a\nb"), ("with blanks around it", " spaced~ ")):
        talk.call(f"name {step}", "POST", "/connectors", {"name": name, "config": source()}, without_tasks)
    # One with a slash Kafka creates, and answers 400 to whatever is asked about it from then on: ours refuses it.
    talk.check()
