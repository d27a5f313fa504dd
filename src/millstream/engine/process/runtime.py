"""ProcessRuntime: the runtime of the server. Queries run in an engine process that it spawns with the first of them.

When the process dies, its queries are started again in a new one, from their last commit; push queries end with an error. One that dies
again and again (``TRIES`` times within ``WINDOW_S``) is left alone, and its queries are shown in state ERROR with the reason.
"""

from __future__ import annotations

import itertools
import queue
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from millstream.config import Config
from millstream.engine.process.wire import Frame, Wire
from millstream.errors import ExecutionError, MillstreamError
from millstream.formats.base import Registry
from millstream.functions import FunctionRegistry
from millstream.log.base import Log
from millstream.plan.nodes import PullPlan, QueryPlan
from millstream.runtime import QueryStatus, Row

TRIES, WINDOW_S = 3, 30.0
#: Seconds until the process must answer for the first time, and until it must have ended.
START_S, STOP_S = 30.0, 10.0
_GONE = "The engine process ended unexpectedly; its queries go on from their last commit in a new one."


@dataclass(slots=True)
class _Push:
    """A push query's client side; implements ``runtime.PushHandle``."""

    runtime: ProcessRuntime
    number: int
    on_rows: Callable[[list[Row]], bool]
    on_end: Callable[[str | None], None]
    waiting: int = 0
    closed: bool = False

    def close(self) -> None:
        self.closed = True
        self.runtime.forget(self.number)

    def resume(self) -> None:
        taken, self.waiting = self.waiting, 0
        if taken and not self.closed:
            self.runtime.tell(self.number, "taken", taken)


@dataclass(slots=True)
class _Process:
    """A running engine process."""

    child: subprocess.Popen[bytes]
    wire: Wire
    answers: dict[int, queue.SimpleQueue[tuple[str, Any]]] = field(default_factory=dict)


class ProcessRuntime:
    """Implements ``runtime.Runtime``."""

    def __init__(self, log: Log, functions: FunctionRegistry, registry: Registry, config: Config) -> None:
        del functions, registry  # The process makes its own: they hold connections and code.
        directory = getattr(log, "directory", None)
        if directory is None:
            raise ExecutionError("An engine process needs a log on disk.", hint="Use the embedded log, or run queries in this process.")
        names = ("schema.registry.url", "schema.registry.user", "schema.registry.password")
        topic = config.text("ksql.logging.processing.topic.name") or f"{config.text('service.id')}ksql_processing_log"
        self._opening = {
            "directory": str(directory),
            "fsync": config.flag("log.fsync"),
            "failures_topic": topic,
            "settings": {name: config.text(name) for name in names if config.text(name)},
        }
        self._numbers = itertools.count(1)
        self._lock = threading.RLock()
        self._process: _Process | None = None
        self._plans: dict[str, QueryPlan] = {}
        self._paused: set[str] = set()
        self._pushes: dict[int, _Push] = {}
        self._deaths: list[float] = []
        self._failure: str | None = None
        self._closing = False

    def supports(self, _plan: QueryPlan) -> str | None:
        """This engine runs every plan."""
        return None

    def start(self, plan: QueryPlan) -> None:
        self._call("start", (plan,))
        self._plans[plan.query_id] = plan

    def stop(self, query_id: str, *, drop: bool) -> None:
        self._call("stop", (query_id, drop))
        self._plans.pop(query_id, None)
        self._paused.discard(query_id)

    def pause(self, query_id: str) -> None:
        self._call("pause", (query_id,))
        self._paused.add(query_id)

    def resume(self, query_id: str) -> None:
        self._call("resume", (query_id,))
        self._paused.discard(query_id)

    def status(self) -> dict[str, QueryStatus]:
        if self._failure is not None:
            return {query_id: QueryStatus("ERROR", self._failure) for query_id in self._plans}
        if self._process is None:
            return {}
        found: dict[str, QueryStatus] = self._call("status", ())
        return found

    def pull(self, plan: PullPlan, after: dict[tuple[str, int], int] | None = None) -> Iterator[list[Row]]:
        batches: list[list[Row]] = []
        self._call("pull", (plan, after), batches.append)
        return iter(batches)

    def push(self, plan: QueryPlan, on_rows: Callable[[list[Row]], bool], on_end: Callable[[str | None], None]) -> _Push:
        number = next(self._numbers)
        push = self._pushes[number] = _Push(self, number, on_rows, on_end)
        try:
            self._call("push", plan, number=number)
        except MillstreamError:
            self._pushes.pop(number, None)
            raise
        return push

    def close(self) -> None:
        with self._lock:
            self._closing = True
            process, self._process = self._process, None
        if process is None:
            return
        process.wire.connection.shutdown(socket.SHUT_WR)
        try:
            process.child.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.child.kill()
            process.child.wait()
        process.wire.connection.close()

    def forget(self, number: int) -> None:
        """A push query is closed by its client."""
        if self._pushes.pop(number, None) is not None:
            self.tell(number, "close", None)

    def tell(self, number: int, command: str, arguments: Any) -> None:
        """Send a command that has no answer."""
        process = self._process
        if process is not None:
            try:
                process.wire.send(number, command, arguments)
            except OSError:
                pass  # The reader thread sees the end and says so.

    def _call(self, command: str, arguments: Any, on_rows: Callable[[list[Row]], None] | None = None, number: int = 0) -> Any:
        process = self._running()
        number = number or next(self._numbers)
        answers: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        process.answers[number] = answers
        try:
            process.wire.send(number, command, arguments)
            while True:
                kind, payload = answers.get()
                if kind == "rows" and on_rows is not None:
                    on_rows(payload)
                elif kind == "error":
                    raise payload
                elif kind == "ok":
                    return payload
        except OSError:
            raise ExecutionError(_GONE) from None
        finally:
            process.answers.pop(number, None)

    def _running(self) -> _Process:
        with self._lock:
            if self._closing:
                raise ExecutionError("The engine is closed.")
            if self._failure is not None:
                raise ExecutionError(self._failure)
            if self._process is None:
                self._process = self._spawn()
            return self._process

    def _spawn(self) -> _Process:
        ours, theirs = socket.socketpair()
        with theirs:
            theirs.set_inheritable(True)
            command = [sys.executable, "-m", "millstream.engine.process", str(theirs.fileno())]
            child = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
        process = _Process(child, Wire(ours))
        ours.settimeout(START_S)
        process.wire.send(0, "open", self._opening)
        if process.wire.receive() is None:
            child.kill()
            child.wait()
            ours.close()
            raise ExecutionError("The engine process did not start.", hint="What it wrote to stderr says why.")
        ours.settimeout(None)
        threading.Thread(target=self._read, args=(process,), name="millstream-engine-reader", daemon=True).start()
        return process

    def _read(self, process: _Process) -> None:
        """Answers and rows, until the process is gone."""
        while True:
            frames = process.wire.receive()
            if frames is None:
                break
            for frame in frames:
                self._frame(process, frame)
        process.child.wait()
        for answers in list(process.answers.values()):
            answers.put(("error", ExecutionError(_GONE)))
        with self._lock:
            if self._closing or self._process is not process:
                return
            self._process = None
        self._died()

    def _frame(self, process: _Process, frame: Frame) -> None:
        number, kind, payload = frame
        push = self._pushes.get(number)
        if push is None or kind in ("ok", "error"):
            answers = process.answers.get(number)
            if answers is not None:
                answers.put((kind, payload))
            return
        if kind == "rows":
            push.waiting += process.wire.size
            if not push.closed and push.on_rows(payload):
                push.resume()
        elif kind == "end":
            self._pushes.pop(number, None)
            if not push.closed:
                push.on_end(payload)

    def _died(self) -> None:
        """Start everything again, unless it died too often."""
        for number, push in list(self._pushes.items()):
            self._pushes.pop(number, None)
            push.on_end("The engine process ended unexpectedly. Run the query again.")
        now = time.monotonic()
        self._deaths = [t for t in self._deaths if now - t < WINDOW_S] + [now]
        if len(self._deaths) >= TRIES:
            self._failure = f"The engine process ended {TRIES} times within {WINDOW_S:.0f} s; what it wrote to stderr says why."
            return
        try:
            for query_id, plan in list(self._plans.items()):
                self._call("start", (plan,))
                if query_id in self._paused:
                    self._call("pause", (query_id,))
        except MillstreamError as error:
            self._failure = f"The engine process could not be started again: {error}"

