"""Connect goes wrong in the middle: every statement ends within the time-out, says what is the matter, and leaves nothing half done.

A real server passes on to the built-in worker, or does mischief instead.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from millstream.config import Config
from millstream.connect.client import ConnectClient
from millstream.log.memory import MemoryLog
from millstream.session.database import Failed
from millstream.worker.worker import Worker
from tests.connect.front import Front
from tests.session.conftest import Bench

#: Milliseconds of one call, and seconds that a statement of several calls may take.
CALL_MS, PATIENCE_S = 300, 10.0

CREATE = "CREATE SOURCE CONNECTOR `new` WITH ('connector.class'='FileStreamSource', 'file'='{home}/in.txt', 'topic'='new');"
STATEMENTS = {
    "create": CREATE,
    "create external": "CREATE EXTERNAL SOURCE new WITH (connector.class=FileStreamSource, file={home}/in.txt, topic=new);",
    "list": "SHOW CONNECTORS;",
    "list external": "SHOW EXTERNAL SOURCES;",
    "plugins": "SHOW CONNECTOR PLUGINS;",
    "describe": "DESCRIBE CONNECTOR `old`;",
    "describe plugin": "DESCRIBE CONNECTOR PLUGIN FileStreamSource;",
    "pause": "PAUSE CONNECTOR `old`;",
    "restart": "RESTART CONNECTOR `old`;",
    "restart tasks": "RESTART FAILED TASKS OF CONNECTOR `old`;",
    "alter": "ALTER CONNECTOR `old` SET ('batch.size'='7');",
    "explain": "EXPLAIN ALTER CONNECTOR `old` SET ('batch.size'='7');",
    "offsets": "SHOW CONNECTOR OFFSETS `old`;",
    "reset": "ALTER CONNECTOR `old` RESET OFFSETS;",
    "show create": "SHOW CREATE CONNECTOR `old`;",
    "relation": "CREATE STREAM s FROM CONNECTOR `old`;",
    "drop": "DROP CONNECTOR `old`;",
    "drop external": "DROP EXTERNAL SOURCE old TERMINATE;",
}
MISCHIEF = {
    "hangs": ("hang", "did not answer within 0.3 s"),
    "is cut off": ("cut", "Could not connect to Kafka Connect at"),
    "answers a page": ((200, b"<html><body><h1>It works!</h1></body></html>"), "answers no JSON: the page It works!"),
    "answers half": ((200, b'{"name": "ol'), 'answers no JSON: {"name": "ol'),
    "fails": ((502, b"<h1>502 Bad Gateway</h1>"), "answers HTTP 502: the page 502 Bad Gateway"),
    "rebalances": ((409, b'{"error_code": 409, "message": "Cannot complete: conflicting operation"}'), "conflicting operation"),
    "wants a login": ((401, b""), "wants another user or password"),
    "fails inside": ((500, b'{"error_code": 500, "message": "java.lang.OutOfMemoryError"}'), "java.lang.OutOfMemoryError"),
}  # fmt: skip


class Outage:
    """A database whose Connect stands behind a front, with a running connector ``old``."""

    def __init__(self, home: Path) -> None:
        self.home, self.log = home, MemoryLog()
        self.worker = Worker(self.log, None)
        self.worker.start()
        self.front = Front(self.worker.app, None)
        self.bench = Bench(self.log, config=Config({"connect.start.timeout.ms": 300, "connect.topic.timeout.ms": 300}))
        self.client = ConnectClient(self.front.url.replace("localhost", "127.0.0.1"), timeout_ms=20_000)
        self.bench.connect = self.bench.database.connect = self.client
        self.bench.database.watch = self.bench.database._watch()
        (home / "in.txt").write_text("one\n")
        self.bench.run(CREATE.format(home=home).replace("new", "old"))

    def spoil(self, mischief: Callable[[str, str], Any], call_ms: int = CALL_MS) -> None:
        """From now on; and nobody waits for long."""
        self.client._timeout = call_ms / 1000
        self.front.released.clear()
        self.front.mischief = mischief

    def heal(self) -> None:
        self.front.mischief = lambda method, path: None
        self.front.released.set()
        self.client._timeout = 20.0

    def run(self, statement: str) -> str:
        """What a statement says; "" where nothing is wrong."""
        begun = time.monotonic()
        try:
            results = self.bench.run(statement.format(home=self.home))
        except Failed as failed:
            return f"{failed.error.message} {failed.error.hint}"
        finally:
            assert time.monotonic() - begun < PATIENCE_S
        return " ".join(w for x in results for w in x.warnings)

    def close(self) -> None:
        self.front.close()
        self.bench.close()
        self.worker.stop()


@pytest.fixture
def outage(tmp_path: Path) -> Iterator[Outage]:
    made = Outage(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("what", MISCHIEF)
def test_every_statement_says_what_is_the_matter(outage: Outage, what: str) -> None:
    """With nothing but mischief: one clear sentence, in time; and all is as it was."""
    mischief, message = MISCHIEF[what]
    outage.spoil(lambda method, path: mischief)
    told = {name: outage.run(statement) for name, statement in STATEMENTS.items()}
    assert {name for name, text in told.items() if message not in text} == set()
    outage.heal()
    assert outage.worker.herder.names() == ["old"]
    assert "batch.size" not in outage.worker.herder.config("old")
    assert outage.bench.relations() == set()
    assert outage.run("SHOW CONNECTORS;") == ""


def _after(method: str, part: str, mischief: object) -> Callable[[str, str], object]:
    """Mischief at a certain call and at all that follow."""
    begun: list[bool] = []

    def judge(asked: str, path: str) -> object:
        if asked == method and part in path:
            begun.append(True)
        return mischief if begun else None

    return judge


@pytest.mark.parametrize("what", ["hangs", "is cut off", "fails", "rebalances"])
@pytest.mark.parametrize(
    ("method", "part"), [("PUT", "/validate"), ("POST", "/connectors"), ("GET", "/offsets"), ("PUT", "/resume"), ("GET", "/status")]
)
def test_a_creation_that_goes_wrong_half_way_is_told_and_comes_right(outage: Outage, method: str, part: str, what: str) -> None:
    """Refused before it was made; or it is there, and runs in the end, which is said."""
    outage.spoil(_after(method, part, MISCHIEF[what][0]), 1500)  # the calls before it are good ones
    told = outage.run(CREATE)
    assert told
    outage.heal()
    watch = outage.bench.database.watch
    assert watch is not None
    watch._clock = lambda: time.time_ns() // 1_000_000 + 61_000
    watch.look()
    made = "new" in outage.worker.herder.names()
    assert made == (part in ("/offsets", "/resume", "/status"))
    if made:
        assert outage.worker.herder.status("new")["connector"]["state"] in ("RUNNING", "UNASSIGNED")
        assert "stopped, and will be started once" in told or "do not run yet" in told
    assert outage.run("DROP CONNECTOR IF EXISTS `new`;") in ("", "None")


def test_a_connector_whose_class_is_gone_is_shown_so(outage: Outage) -> None:
    """A plugin that was taken out of the worker: its connectors are there, failed, and can be dropped."""
    from millstream.worker.herder.store import StoredConnector

    outage.worker.stop()
    outage.worker.herder.store.put_connector("lost", StoredConnector({"name": "lost", "connector.class": "no.such.Class", "topics": "t"}))
    outage.worker.start()
    listed = outage.bench.one("SHOW CONNECTORS;")
    assert {c.name: c.state for c in listed.connectors}["lost"] == "FAILED"
    assert any("lost failed: There is no connector class no.such.Class in this worker" in w for w in listed.warnings)
    notes = outage.bench.one("DESCRIBE CONNECTOR `lost`;").notes
    assert any("There is no connector class no.such.Class" in note for note in notes)
    assert "no.such.Class" in outage.bench.one("SHOW CREATE CONNECTOR `lost`;").content
    assert "no.such.Class" in outage.run("ALTER CONNECTOR `lost` SET ('topics'='u');")
    assert outage.run("DROP CONNECTOR `lost`;") == ""
