"""A worker on a log in memory, its REST API without a socket, and ways to wait for what a worker does in threads."""

from __future__ import annotations

import select
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from demo.postgres import Server, running

from millstream.errors import RegistryError
from millstream.formats.base import RegisteredSchema
from millstream.log.base import Batch
from millstream.log.memory import MemoryLog
from millstream.worker.clock import Clock
from millstream.worker.worker import Worker


class ListedRegistry:
    """A registry in this process."""

    def __init__(self) -> None:
        self.schemas: list[RegisteredSchema] = []

    def register(self, subject: str, kind: str, text: str) -> int:
        for schema in self.schemas:
            if (schema.subject, schema.kind, schema.text) == (subject, kind, text):
                return schema.id
        version = 1 + sum(s.subject == subject for s in self.schemas)
        self.schemas.append(RegisteredSchema(len(self.schemas) + 1, kind, text, subject, version))
        return len(self.schemas)

    def by_id(self, schema_id: int) -> RegisteredSchema:
        if not 0 < schema_id <= len(self.schemas):
            raise RegistryError(f"There is no schema {schema_id}.", code=40403)
        return self.schemas[schema_id - 1]

    def latest(self, subject: str) -> RegisteredSchema | None:
        return next((s for s in reversed(self.schemas) if s.subject == subject), None)

    def delete_subject(self, subject: str) -> None:
        self.schemas = [s for s in self.schemas if s.subject != subject]


class Bench:
    """A worker with its log, and a client of its REST API."""

    def __init__(self, log: MemoryLog, registry: ListedRegistry | None, clock: Clock | None = None) -> None:
        self.log, self.registry = log, registry
        self.worker = Worker(log, registry, clock=clock)
        self.worker.start()

    def call(self, method: str, path: str, body: Any = None, **named: Any) -> httpx.Response:
        """One exchange with the REST API."""
        import anyio

        async def exchange() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.worker.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8083") as client:
                if body is not None:
                    named["json"] = body
                return await client.request(method, path, **named)

        return anyio.run(exchange)

    def create(self, name: str, **config: Any) -> dict[str, Any]:
        """Create a connector; keys with dots are written with underscores doubled away: ``connector__class``."""
        answer = self.call("POST", "/connectors", {"name": name, "config": {k.replace("__", "."): v for k, v in config.items()}})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def status(self, name: str) -> dict[str, Any]:
        return dict(self.call("GET", f"/connectors/{name}/status").json())

    def await_state(self, name: str, state: str, task: int = 0) -> dict[str, Any]:
        """The task's status once it has the state."""

        def arrived() -> dict[str, Any] | None:
            tasks = self.status(name).get("tasks", [])
            return tasks[task] if len(tasks) > task and tasks[task]["state"] == state else None

        return until(self.log, arrived, lambda: f"{name} is {self.status(name)}")

    def records(self, topic: str, count: int, partition: int = 0) -> Batch:
        """The first ``count`` records of a topic, once they are there."""

        def arrived() -> Batch | None:
            if self.log.topic(topic) is None:
                return None
            batch = self.log.read(topic, partition, 0, 1 << 24)
            return batch if len(batch) >= count else None

        return until(self.log, arrived, lambda: f"{topic}: {self.log.topics().keys()} {self.worker.herder.names()}")

    def write(self, topic: str, records: list[tuple[bytes | None, bytes | None]], timestamp: int = 1000) -> None:
        with self.log.begin("test") as transaction:
            keys, values = [k for k, _ in records], [v for _, v in records]
            transaction.append(topic, 0, Batch(keys, values, [timestamp] * len(records)))
            transaction.commit()


def until(log: MemoryLog, condition: Callable[[], Any], explain: Callable[[], str] = lambda: "", timeout_s: float = 20) -> Any:
    """What the condition gives once it gives something. A worker commits whatever it does: each commit is a reason to look again."""
    bell = log.fileno()
    end = time.monotonic() + timeout_s
    while True:
        log.drain()
        found = condition()
        if found:
            return found
        left = end - time.monotonic()
        if left <= 0:
            raise AssertionError(f"It did not happen within {timeout_s} s. {explain()}")
        select.select([bell], [], [], left)


@pytest.fixture
def bench() -> Iterator[Bench]:
    """A worker with a registry."""
    made = Bench(MemoryLog(), ListedRegistry())
    yield made
    made.worker.stop()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL of this session."""
    with running() as server:
        yield server
