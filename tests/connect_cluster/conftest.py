"""The Connect worker of the run, on the broker of the run, and a database over both.

These tests are in one xdist group: each connector that comes or goes makes the one worker rebalance.
"""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from millstream.config import Config
from millstream.connect.client import ConnectClient
from millstream.connect.transport import AsgiTransport
from millstream.engine.functions.registry import default_registry
from millstream.engine.local import LocalRuntime
from millstream.errors import MillstreamError
from millstream.formats.registry.store import SchemaStore
from millstream.log.memory import MemoryLog
from millstream.session import results as r
from millstream.session.database import Database, Failed
from millstream.worker.worker import Worker
from tests.connect_cluster import cluster
from tests.connect_cluster.contract import Talk
from tests.connect_cluster.sides import Side
from tests.kafka import broker


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without Java or Maven: one line, and failure unless KAFKA_TESTS=skip."""
    here = Path(__file__).parent
    mine = [item for item in items if here in item.path.parents and {"cluster_url", "java"} & {*getattr(item, "fixturenames", ())}]
    reason = broker.missing()
    wanted = os.environ.get("KAFKA_TESTS") != "skip"
    if not mine or (reason is None and wanted):
        return
    if wanted:
        pytest.exit((reason or "").replace("a real Kafka broker", "a real Kafka Connect"), returncode=1)
    print("The tests on a real Kafka Connect were left out: " + ("KAFKA_TESTS=skip." if reason is None else reason.split(": ", 1)[1]))
    items[:] = [item for item in items if item not in mine]
    config.hook.pytest_deselected(items=mine)


@pytest.fixture(scope="session")
def java() -> None:
    """Asked for by tests that start programs of their own which need Java and Maven."""


@pytest.fixture(scope="session")
def bootstrap(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The plain listener of the broker that all pytest workers of this run share."""
    base = tmp_path_factory.getbasetemp()
    return broker.shared(base.parent if "PYTEST_XDIST_WORKER" in os.environ else base)[0]


@pytest.fixture(scope="session")
def cluster_url(tmp_path_factory: pytest.TempPathFactory, bootstrap: str) -> str:
    """The REST API of the Connect worker that all pytest workers of this run share."""
    base = tmp_path_factory.getbasetemp()
    return cluster.shared(base.parent if "PYTEST_XDIST_WORKER" in os.environ else base, bootstrap)


class Bench:
    """A database over a log and a Connect, and short ways to talk to it. Names that end in the bench's ``tag`` are its own."""

    def __init__(self, log: Any, client: ConnectClient, config: Config | None = None) -> None:
        self.log, self.client = log, client
        self.tag = uuid.uuid4().hex[:6]
        registry = SchemaStore(log)
        functions = default_registry()
        self.runtime = LocalRuntime(log, functions, registry)
        self.database = Database(log, self.runtime, functions, registry, client, config)

    def run(self, text: str) -> list[r.Result]:
        """``~`` in the text stands for the tag."""
        return self.database.execute(text.replace("~", self.tag), {"auto.offset.reset": "earliest"})

    def one(self, text: str) -> Any:
        """The only result."""
        results = self.run(text)
        assert len(results) == 1, results
        return results[0]

    def error(self, text: str) -> MillstreamError:
        """Why the request is refused."""
        with pytest.raises(Failed) as caught:
            self.run(text)
        return caught.value.error

    def await_values(self, topic: str, count: int) -> list[bytes | None]:
        """The values of partition 0 of a topic, once there are so many."""
        deadline = time.monotonic() + 20
        while True:
            self.runtime.run_until_idle()
            there = self.log.topic(topic) is not None and self.log.end_offsets(topic)[0] >= count
            found = self.log.read(topic, 0, 0).values if there else []
            if len(found) >= count:
                return list(found)
            assert time.monotonic() < deadline, f"{topic} has {len(found)} of {count} records after 20 s."
            threading.Event().wait(0.05)

    def await_lines(self, path: Path, count: int) -> list[str]:
        """The lines of a file, once there are so many."""
        deadline = time.monotonic() + 20
        while True:
            found = path.read_text().splitlines() if path.exists() else []
            if len(found) >= count:
                return found
            assert time.monotonic() < deadline, f"{path} has {found} after 20 s."
            threading.Event().wait(0.05)

    def close(self) -> None:
        """Its connectors go with it."""
        for name in self.client.names():
            if name.endswith(self.tag):
                self.client.delete(name)
        self.client.close()
        self.database.close()
        self.log.close()


@pytest.fixture
def sides(bootstrap: str, cluster_url: str, tmp_path: Path) -> Iterator[list[Side]]:
    """[Kafka's, ours]. Their connectors go with the test."""
    from millstream.log.kafka import KafkaLog

    tag = uuid.uuid4().hex[:6]
    log = KafkaLog({"bootstrap.servers": bootstrap}, tmp_path / "log", f"k{tag}_", lambda: time.time_ns() // 1_000_000)
    memory = MemoryLog()
    worker = Worker(memory, SchemaStore(memory))
    worker.start()
    transport = AsgiTransport(worker.app)
    made = [
        Side("Kafka's", httpx.Client(base_url=cluster_url, timeout=20, trust_env=False), log, tmp_path / "real", tag),
        Side("ours", httpx.Client(base_url="http://ours", transport=transport, timeout=20), memory, tmp_path / "ours", tag),
    ]
    for side in made:
        side.home.mkdir()
    yield made
    for side in made:
        for name in side.http.get("/connectors").json():
            if name.endswith(tag):
                side.http.delete(f"/connectors/{name}")
        side.http.close()
    log.close()
    worker.stop()


@pytest.fixture
def talk(sides: list[Side]) -> Talk:
    return Talk(sides)


@pytest.fixture
def on_cluster(bootstrap: str, cluster_url: str, tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    """Makes databases on the real broker and the real Connect."""
    from millstream.log.kafka import KafkaLog

    made: list[Bench] = []

    def make(config: Config | None = None) -> Bench:
        service = f"c{uuid.uuid4().hex[:8]}_"
        log = KafkaLog({"bootstrap.servers": bootstrap}, tmp_path / service, service, lambda: time.time_ns() // 1_000_000)
        made.append(Bench(log, ConnectClient(cluster_url, timeout_ms=20_000), config))
        return made[-1]

    yield make
    for bench in made:
        bench.close()


@pytest.fixture
def bench(on_cluster: Callable[..., Bench]) -> Bench:
    return on_cluster()
