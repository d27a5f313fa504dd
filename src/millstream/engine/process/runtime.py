"""ProcessRuntime: the runtime of the server. Queries run in an engine process that it spawns with the first of them.

When the process dies, its queries are started again in a new one, from their last commit; push queries end with an error. One that dies
again and again (``TRIES`` times within ``WINDOW_S``) is left alone, and its queries are shown in state ERROR with the reason, until one of
them is stopped or another started.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from millstream.config import Config, processing_log_topic
from millstream.engine.process import streams
from millstream.engine.process.connection import Connection, EngineGone, Receiver
from millstream.engine.process.telling import QUICK_S, Told
from millstream.errors import ExecutionError, MillstreamError
from millstream.formats.base import Registry
from millstream.functions import FunctionRegistry
from millstream.log.base import Log
from millstream.runtime import PushHandle, QueryStatus, Row

if TYPE_CHECKING:
    from millstream.plan.nodes import PullPlan, QueryPlan

TRIES, WINDOW_S = 5, 30.0
#: How long the engine process may take to tell of its queries, in seconds: it waits for Kafka's brokers longer than people do.
STATUS_S = 3.0
_SILENT = f"The engine has not answered for {STATUS_S:.0f} s: it waits for Kafka, or for a long statement to end."
_UNKNOWN = QueryStatus("UNRESPONSIVE")


class ProcessRuntime:
    """Implements ``runtime.Runtime``."""

    def __init__(self, log: Log, functions: FunctionRegistry, registry: Registry, config: Config) -> None:
        del functions, registry  # The process makes its own: they hold connections and code.
        directory = getattr(log, "directory", None)
        if directory is None:
            raise ExecutionError("An engine process needs a log on disk.", hint="Use the embedded log, or run queries in this process.")
        self._opening = {
            "directory": str(directory),
            "failures_topic": processing_log_topic(config),
            "settings": config.given(),
        }
        self._lock = threading.RLock()
        self._connection: Connection | None = None
        self._plans: dict[str, QueryPlan] = {}
        self._paused: set[str] = set()
        #: Queries that could not be started again, and why.
        self._broken: dict[str, str] = {}
        self._deaths: list[float] = []
        self._restarts = 0  # processes that took the place of one that died
        self._failure: str | None = None
        self._told = Told()
        self._closing = False

    @property
    def pid(self) -> int | None:
        """The engine process that runs now."""
        connection = self._connection
        return connection.process.pid if connection is not None and connection.alive else None

    def prepare(self) -> None:
        """Have a process started meanwhile: queries will need it soon. If it does not start, they are told."""
        threading.Thread(target=self._prepare, name="millstream-engine-start", daemon=True).start()

    def _prepare(self) -> None:
        try:
            self._running()
        except MillstreamError:
            pass  # It is kept for whoever asks for something.

    def supports(self, _plan: QueryPlan) -> str | None:
        """This engine runs every plan."""
        return None

    def source(self, plan: QueryPlan) -> str:
        """The Python functions that a plan becomes."""
        return str(self._call("source", (plan,)))

    def start(self, plan: QueryPlan, *, again: bool = False) -> None:
        self._forgive()
        connection = self._running()
        self._told.forget()
        self._plans[plan.query_id] = plan
        try:
            connection.call("start", (plan, again))
        except EngineGone:
            self._running()  # Starting anew starts this query too.
            if plan.query_id in self._broken:
                del self._plans[plan.query_id]
                raise ExecutionError(self._broken.pop(plan.query_id)) from None
        except BaseException:
            self._plans.pop(plan.query_id, None)
            raise

    def stop(self, query_id: str, *, drop: bool) -> None:
        self._forgive()
        if query_id in self._broken:
            self._call("forget", (query_id, drop))
        else:
            self._call("stop", (query_id, drop))
        self._plans.pop(query_id, None)
        self._broken.pop(query_id, None)
        self._paused.discard(query_id)
        self._told.forget()

    def pause(self, query_id: str) -> None:
        self._call("pause", (query_id,))
        self._paused.add(query_id)
        self._told.forget()

    def resume(self, query_id: str) -> None:
        self._call("resume", (query_id,))
        self._paused.discard(query_id)
        self._told.forget()

    def status(self) -> dict[str, QueryStatus]:
        if self._failure is not None:
            return {query_id: QueryStatus("ERROR", self._failure) for query_id in self._plans}
        if self._connection is None and not self._plans:
            return {}
        found = self._statuses()
        restarts = {"engine-restarts": float(self._restarts)}
        found = {query_id: replace(status, metrics={**status.metrics, **restarts}) for query_id, status in found.items()}
        return {**found, **{query_id: QueryStatus("ERROR", reason) for query_id, reason in self._broken.items()}}

    def _statuses(self) -> dict[str, QueryStatus]:
        """What the engine says of its queries; what it said last, where it is busy, or waits for Kafka's brokers and does not answer."""
        told = self._told
        wanted = self._plans.keys() - self._broken.keys()
        if self._hears(QUICK_S) or told.recent(wanted) or self._hears(STATUS_S):
            return {query_id: status for query_id, status in told.statuses.items() if query_id in wanted}
        return {query_id: replace(told.statuses.get(query_id, _UNKNOWN), state="UNRESPONSIVE", error=_SILENT) for query_id in self._plans}

    def _hears(self, patience_s: float) -> bool:
        def ask(receiver: Receiver) -> None:
            self._running().stream("status", (), receiver, once=True)

        try:
            return self._told.hear(ask, patience_s)
        except EngineGone:
            return self._told.hear(ask, patience_s)

    def pull(self, plan: PullPlan, after: dict[tuple[str, int], int] | None = None) -> Iterator[list[Row]]:
        try:
            return streams.pull(self._running(), plan, after)
        except EngineGone:
            return streams.pull(self._running(), plan, after)

    def push(self, plan: QueryPlan, on_rows: Callable[[list[Row]], bool], on_end: Callable[[str | None], None]) -> PushHandle:
        return streams.Push(self._running(), plan, on_rows, on_end)

    def close(self) -> None:
        with self._lock:
            self._closing = True
            connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def kill(self) -> None:
        """Stop everything at once, without a last commit: somebody else runs the queries now."""
        with self._lock:
            self._closing = True
            connection, self._connection = self._connection, None
        if connection is not None:
            connection.process.kill()
            connection.close()

    def _call(self, command: str, arguments: Any) -> Any:
        """Have a command carried out, by the next process if this one ends meanwhile."""
        try:
            return self._running().call(command, arguments)
        except EngineGone:
            return self._running().call(command, arguments)

    def _running(self) -> Connection:
        with self._lock:
            if self._closing:
                raise ExecutionError("The engine is closed.")
            while self._failure is None:
                if self._connection is not None and self._connection.alive:
                    return self._connection
                try:
                    self._begin()
                except MillstreamError as error:
                    self._failure = error.message
            raise ExecutionError(self._failure)

    def _begin(self) -> None:
        """A new process, with all queries. It may be gone again when this returns."""
        if self._connection is not None:
            self._died()
            if self._failure is not None:
                return
        connection = self._connection = Connection(self._opening, self._gone)
        try:
            connection.stream("tell", None, self._told.learn)
        except EngineGone:
            return
        self._broken.clear()
        for query_id, plan in list(self._plans.items()):
            try:
                connection.call("start", (plan, True))
                if query_id in self._paused:
                    connection.call("pause", (query_id,))
            except EngineGone:
                return
            except MillstreamError as error:
                self._broken[query_id] = f"The query could not be started again: {error.message}"

    def _gone(self, connection: Connection) -> None:
        """A process ended. Its queries go on at once, not when somebody asks."""
        with self._lock:
            if self._closing or self._connection is not connection:
                return
            try:
                if self._plans:
                    self._running()
                else:
                    self._died()
            except MillstreamError:
                pass  # It is in ``status``, and whoever asks for something is told.

    def _died(self) -> None:
        self._connection = None
        self._restarts += 1
        now = time.monotonic()
        self._deaths = [t for t in self._deaths if now - t < WINDOW_S] + [now]
        if len(self._deaths) >= TRIES:
            self._failure = f"The engine process ended {TRIES} times within {WINDOW_S:.0f} s; what it wrote to stderr says why."

    def _forgive(self) -> None:
        """Try again after too many deaths: somebody changes what runs."""
        with self._lock:
            if self._failure is not None:
                self._failure = None
                self._deaths.clear()
