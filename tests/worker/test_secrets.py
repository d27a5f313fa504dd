"""No password leaves the worker; a mask that comes back keeps the old value; references stay references."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from millstream.worker.providers import resolve
from millstream.worker.secrets import mask, mask_urls, unmask
from tests.worker.conftest import Bench

SECRET = "s3cr3t-value"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("jdbc:postgresql://u:pw@h/db", "jdbc:postgresql://u:[hidden]@h/db"),
        ("jdbc:postgresql://h/db?user=u&password=pw&ssl=true", "jdbc:postgresql://h/db?user=u&password=[hidden]&ssl=true"),
        ("http://u:p@a,b https://x:y@z/", "http://u:[hidden]@a,b https://x:[hidden]@z/"),
        ("jdbc:postgresql://h/db?password=${file:/p:k}", "jdbc:postgresql://h/db?password=${file:/p:k}"),
        ("nothing to see: a@b", "nothing to see: a@b"),
    ],
)
def test_urls(text: str, masked: str) -> None:
    """Passwords in URLs, wherever they stand."""
    assert mask_urls(text) == masked


def test_keys_whose_names_say_so_are_masked_too() -> None:
    """Third parties do not always declare their secrets."""
    config = {
        "aws.secret.key": "x",
        "basic.auth.user.info": "u:p",
        "auth.token": "t",
        "ssl.keystore.password": "p",
        "key": "id",
        "tokens": "3",
    }
    shown = mask(config, ())
    assert {k for k, v in shown.items() if v == "[hidden]"} == {
        "aws.secret.key",
        "basic.auth.user.info",
        "auth.token",
        "ssl.keystore.password",
    }


def test_unmask() -> None:
    """Masks take what was at their place; without anything there the key is named."""
    old = {"password": "p", "url": "x://u:one@h?password=two"}
    assert unmask({"password": "[hidden]", "url": "x://v:[hidden]@other?password=[hidden]"}, old) == {
        "password": "p",
        "url": "x://v:one@other?password=two",
    }
    with pytest.raises(ValueError, match=r"password holds the mask \[hidden\], and there is no earlier value"):
        unmask({"password": "[hidden]"}, {})


def sink(**more: Any) -> dict[str, Any]:
    """A connector with secrets: OpenSearch's sink, which looks outside only when there are records."""
    return {
        "connector.class": "ElasticsearchSinkConnector", "topics": "t", "connection.url": f"http://ann:{SECRET}-url@127.0.0.1:1",
        "connection.username": "ann", "connection.password": SECRET, "key.ignore": "true", "max.retries": "0", **more,
    }  # fmt: skip


def test_every_answer_is_masked_and_the_mask_keeps_the_value(bench: Bench) -> None:
    """POST, GET, expand, tasks and validate; PUT and PATCH of the mask keep the password."""
    from millstream.log.base import TopicInfo

    bench.log.create(TopicInfo("t", 1))
    answers = [bench.call("POST", "/connectors", {"name": "s", "config": sink()})]
    bench.await_state("s", "RUNNING")
    for path in ("/connectors/s", "/connectors/s/config", "/connectors/s/tasks", "/connectors?expand=info&expand=status"):
        answers.append(bench.call("GET", path))
    shown = bench.call("GET", "/connectors/s/config").json()
    assert shown["connection.password"] == "[hidden]"
    assert shown["connection.url"] == "http://ann:[hidden]@127.0.0.1:1"
    answers.append(bench.call("PUT", "/connectors/s/config", {**shown, "batch.size": "10"}))
    answers.append(bench.call("PATCH", "/connectors/s/config", {"connection.password": "[hidden]"}))
    answers.append(bench.call("PUT", "/connector-plugins/ElasticsearchSinkConnector/config/validate", {**sink(), "name": "s"}))
    assert all(a.status_code in (200, 201) for a in answers), [a.text for a in answers]
    assert all(SECRET not in a.text for a in answers)
    stored = bench.worker.herder.store.connectors()["s"].config
    assert (stored["connection.password"], stored["connection.url"]) == (SECRET, f"http://ann:{SECRET}-url@127.0.0.1:1")


def test_traces_and_logs_hold_no_secret(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """A failed task's trace, and what was logged on the way."""
    from millstream.log.base import TopicInfo

    bench.log.create(TopicInfo("t", 1))
    bench.write("t", [(b"k", b'{"a":1}')])
    bench.call("POST", "/connectors", {"name": "s", "config": sink()})
    trace = bench.await_state("s", "FAILED")["trace"]
    assert trace.startswith("TaskError: Gave up after 1 tries: Cannot reach http://ann:[hidden]@127.0.0.1:1")
    assert SECRET not in trace
    assert SECRET not in caplog.text


def test_references_are_resolved_when_the_task_starts_and_shown_as_references(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stored, answered and in the tasks' configurations they are references still."""
    (tmp_path / "lines").write_text("a\n")
    (tmp_path / "secrets.properties").write_text(f"# comment\nfile = {tmp_path}/lines\n")
    (tmp_path / "topic").write_text("from-directory\n")
    monkeypatch.setenv("MILLSTREAM_TEST_SIZE", "7")
    config = {
        "connector.class": "FileStreamSource", "file": f"${{file:{tmp_path}/secrets.properties:file}}",
        "topic": f"${{directory:{tmp_path}:topic}}", "batch.size": "${env:MILLSTREAM_TEST_SIZE}",
    }  # fmt: skip
    assert bench.call("POST", "/connectors", {"name": "f", "config": config}).status_code == 201
    assert len(bench.records("from-directory", 1)) == 1
    assert bench.call("GET", "/connectors/f/config").json() == {**config, "name": "f"}
    assert bench.call("GET", "/connectors/f/tasks").json()[0]["config"] == {**config, "name": "f"}


def test_references_that_cannot_be_read_name_the_key(bench: Bench, tmp_path: Path) -> None:
    """The key, the reference and the reason; a bad value from a reference is not shown."""
    (tmp_path / "p").write_text("size=secret-text\n")
    given = {"connector.class": "FileStreamSource", "name": "x", "topic": "t"}
    given |= {"file": "${file:/no/such/file:k}", "batch.size": f"${{file:{tmp_path}/p:size}}"}
    answer = bench.call("PUT", "/connector-plugins/FileStreamSource/config/validate", given)
    errors = {c["value"]["name"]: c["value"]["errors"] for c in answer.json()["configs"] if c["value"]["errors"]}
    assert errors["file"] == [
        "Could not resolve the reference: ${file:/no/such/file:k}: cannot read /no/such/file: No such file or directory."
    ]
    assert errors["batch.size"] == [
        "Invalid value for configuration 'batch.size': the value resolved from the config provider reference failed validation"
    ]
    assert "secret-text" not in answer.text


def test_a_password_that_refers_to_a_provider_there_is_not_is_refused(bench: Bench) -> None:
    """With the reference, which is no secret, and without an attempt to log in with its text; so is one whose file is not there."""
    given = {"connector.class": "JdbcSource", "name": "x", "mode": "bulk", "topic.prefix": "t", "connection.user": "u"}
    given |= {"connection.url": "jdbc:postgresql://127.0.0.1:1/x"}
    for reference, reason in (
        ("${vault:a:b}", "there is no provider vault. There are file, directory, env."),
        ("${file:/no/such/file:k}", "cannot read /no/such/file: No such file or directory."),
    ):
        answer = bench.call("PUT", "/connector-plugins/JdbcSource/config/validate", given | {"connection.password": reference})
        errors = {c["value"]["name"]: c["value"]["errors"] for c in answer.json()["configs"] if c["value"]["errors"]}
        assert errors["connection.password"] == [f"Could not resolve the reference: {reference}: {reason}"]


def test_unknown_providers_are_left_alone() -> None:
    """${other:...} may mean something to the connector."""
    assert resolve("${vault:a:b}") == "${vault:a:b}"
