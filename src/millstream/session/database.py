"""The door. ``Database`` holds the catalog and everything a statement needs; ``execute`` carries out a request, ``query`` opens a query.

A request's statements are all checked in a sandbox before the first is executed. Definitions take the lock; what only looks, inserts
rows or talks to Connect does not, so that a slow connector never keeps others waiting.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from millstream.catalog import Catalog
from millstream.config import Config
from millstream.errors import RequestError
from millstream.formats.base import Registry
from millstream.functions import FunctionRegistry
from millstream.log.base import Log
from millstream.runtime import Runtime
from millstream.session import dispatch, startup
from millstream.session import results as r
from millstream.session.dispatch import Failed
from millstream.session.journal import Journal
from millstream.session.positions import Positions
from millstream.session.queries import open_query
from millstream.session.request import Request
from millstream.session.transient import Transients
from millstream.session.worlds import Live, Sandbox, World

__all__ = ["Database", "Failed"]

if TYPE_CHECKING:
    from millstream.connect.client import ConnectClient
    from millstream.connect.watch import Watch


class Database:
    """Everything behind the door. Thread-safe. ``clock`` gives milliseconds since 1970."""

    def __init__(
        self,
        log: Log,
        runtime: Runtime,
        functions: FunctionRegistry,
        registry: Registry | None = None,
        connect: ConnectClient | None = None,
        config: Config | None = None,
        clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self.log = log
        self.runtime = runtime
        self.registry = registry
        self.connect = connect
        self.config = config or Config()
        self.clock = clock
        self.catalog = Catalog(functions)
        self.journal = Journal(log)
        self.transients = Transients()
        self.positions = Positions()
        #: Results of definitions by command id, for /status.
        self.statuses: dict[str, r.CommandStatus] = {}
        self.watch = self._watch()
        #: Whether all definitions come from a file (headless): requests may look, and change nothing.
        self.fixed = False
        self._lock = threading.RLock()
        self._advanced = threading.Condition()
        startup.replay(self)
        startup.processing_log(self)

    def _watch(self) -> Watch | None:
        """What looks after connectors. Whoever serves the database starts it."""
        if self.connect is None:
            return None
        from millstream.connect.watch import Watch

        return Watch(self.connect, self.log, self.clock)

    def execute(
        self,
        text: str,
        properties: Mapping[str, Any] | None = None,
        variables: Mapping[str, Any] | None = None,
        after: int | None = None,
    ) -> list[r.Result]:
        """Carry out statements that are no queries; a result for each that has one. Raises Failed.

        ``after``: wait until this command number has been carried out. Raises RequestError 50301 when that takes too long.
        """
        self._wait_for(after)
        request = Request.make(self.config, properties, variables)
        live = Live(self, self.catalog, request)
        pieces, results = dispatch.prepare(text), list[r.Result]()
        if self.fixed:
            dispatch.refuse_changes(pieces)
        while pieces:
            dispatch.await_topics(pieces, live)
            with self._lock if any(p.defines for p in pieces) else nullcontext():
                ready = dispatch.check(pieces, Sandbox(self, self.catalog, request))
                self._carry_out(pieces[:ready], live, results)
            pieces = pieces[ready:]
        return results

    def query(
        self, text: str, properties: Mapping[str, Any] | None = None, variables: Mapping[str, Any] | None = None
    ) -> r.QueryAnswer | r.Printed:
        """Open a push query, a pull query or PRINT. Raises Failed or ConfigError before anything is streamed."""
        return open_query(self, text, Request.make(self.config, properties, variables))

    def terminate(self, patterns: Sequence[str]) -> None:
        """End everything: push queries, queries, definitions, and the topics of dropped relations whose name fits a pattern."""
        from millstream.session.termination import terminate_all

        if self.fixed:
            raise dispatch.file_only("TERMINATE CLUSTER")
        with self._lock:
            terminate_all(self, patterns)

    def definitions(self) -> AbstractContextManager[bool]:
        """The lock under which definitions change."""
        return self._lock

    def live(self) -> World:
        """The live world without a request's properties."""
        return Live(self, self.catalog, Request())

    def close(self) -> None:
        """End push queries, then the runtime after a last commit. The log is its owner's to close."""
        self.transients.close()
        self.runtime.close()

    def _carry_out(self, pieces: list[dispatch.Piece], live: Live, results: list[r.Result]) -> None:
        for piece in pieces:
            result = dispatch.carry_out(piece, live, results)
            if isinstance(result, r.CommandStatus):
                self.statuses["/".join(result.command)] = result
                with self._advanced:
                    self._advanced.notify_all()
            if result is not None:
                results.append(result)

    def _wait_for(self, number: int | None) -> None:
        if number is None or number < 0:
            return
        timeout = self.config.number("ksql.server.command.response.timeout.ms") / 1000
        with self._advanced:
            if not self._advanced.wait_for(lambda: self.catalog.sequence > number, timeout):
                message = f"Timed out while waiting for a previous command to execute. command sequence number: {number}"
                raise RequestError(message, code=50301)
