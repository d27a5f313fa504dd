"""The REST API answers as Kafka Connect 4.3 does: paths, status codes, bodies and texts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.worker.conftest import Bench

FILE_SOURCE = "org.apache.kafka.connect.file.FileStreamSourceConnector"


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    path = tmp_path / "lines.txt"
    path.write_text("one\ntwo\nthree\n")
    return path


def config(path: Path, **more: Any) -> dict[str, Any]:
    return {"connector.class": FILE_SOURCE, "file": str(path), "topic": "lines", "tasks.max": "1", **more}


def test_root_and_health(bench: Bench) -> None:
    """The root names version, commit and cluster; health is healthy once the worker runs."""
    assert list(bench.call("GET", "/").json()) == ["version", "commit", "kafka_cluster_id"]
    assert bench.call("GET", "/health").json() == {
        "status": "healthy",
        "message": "Worker has completed startup and is ready to handle requests.",
    }


def test_create_answers_201_with_location_and_the_configuration(bench: Bench, lines: Path) -> None:
    """POST answers name, config with the name in it, tasks and type, and says where the connector is."""
    answer = bench.call("POST", "/connectors", {"name": "src", "config": config(lines)})
    assert answer.status_code == 201
    assert answer.headers["location"] == "http://127.0.0.1:8083/connectors/src"
    assert answer.json() == {"name": "src", "config": {**config(lines), "name": "src"}, "tasks": answer.json()["tasks"], "type": "source"}


def test_a_running_connector_reads_back(bench: Bench, lines: Path) -> None:
    """List, expand, info, config, status, tasks, topics and offsets of a connector at work."""
    bench.call("POST", "/connectors", {"name": "src", "config": config(lines)})
    bench.records("lines", 3)
    full = {**config(lines), "name": "src"}
    status = {
        "name": "src",
        "connector": {"state": "RUNNING", "worker_id": "127.0.0.1:8083", "version": "0.1.0"},
        "tasks": [{"id": 0, "state": "RUNNING", "worker_id": "127.0.0.1:8083", "version": "0.1.0"}],
        "type": "source",
    }
    info = {"name": "src", "config": full, "tasks": [{"connector": "src", "task": 0}], "type": "source"}
    assert bench.call("GET", "/connectors").json() == ["src"]
    assert bench.call("GET", "/connectors?expand=status&expand=info").json() == {"src": {"status": status, "info": info}}
    assert bench.call("GET", "/connectors?expand=zzz").json() == {"src": {}}
    assert bench.call("GET", "/connectors/src").json() == info
    assert bench.call("GET", "/connectors/src/config").json() == full
    assert bench.call("GET", "/connectors/src/status").json() == status
    assert bench.call("GET", "/connectors/src/tasks").json() == [{"id": {"connector": "src", "task": 0}, "config": full}]
    assert bench.call("GET", "/connectors/src/tasks/0/status").json() == status["tasks"][0]
    assert bench.call("GET", "/connectors/src/topics").json() == {"src": {"topics": ["lines"]}}
    assert bench.call("GET", "/connectors/src/offsets").json() == {
        "offsets": [{"partition": {"filename": str(lines)}, "offset": {"position": 14}}]
    }


@pytest.mark.parametrize(
    ("method", "path", "status", "message"),
    [
        ("GET", "/connectors/none", 404, "Connector none not found"),
        ("GET", "/connectors/none/config", 404, "Connector none not found"),
        ("GET", "/connectors/none/status", 404, "No status found for connector none"),
        ("GET", "/connectors/none/offsets", 404, "Connector none not found"),
        ("GET", "/connectors/none/tasks/9/status", 404, "No status found for task none-9"),
        ("GET", "/connectors/none/tasks-config", 404, "HTTP 404 Not Found"),
        ("PUT", "/connectors/none/pause", 404, "Unknown connector none"),
        ("PUT", "/connectors/none/stop", 404, "Unknown connector none"),
        ("POST", "/connectors/none/restart", 404, "Unknown connector: none"),
        ("POST", "/connectors/none/tasks/7/restart", 404, "Unknown task: none-7"),
        ("DELETE", "/connectors/none", 404, "Connector none not found"),
        ("GET", "/nope", 404, "HTTP 404 Not Found"),
        ("POST", "/connectors/src", 405, "HTTP 405 Method Not Allowed"),
        ("GET", "/connector-plugins/NoSuch/config", 404, "Unknown plugin NoSuch."),
    ],
)
def test_what_is_not_there(bench: Bench, method: str, path: str, status: int, message: str) -> None:
    """Each path has Kafka's own text for what does not exist."""
    answer = bench.call(method, path)
    assert (answer.status_code, answer.json()) == (status, {"error_code": status, "message": message})


def test_topics_of_an_unknown_connector_are_empty(bench: Bench) -> None:
    """Kafka answers 200 here."""
    assert bench.call("GET", "/connectors/none/topics").json() == {"none": {"topics": []}}


def test_refused_creations(bench: Bench, lines: Path) -> None:
    """Bad requests are refused with Kafka's texts, and nothing is created."""

    def refused(body: Any, **named: Any) -> tuple[int, str]:
        answer = bench.call("POST", "/connectors", body, **named)
        return answer.status_code, answer.json()["message"]

    end = "You can also find the above list of errors at the endpoint `/connector-plugins/{connectorType}/config/validate`"
    assert refused({"name": "bad", "config": {"connector.class": FILE_SOURCE}}) == (
        400,
        "Connector configuration is invalid and contains the following 2 error(s):\n"
        'Missing required configuration "file" which has no default value.\n'
        'Missing required configuration "topic" which has no default value.\n' + end,
    )
    assert refused({"name": "bad", "config": config(lines, **{"tasks.max": "abc"})}) == (
        400,
        "Connector configuration is invalid and contains the following 2 error(s):\n"
        "Invalid value abc for configuration tasks.max: Not a number of type INT\n"
        "Invalid value null for configuration tasks.max: Value must be non-null\n" + end,
    )
    assert refused({"config": config(lines)}) == (
        400,
        "Connector configuration is invalid and contains the following 1 error(s):\n"
        "Invalid value  for configuration name: String may not be empty\n" + end,
    )
    assert refused({"name": "bad", "config": {"tasks.max": "1"}}) == (
        400,
        "Connector config {name=bad, tasks.max=1} contains no connector type",
    )
    assert refused({"name": "bad", "config": config(lines, name="other")}) == (
        400,
        "Connector name configuration (other) doesn't match connector name in the URL (bad)",
    )
    assert refused({"name": "bad", "config": {"connector.class": "no.such.Plugin"}})[0] == 400
    assert refused({"name": "bad", "config": {}, "zzz": 1})[1].startswith('Unrecognized field "zzz"')
    assert refused({"name": "bad", "config": config(lines), "initial_state": "ZZZ"})[0] == 500
    assert bench.call("POST", "/connectors", content=b'{"name": ', headers={"content-type": "application/json"}).status_code == 500
    assert bench.call("POST", "/connectors", content=b"").status_code == 500
    wrong = bench.call("POST", "/connectors", content=b"name=x", headers={"content-type": "text/plain"})
    assert (wrong.status_code, wrong.json()) == (415, {"error_code": 415, "message": "HTTP 415 Unsupported Media Type"})
    assert bench.call("GET", "/connectors").json() == []


def test_a_name_is_taken_once(bench: Bench, lines: Path) -> None:
    """A second POST of the name is a conflict; a bad configuration is judged first."""
    bench.call("POST", "/connectors", {"name": "src", "config": config(lines)})
    answer = bench.call("POST", "/connectors", {"name": "src", "config": config(lines)})
    assert (answer.status_code, answer.json()["message"]) == (409, "Connector src already exists")


def test_put_and_patch_change_a_configuration(bench: Bench, lines: Path) -> None:
    """PUT replaces (or creates: 201), PATCH merges and null removes."""
    assert bench.call("PUT", "/connectors/src/config", config(lines)).status_code == 201
    assert bench.call("PUT", "/connectors/src/config", config(lines, **{"batch.size": "7"})).status_code == 200
    patched = bench.call("PATCH", "/connectors/src/config", {"batch.size": None, "poll.interval.ms": 700})
    assert patched.status_code == 200
    assert patched.json()["config"] == {**config(lines), "poll.interval.ms": "700", "name": "src"}
    assert bench.call("PATCH", "/connectors/none/config", {"a": "b"}).status_code == 404


def test_pause_resume_and_stop(bench: Bench, lines: Path) -> None:
    """202, 202, 204; a paused task takes nothing, a stopped connector has no tasks, both go on where they were."""
    bench.call("POST", "/connectors", {"name": "src", "config": config(lines, **{"poll.interval.ms": "5"})})
    bench.records("lines", 3)
    assert bench.call("PUT", "/connectors/src/pause").status_code == 202
    bench.await_state("src", "PAUSED")
    assert bench.status("src")["connector"]["state"] == "PAUSED"
    assert bench.call("PUT", "/connectors/src/resume").status_code == 202
    bench.await_state("src", "RUNNING")
    assert bench.call("PUT", "/connectors/src/stop").status_code == 204
    assert bench.status("src")["connector"]["state"] == "STOPPED"
    assert bench.status("src")["tasks"] == []
    with lines.open("a") as f:
        f.write("four\n")
    bench.call("PUT", "/connectors/src/resume")
    assert [v[5:] for v in bench.records("lines", 4).values if v] == [b'"one"', b'"two"', b'"three"', b'"four"']


def test_initial_state(bench: Bench, lines: Path) -> None:
    """A connector can be created stopped, its offsets set, and started then."""
    answer = bench.call("POST", "/connectors", {"name": "src", "config": config(lines), "initial_state": "stopped"})
    assert answer.status_code == 201
    assert bench.status("src")["connector"]["state"] == "STOPPED"
    offsets = {"offsets": [{"partition": {"filename": str(lines)}, "offset": {"position": 8}}]}
    assert bench.call("PATCH", "/connectors/src/offsets", offsets).status_code == 200
    bench.call("PUT", "/connectors/src/resume")
    assert [v[5:] for v in bench.records("lines", 1).values if v] == [b'"three"']


def test_offsets_are_changed_only_when_stopped(bench: Bench, lines: Path) -> None:
    """PATCH and DELETE of offsets need STOPPED, and at least one offset."""
    bench.call("POST", "/connectors", {"name": "src", "config": config(lines)})
    bench.records("lines", 3)
    first = (
        "Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the specified connector "
        "by issuing a 'PUT' request to the '/connectors/src/stop' endpoint"
    )
    offsets = {"offsets": [{"partition": {"filename": "x"}, "offset": {"position": 1}}]}
    for method, body in (("PATCH", offsets), ("DELETE", None)):
        answer = bench.call(method, "/connectors/src/offsets", body)
        assert (answer.status_code, answer.json()["message"]) == (400, first)
    bench.call("PUT", "/connectors/src/stop")
    for body in ({"offsets": []}, {}):
        answer = bench.call("PATCH", "/connectors/src/offsets", body)
        assert answer.json()["message"] == "Partitions / offsets need to be provided for an alter offsets request"
    answer = bench.call("DELETE", "/connectors/src/offsets")
    assert answer.json()["message"].startswith("The offsets for this connector have been reset successfully")
    assert bench.call("GET", "/connectors/src/offsets").json() == {"offsets": []}


def test_restart(bench: Bench, lines: Path) -> None:
    """204 without a plan; 202 with the status, what restarts marked RESTARTING."""
    bench.call("POST", "/connectors", {"name": "src", "config": config(lines)})
    bench.await_state("src", "RUNNING")
    assert bench.call("POST", "/connectors/src/restart").status_code == 204
    bench.await_state("src", "RUNNING")
    answer = bench.call("POST", "/connectors/src/restart?includeTasks=true&onlyFailed=false")
    assert answer.status_code == 202
    assert [answer.json()["connector"]["state"], answer.json()["tasks"][0]["state"]] == ["RESTARTING", "RESTARTING"]
    bench.await_state("src", "RUNNING")
    answer = bench.call("POST", "/connectors/src/restart?includeTasks=true&onlyFailed=true")
    assert [answer.json()["connector"]["state"], answer.json()["tasks"][0]["state"]] == ["RUNNING", "RUNNING"]
    assert bench.call("POST", "/connectors/src/tasks/0/restart").status_code == 204
    bench.await_state("src", "RUNNING")


def test_delete_keeps_offsets(bench: Bench, lines: Path) -> None:
    """A deleted connector is gone; created again under its name it goes on where it was, as in Kafka Connect."""
    bench.call("POST", "/connectors", {"name": "src", "config": config(lines)})
    bench.records("lines", 3)
    assert bench.call("DELETE", "/connectors/src").status_code == 204
    assert bench.call("DELETE", "/connectors/src").json()["message"] == "Connector src not found"
    bench.call("POST", "/connectors", {"name": "src", "config": config(lines)})
    assert len(bench.call("GET", "/connectors/src/offsets").json()["offsets"]) == 1


def test_topics_reset(bench: Bench, lines: Path) -> None:
    """PUT topics/reset forgets the topics a connector used."""
    bench.call("POST", "/connectors", {"name": "src", "config": config(lines)})
    bench.records("lines", 3)
    assert bench.call("PUT", "/connectors/src/topics/reset").status_code == 202
    assert bench.call("GET", "/connectors/src/topics").json() == {"src": {"topics": []}}


def test_plugins(bench: Bench) -> None:
    """Plugins list class, type and version; connectorsOnly=false adds transforms and converters."""
    plugins = bench.call("GET", "/connector-plugins").json()
    assert {"class": FILE_SOURCE, "type": "source", "version": "0.1.0"} in plugins
    every = bench.call("GET", "/connector-plugins?connectorsOnly=false").json()
    assert {"class": "org.apache.kafka.connect.storage.StringConverter", "type": "converter"} in every
    keys = bench.call("GET", f"/connector-plugins/{FILE_SOURCE}/config").json()
    assert list(keys[0]) == [
        "name", "type", "required", "default_value", "importance", "documentation", "group", "order_in_group", "width", "display_name",
        "dependents",
    ]  # fmt: skip
    assert [k["name"] for k in keys] == ["file", "topic", "batch.size", "poll.interval.ms"]


@pytest.mark.parametrize("name", ["FileStreamSource", "filestreamsourceconnector", FILE_SOURCE.upper()])
def test_class_names_are_found_short_and_in_any_case(bench: Bench, lines: Path, name: str) -> None:
    """Full or short, in any case."""
    assert bench.call("POST", "/connectors", {"name": "s", "config": config(lines, **{"connector.class": name})}).status_code == 201


def test_validate(bench: Bench, lines: Path) -> None:
    """200 with every key's value and errors; unknown keys come with the nearest known one."""
    path = f"/connector-plugins/{FILE_SOURCE}/config/validate"
    given = {**config(lines), "name": "x", "tpoic": "t"}
    del given["topic"]
    body = bench.call("PUT", path, given).json()
    assert (body["name"], body["error_count"]) == (FILE_SOURCE, 1)
    by_name = {c["value"]["name"]: c for c in body["configs"]}
    assert by_name["topic"]["value"]["errors"] == ['Missing required configuration "topic" which has no default value.']
    assert by_name["file"]["value"] == {"name": "file", "value": str(lines), "recommended_values": [], "errors": [], "visible": True}
    assert by_name["tpoic"] == {
        "definition": None,
        "value": {"name": "tpoic", "value": "t", "recommended_values": ["topic"], "errors": [], "visible": True},
    }
    mismatch = bench.call("PUT", path, {"connector.class": "FileStreamSink", "name": "x"})
    assert (mismatch.status_code, mismatch.json()["message"]) == (
        400,
        f"Included connector type FileStreamSink does not match request type {FILE_SOURCE}",
    )
    nothing = bench.call("PUT", path, {"name": "x"})
    assert (nothing.status_code, nothing.json()["message"]) == (
        500,
        "org.apache.kafka.connect.runtime.rest.errors.BadRequestException: Connector config {name=x} contains no connector type",
    )


def test_validate_tells_of_transforms_by_key(bench: Bench, lines: Path) -> None:
    """Their keys are listed with the connector's, faults stand at them, and unknown ones come with the nearest."""
    path = f"/connector-plugins/{FILE_SOURCE}/config/validate"

    def judged(**transform: str) -> dict[str, Any]:
        given = {**config(lines), "name": "x", "transforms": "a", **{f"transforms.a.{k}": v for k, v in transform.items()}}
        return {c["value"]["name"]: c for c in bench.call("PUT", path, given).json()["configs"]}

    found = judged(type="HoistField$Value", fieldz="f", negate="maybe")
    assert found["transforms.a.field"]["value"]["errors"] == [
        'Missing required configuration "transforms.a.field" which has no default value.'
    ]
    assert found["transforms.a.negate"]["value"]["errors"][0].endswith("Expected value to be either true or false")
    assert found["transforms.a.fieldz"]["definition"] is None
    assert found["transforms.a.fieldz"]["value"]["recommended_values"] == ["transforms.a.field"]
    assert "There is no transform Hoist." in judged(type="Hoist", fieldz="f")["transforms.a.type"]["value"]["errors"][0]
    assert "transforms.a.fieldz" not in judged(type="Hoist", fieldz="f")
    assert "Invalid type 'text'" in judged(type="Cast$Value", spec="id:text")["transforms.a.spec"]["value"]["errors"][0]


def test_loggers(bench: Bench) -> None:
    """Levels are read and set by logger."""
    assert bench.call("PUT", "/admin/loggers/millstream.worker", {"level": "ERROR"}).json() == ["millstream.worker"]
    assert bench.call("GET", "/admin/loggers/millstream.worker").json()["level"] == "ERROR"
    assert "millstream.worker" in bench.call("GET", "/admin/loggers").json()
    assert bench.call("PUT", "/admin/loggers/millstream.worker", {"level": "LOUD"}).status_code == 404
    assert bench.call("PUT", "/admin/loggers/millstream.worker", {}).status_code == 400
    assert bench.call("PUT", "/admin/loggers/millstream.worker?scope=cluster", {"level": "INFO"}).status_code == 204
