"""A database over a log in memory, with the local runtime, and ways to say what a request did."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

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

STREAM = "CREATE STREAM s (k STRING KEY, v INT) WITH (kafka_topic='s', value_format='JSON', partitions=1);"
COUNTS = "CREATE TABLE counts AS SELECT k, COUNT(*) AS n FROM s GROUP BY k EMIT CHANGES;"


class Bench:
    """A database, its parts, and short ways to talk to it."""

    def __init__(self, log: MemoryLog | None = None, *, registry: bool = False, worker: bool = False, config: Config | None = None) -> None:
        self.log = log or MemoryLog()
        self.registry = SchemaStore(self.log) if registry else None
        functions = default_registry()
        self.runtime = LocalRuntime(self.log, functions, self.registry)
        self.worker = Worker(self.log, self.registry) if worker else None
        self.connect = None
        if self.worker is not None:
            self.worker.start()
            self.connect = ConnectClient("http://connect", transport=AsgiTransport(self.worker.app), timeout_ms=20_000)
        self.database = Database(self.log, self.runtime, functions, self.registry, self.connect, config)

    def run(self, text: str, **more: Any) -> list[r.Result]:
        return self.database.execute(text, **more)

    def one(self, text: str, **more: Any) -> Any:
        """The only result."""
        results = self.run(text, **more)
        assert len(results) == 1, results
        return results[0]

    def error(self, text: str, **more: Any) -> MillstreamError:
        """Why the request is refused."""
        with pytest.raises(Failed) as caught:
            self.run(text, **more)
        return caught.value.error

    def relations(self) -> set[str]:
        return set(self.database.catalog.relations) - {"KSQL_PROCESSING_LOG"}

    def records(self, topic: str) -> list[tuple[bytes | None, bytes | None]]:
        """Keys and values of a topic, partition by partition."""
        found: list[tuple[bytes | None, bytes | None]] = []
        for partition in range(len(self.log.end_offsets(topic))):
            batch = self.log.read(topic, partition, 0)
            found += zip(batch.keys, batch.values, strict=True)
        return found

    def close(self) -> None:
        if self.connect is not None:
            self.connect.close()
        self.database.close()
        if self.worker is not None:
            self.worker.stop()


@pytest.fixture
def make_bench() -> Iterator[Callable[..., Bench]]:
    made: list[Bench] = []

    def make(*arguments: Any, **options: Any) -> Bench:
        made.append(Bench(*arguments, **options))
        return made[-1]

    yield make
    for bench in made:
        bench.close()


@pytest.fixture
def bench(make_bench: Callable[..., Bench]) -> Bench:
    return make_bench()
