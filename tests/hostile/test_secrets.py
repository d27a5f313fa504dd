"""A session full of passwords, in both spellings, working and failing: none is anywhere afterwards, but in the worker's own store."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from demo.postgres import PASSWORD
from demo.postgres import Server as Postgres

from tests.hostile.conftest import Session

SECRET = "s3cr3t-Zebra"
SECRETS = (SECRET, PASSWORD)
STATEMENTS = [
    # The right password, in both spellings.
    "CREATE EXTERNAL SOURCE good-one WITH (connector.class=JdbcSourceConnector, connection.url={jdbc}, connection.user=postgres, "
    "connection.password={right}, mode=bulk, topic.prefix=r-);",
    "CREATE SOURCE CONNECTOR good_two WITH ('connector.class'='JdbcSourceConnector', 'connection.url'='{jdbc}', "
    "'connection.user'='postgres', 'connection.password'='{right}', 'mode'='bulk', 'topic.prefix'='q-');",
    # A wrong one.
    "CREATE EXTERNAL SOURCE wrong-one WITH (connector.class=JdbcSourceConnector, connection.url={jdbc}, connection.user=postgres, "
    "connection.password={secret}, mode=bulk, topic.prefix=x-);",
    "CREATE SOURCE CONNECTOR wrong_two WITH ('connector.class'='JdbcSourceConnector', 'connection.url'='{jdbc}', "
    "'connection.user'='postgres', 'connection.password'='{secret}', 'mode'='bulk', 'topic.prefix'='y-');",
    # Passwords inside URLs.
    "CREATE EXTERNAL SOURCE url-one WITH (connector.class=JdbcSourceConnector, connection.url=\"{jdbc}?user=postgres&password={secret}\", "
    "mode=bulk, topic.prefix=z-);",
    "CREATE SOURCE CONNECTOR url_two WITH ('connector.class'='JdbcSourceConnector', "
    "'connection.url'='jdbc:postgresql://postgres:{secret}@127.0.0.1:1/app', 'mode'='bulk', 'topic.prefix'='w-');",
    "CREATE SINK CONNECTOR search WITH ('connector.class'='ElasticsearchSinkConnector', 'topics'='none', "
    "'connection.url'='http://user:{secret}@127.0.0.1:1', 'connection.username'='u', 'connection.password'='{secret}');",
    # Refused: faults in the configuration, an unknown class, an unknown key that holds the secret, broken syntax.
    "CREATE EXTERNAL SOURCE bad-mode WITH (connector.class=JdbcSourceConnector, connection.url={jdbc}, "
    "connection.password={secret}, mode=x);",
    "CREATE SOURCE CONNECTOR bad_class WITH ('connector.class'='JdbcSourceConnectorr', 'connection.password'='{secret}');",
    "CREATE SOURCE CONNECTOR bad_key WITH ('connector.class'='JdbcSourceConnector', 'conection.password'='{secret}', 'mode'='bulk');",
    "CREATE SOURCE CONNECTOR bad_syntax WITH ('connection.password'='{secret}', 'connector.class'='JdbcSourceConnector';",
    "CREATE EXTERNAL SOURCE bad-syntax WITH (connection.password={secret}, connector.class=;",
    "CREATE EXTERNAL SINK no-relation FROM nowhere WITH (connector.class=JdbcSinkConnector, connection.password={secret});",
    "CREATE SOURCE CONNECTOR wrong_two WITH ('connector.class'='JdbcSourceConnector', 'connection.password'='{secret}');",
    "CREATE STREAM s WITH (kafka_topic='none', value_format='JSON', connection.password='{secret}');",
]  # fmt: skip
SHOWS = [
    "SHOW CONNECTORS;", "SHOW EXTERNAL SOURCES;", "SHOW EXTERNAL SINKS;", "DESCRIBE good-one;", "DESCRIBE CONNECTOR good_two;",
    "DESCRIBE url-one;", "DESCRIBE CONNECTOR url_two;", "DESCRIBE CONNECTOR search;", "SHOW PROPERTIES;", "SHOW QUERIES;",
]  # fmt: skip


def filled(statement: str, url: str) -> str:
    return statement.replace("{jdbc}", url).replace("{secret}", SECRET).replace("{right}", PASSWORD)


def told(text: str) -> bool:
    return any(secret in text for secret in SECRETS)


@pytest.fixture(scope="module")
def spoken(session: Session, postgres: Postgres) -> Session:
    """The session after all of the statements."""
    for statement in STATEMENTS:
        session.run_or_fail(filled(statement, postgres.jdbc_url))
    for statement in SHOWS:
        session.run_or_fail(statement)
    return session


def test_no_output_shows_a_secret(spoken: Session) -> None:
    """Answers, errors, warnings and lists of the console."""
    assert [text for text in spoken.shown if told(text)] == []
    assert any("password authentication failed" in text for text in spoken.shown)


def test_no_rest_answer_holds_a_secret(spoken: Session) -> None:
    """Of the server, raw, and of the worker's Connect API."""
    for statement in (*STATEMENTS, *SHOWS):
        text = filled(statement, "jdbc:postgresql://127.0.0.1:1/x")
        for path, key in (("/ksql", "ksql"), ("/query-stream", "sql"), ("/query", "ksql")):
            answer = httpx.post(spoken.url + path, json={key: text}, timeout=60)
            assert not told(answer.text), f"{path}: {answer.text}"
    (described,) = spoken.console.client.statements("DESCRIBE CONNECTOR good_two;", {}, {})
    worker = "http://" + described["status"]["connector"]["worker_id"]
    names = httpx.get(worker + "/connectors", timeout=30).json()
    assert {"good-one", "GOOD_TWO"} <= set(names)
    paths = [f"/connectors/{n}{p}" for n in names for p in ("", "/config", "/status", "/tasks", "/tasks/0/status", "/offsets", "/topics")]
    for path in ["/connectors?expand=info&expand=status", *paths]:
        answer = httpx.get(worker + path, timeout=30)
        assert not told(answer.text), path


def test_only_the_owner_can_read_what_holds_a_secret(spoken: Session) -> None:
    """No log file has it; what has it (the worker's store, a topic of it) is inside a directory that is its owner's alone."""
    holding = [path for path in spoken.data.rglob("*") if path.is_file() and told(path.read_bytes().decode(errors="replace"))]
    assert holding
    assert [path for path in holding if path.suffix in (".log", ".json", ".txt")] == []
    for path in holding:
        assert path.stat().st_mode & 0o077 == 0, f"others can read {path}"
    assert spoken.data.stat().st_mode & 0o077 == 0


def test_a_script_of_the_command_shows_none_either(postgres: Postgres, tmp_path: Path) -> None:
    """The whole command with statements from standard input, tabular and JSON."""
    text = "".join(filled(s, postgres.jdbc_url) for s in STATEMENTS if "{right}" in s or "bad-mode" in s)
    for output in ("tabular", "json"):
        command = [sys.executable, "-m", "millstream", "--data-dir", str(tmp_path / output), "--output", output]
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 1
        assert not told(done.stdout + done.stderr)
        assert "Traceback" not in done.stdout + done.stderr
