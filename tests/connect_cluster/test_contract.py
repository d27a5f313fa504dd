"""Two workers, one meaning: the same requests to Kafka's Connect and to ours, answers and records compared field by field."""

from __future__ import annotations

from typing import Any

import pytest

from millstream.log.base import Batch, TopicInfo
from tests.connect_cluster.contract import JSON, SINK, SOURCE, STRING, Talk, in_state, running, source, without_tasks

#: One worker for all: each connector that comes or goes makes Connect rebalance.
pytestmark = pytest.mark.xdist_group("connect")


def test_the_life_of_a_source(talk: Talk) -> None:
    """Created, read back in every way, altered, paused, stopped, its offsets moved, restarted, deleted; its records."""
    for side in talk.sides:
        (side.home / "in.txt").write_text("one\ntwo\n\nthree\nfour\n")
    talk.call("create", "POST", "/connectors", {"name": "src~", "config": source()}, without_tasks)
    talk.until("status", "/connectors/src~/status", running)
    talk.both("records", lambda side: side.records("lines~", 5))
    talk.call("create again", "POST", "/connectors", {"name": "src~", "config": source()})
    talk.until("info", "/connectors/src~", lambda body: bool(body["tasks"]))
    talk.call("config", "GET", "/connectors/src~/config")
    talk.call("tasks", "GET", "/connectors/src~/tasks")
    talk.call("task status", "GET", "/connectors/src~/tasks/0/status")
    talk.until("topics", "/connectors/src~/topics", lambda body: bool(body["src~"]["topics"]))
    talk.until("offsets", "/connectors/src~/offsets", lambda body: bool(body["offsets"]))
    entry = {"partition": {"filename": "<home>/in.txt"}, "offset": {"position": 4}}
    talk.call("offsets while running", "PATCH", "/connectors/src~/offsets", {"offsets": [entry]})
    talk.call("reset while running", "DELETE", "/connectors/src~/offsets")
    talk.call("patch", "PATCH", "/connectors/src~/config", {"batch.size": "7", "tasks.max": None}, without_tasks)
    talk.call("put", "PUT", "/connectors/src~/config", source(**{"batch.size": "8"}), without_tasks)
    talk.call("patch to nonsense", "PATCH", "/connectors/src~/config", {"tasks.max": "none"})
    talk.until("status after changes", "/connectors/src~/status", running)
    talk.call("pause", "PUT", "/connectors/src~/pause")
    talk.until("status paused", "/connectors/src~/status", in_state("PAUSED"))
    talk.call("resume", "PUT", "/connectors/src~/resume")
    talk.until("status resumed", "/connectors/src~/status", running)
    talk.call("stop", "PUT", "/connectors/src~/stop")
    talk.until("status stopped", "/connectors/src~/status", lambda body: body["connector"]["state"] == "STOPPED" and not body["tasks"])
    talk.call("info stopped", "GET", "/connectors/src~")
    talk.call("alter offsets", "PATCH", "/connectors/src~/offsets", {"offsets": [entry]})
    talk.until("offsets altered", "/connectors/src~/offsets", lambda body: body["offsets"] == [entry])
    for step, offsets in (("no offsets", {"offsets": []}), ("no list", {}), ("no partition", {"offsets": [{"offset": {"position": 1}}]})):
        talk.call(f"alter, {step}", "PATCH", "/connectors/src~/offsets", offsets)
    talk.call("resume stopped", "PUT", "/connectors/src~/resume")
    talk.both("records again", lambda side: side.records("lines~", 9))
    talk.until("status again", "/connectors/src~/status", running)
    talk.call("restart", "POST", "/connectors/src~/restart")
    talk.until("status restarted", "/connectors/src~/status", running)
    talk.call("restart tasks", "POST", "/connectors/src~/restart?includeTasks=true")
    talk.until("status restarted with tasks", "/connectors/src~/status", running)
    talk.call("restart task", "POST", "/connectors/src~/tasks/0/restart")
    talk.call("restart no task", "POST", "/connectors/src~/tasks/7/restart")
    talk.call("stop at last", "PUT", "/connectors/src~/stop")
    talk.call("reset offsets", "DELETE", "/connectors/src~/offsets")
    talk.until("offsets reset", "/connectors/src~/offsets", lambda body: not body["offsets"])
    talk.call("delete", "DELETE", "/connectors/src~")
    talk.call("delete again", "DELETE", "/connectors/src~")
    talk.check()


def test_accents_in_a_file(talk: Talk) -> None:
    for side in talk.sides:
        (side.home / "in.txt").write_text("üñí\nx\n")
    talk.call("create over accents", "POST", "/connectors", {"name": "src~", "config": source()}, without_tasks)
    talk.both("records with accents", lambda side: side.records("lines~", 2)[:2])
    talk.until("offsets behind accents", "/connectors/src~/offsets", lambda body: bool(body["offsets"]))
    talk.check()


def test_a_stopped_start_and_a_put_that_creates(talk: Talk) -> None:
    talk.call("create stopped", "POST", "/connectors", {"name": "a~", "config": source(), "initial_state": "stopped"})
    talk.until("status of stopped", "/connectors/a~/status", lambda body: body["connector"]["state"] == "STOPPED")
    talk.call("put creates", "PUT", "/connectors/b~/config", source(), without_tasks)
    talk.check()


@pytest.mark.parametrize(
    ("step", "config"),
    [
        ("no class", {"topic": "t"}),
        ("unknown class", {"connector.class": "no.such.Class"}),
        ("no topic", {"connector.class": SOURCE, "file": "/x"}),
        ("bad number", source(**{"tasks.max": "many"})),
        ("no tasks", source(**{"tasks.max": "0"})),
        ("bad converter", source(**{"value.converter": "no.such.Converter"})),
        ("bad transform", source(**{"transforms": "t"})),
        ("another name", {**source(), "name": "other"}),
        ("sink without topics", {"connector.class": SINK, "file": "/x"}),
        ("sink with both", {"connector.class": SINK, "file": "/x", "topics": "a", "topics.regex": "b"}),
    ],
)
def test_what_cannot_be_created(talk: Talk, step: str, config: dict[str, str]) -> None:
    """Nothing is made of it, and it says why in the same words."""
    talk.call(f"create: {step}", "POST", "/connectors", {"name": "bad~", "config": config})
    talk.call("not there", "GET", "/connectors/bad~")
    talk.check()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("GET", "/config"),
        ("GET", "/status"),
        ("GET", "/tasks"),
        ("GET", "/tasks/0/status"),
        ("GET", "/topics"),
        ("GET", "/offsets"),
        ("PUT", "/pause"),
        ("PUT", "/resume"),
        ("PUT", "/stop"),
        ("POST", "/restart"),
        ("POST", "/restart?includeTasks=true&onlyFailed=true"),
        ("DELETE", "/offsets"),
        ("DELETE", ""),
        ("POST", ""),
        ("GET", "/nothing"),
    ],
)
def test_a_connector_that_is_not_there(talk: Talk, method: str, path: str) -> None:
    talk.call(f"missing: {method} {path}", method, f"/connectors/none~{path}")
    talk.check()


def _judged(body: Any) -> Any:
    """A validation, by key. Documentation, and how wide and where a form shows a key, is each one's own."""
    own = ("documentation", "display_name", "width", "order_in_group")
    keys = {c["definition"]["name"]: c for c in body["configs"] if c.get("definition")}
    return {
        "error_count": body["error_count"],
        "groups": sorted(body["groups"]),
        "configs": {
            name: {**c, "definition": {k: v for k, v in c["definition"].items() if k not in own}}
            for name, c in keys.items()
            if (name.startswith(("transforms.", "predicates.")) and not name.endswith((".type", ".plugin.version")))
            or name in ("file", "topic", "batch.size", "topics", "tasks.max", "name", "connector.class", "errors.tolerance")
        },
    }


_KAFKAS = "org.apache.kafka.connect.transforms"
FAULTY = {
    "transforms": "a",
    "transforms.a.type": f"{_KAFKAS}.HoistField$Value",
    "transforms.a.fieldz": "x",
    "transforms.a.negate": "perhaps",
}
GUARDED = {
    **{"transforms": "a", "transforms.a.type": f"{_KAFKAS}.Filter", "transforms.a.predicate": "p", "predicates": "p"},
    **{"predicates.p.type": f"{_KAFKAS}.predicates.TopicNameMatches", "predicates.p.pattern": "x"},
}


@pytest.mark.parametrize(
    ("step", "plugin", "config"),
    [
        ("good source", SOURCE, {"name": "v", **source()}),
        ("short name", "FileStreamSource", {"name": "v", **source()}),
        ("bad source", SOURCE, {"connector.class": SOURCE, "tasks.max": "x", "batch.size": "y", "errors.tolerance": "some"}),
        ("a transform's faults", SOURCE, {"name": "v", **source(**FAULTY)}),
        ("a predicate", SOURCE, {"name": "v", **source(**GUARDED)}),
        ("good sink", SINK, {"name": "v", "connector.class": SINK, "topics": "a,b", "file": "/x"}),
        ("bad sink", SINK, {"name": "v", "connector.class": SINK}),
    ],
)
def test_validation(talk: Talk, step: str, plugin: str, config: dict[str, str]) -> None:
    talk.call(f"validate: {step}", "PUT", f"/connector-plugins/{plugin}/config/validate", config, _judged)
    talk.check()


def test_plugins(talk: Talk) -> None:
    """Both know the file connectors; what else there is, is each one's own."""

    def files(body: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return sorted((p for p in body if p["class"] in (SOURCE, SINK)), key=lambda p: str(p["class"]))

    talk.call("plugins", "GET", "/connector-plugins", of=files)
    talk.call("no plugin", "GET", "/connector-plugins/no.such.Class/config")
    talk.check()


@pytest.mark.parametrize(
    ("step", "converter", "values"),
    [
        ("texts", {"value.converter": STRING}, [b"one", b"", "\u00fc".encode(), None]),
        (
            "envelopes",
            {"value.converter": JSON},
            [b'{"schema":{"type":"string"},"payload":"one"}', b'{"schema":{"type":"int32"},"payload":7}'],
        ),
        ("plain numbers", {"value.converter": JSON, "value.converter.schemas.enable": "false"}, [b"1", b"2.5", b"true", b'"x"']),
    ],
)
def test_the_life_of_a_sink(talk: Talk, step: str, converter: dict[str, str], values: list[bytes | None]) -> None:
    """Its lines, offsets, topics; offsets are moved back and the records come again."""
    for side in talk.sides:
        side.log.create(TopicInfo(f"in{side.tag}", 1))
        with side.log.begin("test") as transaction:
            transaction.append(f"in{side.tag}", 0, Batch([b"k"] * len(values), values, [1000] * len(values)))
            transaction.commit()
    config = {"connector.class": SINK, "file": "<home>/out.txt", "topics": "in~", "tasks.max": "1", "key.converter": STRING, **converter}
    talk.call("create sink", "POST", "/connectors", {"name": "out~", "config": config}, lambda b: None)
    talk.until("status of sink", "/connectors/out~/status", running)
    talk.both(f"lines of {step}", lambda side: side.lines("out.txt", len(values)))
    talk.until("topics of sink", "/connectors/out~/topics", lambda body: bool(body["out~"]["topics"]))
    talk.until("offsets of sink", "/connectors/out~/offsets", lambda body: bool(body["offsets"]))
    talk.call("stop sink", "PUT", "/connectors/out~/stop")
    entry = {"partition": {"kafka_topic": "in~", "kafka_partition": 0}, "offset": {"kafka_offset": 1}}
    talk.call("alter sink offsets", "PATCH", "/connectors/out~/offsets", {"offsets": [entry]})
    talk.until("sink offsets altered", "/connectors/out~/offsets", lambda body: body["offsets"] == [entry])
    for wrong, offset in (("text", {"kafka_offset": "x"}), ("other key", {"offset": 1}), ("negative", {"kafka_offset": -1})):
        talk.call(f"alter sink offsets: {wrong}", "PATCH", "/connectors/out~/offsets", {"offsets": [{**entry, "offset": offset}]})
    talk.call("resume sink", "PUT", "/connectors/out~/resume")
    talk.both(f"lines of {step} again", lambda side: side.lines("out.txt", 2 * len(values) - 1))
    talk.call("stop sink at last", "PUT", "/connectors/out~/stop")
    talk.call("reset sink offsets", "DELETE", "/connectors/out~/offsets")
    talk.until("sink offsets reset", "/connectors/out~/offsets", lambda body: not body["offsets"])
    talk.check()


def test_a_sink_that_fails(talk: Talk) -> None:
    """A value that its converter cannot read fails the task; the connector still runs."""
    for side in talk.sides:
        side.log.create(TopicInfo(f"in{side.tag}", 1))
        with side.log.begin("test") as transaction:
            transaction.append(f"in{side.tag}", 0, Batch([None], [b"no json"], [1000]))
            transaction.commit()
    config = {"connector.class": SINK, "file": "<home>/out.txt", "topics": "in~", "value.converter": JSON, "key.converter": STRING}
    talk.call("create failing sink", "POST", "/connectors", {"name": "out~", "config": config}, without_tasks)
    talk.until("failed status", "/connectors/out~/status", lambda body: any(t["state"] == "FAILED" for t in body["tasks"]))
    talk.call("restart failed", "POST", "/connectors/out~/restart?includeTasks=true&onlyFailed=true")
    talk.check()
