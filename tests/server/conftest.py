"""A server without sockets: the application over a log in memory, called in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from millstream.config import Config
from millstream.connect.client import ConnectClient
from millstream.connect.transport import AsgiTransport
from millstream.engine.functions.registry import default_registry
from millstream.engine.local import LocalRuntime
from millstream.formats.registry.store import SchemaStore
from millstream.log.memory import MemoryLog
from millstream.runtime import Runtime
from millstream.server.access import Access
from millstream.server.app import App
from millstream.session.database import Database
from millstream.worker.worker import Worker

#: Header by which a test says that its request came over HTTP/2: the in-process transport has no versions.
HTTP2 = "x-test-http2"


class Rig:
    """Log, database, application and a client of it."""

    def __init__(
        self, *, registry: bool = False, worker: bool = False, config: Config | None = None, runtime: Runtime | None = None
    ) -> None:
        self.log = MemoryLog()
        self.registry = SchemaStore(self.log) if registry else None
        functions = default_registry()
        self.runtime = runtime or LocalRuntime(self.log, functions, self.registry)
        self.worker = Worker(self.log, self.registry) if worker else None
        connect = None
        if self.worker is not None:
            self.worker.start()
            connect = ConnectClient("http://connect", transport=AsgiTransport(self.worker.app), timeout_ms=20_000)
        self.database = Database(self.log, self.runtime, functions, self.registry, connect, config)
        self.app = App(self.database, Access.of(self.database.config), threads=4)
        self._transport = AsgiTransport(_versioned(self.app))
        self.client = httpx.Client(transport=self._transport, base_url="http://localhost:8088", timeout=30)

    def ksql(self, text: str, **more: Any) -> httpx.Response:
        """POST /ksql."""
        return self.client.post("/ksql", json={"ksql": text, **more})

    def close(self) -> None:
        self._transport.close()
        self.app.close()
        if self.database.connect is not None:
            self.database.connect.close()
        self.database.close()
        if self.worker is not None:
            self.worker.stop()


def _versioned(app: App) -> Callable[[Scope, Receive, Send], Any]:
    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        if any(name == HTTP2.encode() for name, _ in scope.get("headers", ())):
            scope = {**scope, "http_version": "2"}
        await app(scope, receive, send)

    return call


@pytest.fixture
def make_rig() -> Iterator[Callable[..., Rig]]:
    """Makes rigs, and closes them."""
    made: list[Rig] = []

    def make(**options: Any) -> Rig:
        made.append(Rig(**options))
        return made[-1]

    yield make
    for rig in made:
        rig.close()


@pytest.fixture
def rig(make_rig: Callable[..., Rig]) -> Rig:
    return make_rig()
