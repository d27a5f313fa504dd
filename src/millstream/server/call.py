"""What a request has of its server: the database, the settings, how the server stands, and threads that carry out session code.

What may not live here: routes (``app`` has them) and what any of them does. Handlers know this module, and ``app`` knows handlers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from millstream.config import Config
from millstream.dataclass import dataclass
from millstream.server.access import Access
from millstream.server.answers import error_answer
from millstream.server.metrics import PATH
from millstream.server.metrics.tally import Tally
from millstream.server.standing import ANSWERED, Standing, unready
from millstream.session.database import Database

T = TypeVar("T")


class Host:
    """The server as its requests see it. ``threads`` carry out session code. ``state`` is INITIALIZING, READY, STANDBY or TERMINATING.

    ``address`` is where others of its service reach this server, where there may be several; see ``standby``.
    """

    def __init__(self, database: Database | None, access: Access | None = None, threads: int = 32, config: Config | None = None) -> None:
        self.database = database
        self.config = config or (database.config if database is not None else Config())
        self.state = "READY" if database is not None else "INITIALIZING"
        self.standing = Standing()
        self.address: str | None = None
        self.access = access or Access(None, frozenset(), "")
        self.tally = Tally()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="statement")

    async def run(self, work: Callable[[], T]) -> T:
        """Session code, off the event loop."""
        self.tally.busy += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self.tally.busy -= 1

    def later(self, work: Callable[[], object]) -> None:
        """The same where nobody waits for it."""
        try:
            self._pool.submit(work)
        except RuntimeError:
            work()  # the pool is shut down: the server ends

    def refusal(self, connection: HTTPConnection) -> Response | None:
        """The answer to one who may not call, or calls too early or too late."""
        refused = self.access.refuse(connection)
        path = connection.url.path
        always = path.startswith("/chc/") or path == PATH
        if refused is not None or self.state == "READY" or always or (self.state == "STANDBY" and path in ANSWERED):
            return refused
        return self.unready()

    def unready(self) -> Response:
        """The answer of a server that does not carry out requests now."""
        return error_answer(unready(self.state, self.standing))

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


@dataclass(frozen=True, slots=True)
class Call:
    """One request on its way through a handler. ``media_type`` is "" where the client gave no Accept header."""

    app: Host
    request: Request
    parameters: dict[str, str]
    media_type: str

    @property
    def database(self) -> Database:
        database = self.app.database
        if database is None:  # it was there when the request came
            raise unready(self.app.state, self.app.standing)
        return database

    @property
    def is_http2(self) -> bool:
        return str(self.request.scope.get("http_version", "")).startswith("2")

    async def run(self, work: Callable[[], T]) -> T:
        return await self.app.run(work)
