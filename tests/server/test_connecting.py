"""A whole instance and its way to Connect: a cluster behind TLS and a login, a built-in worker that is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from millstream.config import Config
from millstream.errors import ConfigError
from millstream.log.memory import MemoryLog
from millstream.server.connecting import connect
from millstream.server.start import start_embedded
from millstream.session.database import Failed
from millstream.worker.worker import Worker
from tests.connect.front import Front, certificate
from tests.server.driven import driven

SOURCE = "CREATE SOURCE CONNECTOR `c` WITH ('connector.class'='FileStreamSource', 'file'='{}/in.txt', 'topic'='lines');"


@pytest.mark.parametrize("login", ["settings", "file"])
def test_a_cluster_behind_tls_and_a_login(tmp_path: Path, login: str) -> None:
    """By Millstream's settings, or with ksqlDB's file of the login. A wrong password is told, and never shown."""
    pair, worker = certificate(tmp_path, "server"), Worker(MemoryLog(), None)
    front = Front(worker.app, pair, user=("anna", "geheim"))
    credentials = tmp_path / "login.properties"
    credentials.write_text("username=anna\npassword = geheim\n")
    by = {
        "settings": {"connect.user": "anna", "connect.password": "geheim"},
        "file": {
            "ksql.connect.basic.auth.credentials.source": "FILE",
            "ksql.connect.basic.auth.credentials.file": str(credentials),
        },
    }[login]
    tls = {"ksql.connect.url": front.url, "connect.ssl.ca.file": str(pair[0])}
    try:
        with start_embedded(tmp_path / "data", config=Config({**tls, **by}), make_runtime=driven) as server:
            assert server.database.execute("SHOW CONNECTORS;")[0].connectors == ()  # type: ignore[attr-defined]
        wrong = Config({**tls, "connect.user": "anna", "connect.password": "falsch"})
        with start_embedded(tmp_path / "data", config=wrong, make_runtime=driven) as server:
            with pytest.raises(Failed) as caught:
                server.database.execute("SHOW CONNECTORS;")
            assert "wants another user or password" in caught.value.error.message
            assert "falsch" not in str(caught.value.error)
    finally:
        front.close()
        worker.stop()


@pytest.mark.parametrize(("text", "message"), [(None, "cannot be read"), ("username=anna\n", "lacks username or password")])
def test_a_file_of_the_login_that_does_not_serve_is_told(tmp_path: Path, text: str | None, message: str) -> None:
    path = tmp_path / "login.properties"
    if text is not None:
        path.write_text(text)
    given = {"ksql.connect.basic.auth.credentials.source": "FILE", "ksql.connect.basic.auth.credentials.file": str(path)}
    with pytest.raises(ConfigError, match=message):
        start_embedded(tmp_path / "data", config=Config({"connect.url": "http://localhost:1", **given}), make_runtime=driven)


def test_a_built_in_worker_that_was_killed_comes_back_with_its_connectors(tmp_path: Path) -> None:
    """Nobody needs to ask: the look for connectors to restart brings it back."""
    (tmp_path / "in.txt").write_text("one\n")
    with start_embedded(tmp_path / "data", make_runtime=driven) as server:
        database: Any = server.database
        database.execute(SOURCE.format(tmp_path))
        process = database.connect._ready.__self__._process
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        database.watch.look()
        assert [c.name for c in database.execute("SHOW CONNECTORS;")[0].connectors] == ["c"]


def test_a_server_loads_what_calls_to_connect_need_while_it_starts(tmp_path: Path) -> None:
    """Not when it first looks after connectors, with queries at work: nobody waits for it yet. A console may never need it. A certificate
    that cannot be used is told to whoever asks for Connect."""
    code = """
import sys
from contextlib import ExitStack
from pathlib import Path
from millstream.config import Config
from millstream.log.memory import MemoryLog
from millstream.server.connecting import connect
def loaded(listen, **more):
    with ExitStack() as stack:
        connect(MemoryLog(), Path(), listen, Config({"connect.url": "https://127.0.0.1:1", **more}), stack)
    return "httpcore" in sys.modules
print(loaded(None), loaded("127.0.0.1:0"), loaded("127.0.0.1:0", **{"connect.ssl.ca.file": "/nowhere"}))
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said == "False True True\n"


@pytest.mark.parametrize(
    ("given", "waits"),
    [
        ({}, "30 s"),
        ({"connect.request.timeout.ms": "3000"}, "3 s"),
        ({"connect.url": "http://127.0.0.1:1"}, "5 s"),
    ],
)
def test_the_built_in_worker_may_be_late(tmp_path: Path, given: dict[str, str], waits: str) -> None:
    """It is on this machine, so the machine is busy: a statement waits. A cluster, or who says so, is waited for as long as is set."""
    with ExitStack() as stack:
        client, _ = connect(MemoryLog(), tmp_path, None, Config(given), stack)
        assert f"did not answer within {waits}." in client._late("GET").message
