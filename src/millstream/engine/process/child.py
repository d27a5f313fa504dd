"""The engine process: one thread that serves commands, runs queries in slices, and sleeps when there is nothing to do.

It ends when its socket closes, so it never outlives the server. Rows of a query are sent ahead of its client by at most ``AHEAD`` bytes
and what one slice of it gives.
"""

from __future__ import annotations

import selectors
import signal
import socket
import sys
import time
from collections.abc import Callable
from typing import Any

from millstream.config import Config
from millstream.engine.functions.registry import open_registry
from millstream.engine.local import LocalRuntime
from millstream.engine.process.pulls import AHEAD, Pulls, shown
from millstream.engine.process.telling import EVERY_S
from millstream.engine.process.wire import EngineWire, Wire, pack
from millstream.formats.base import Registry
from millstream.functions import FunctionRegistry
from millstream.log.base import Log
from millstream.runtime import PushHandle, Row

#: How often, in s, a pull query looks whether its table has come as far as it must.
LOOK_S = 0.005
#: How far apart, in ms, a query's commits are at least where each is a transaction of Kafka's brokers.
APART_MS = 20


def main(descriptor: int) -> None:
    """Serve the socket until it closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which then closes the socket.
    connection = socket.socket(fileno=descriptor)
    opening: dict[str, Any] | None = None
    wire = Wire(connection)
    while opening is None:
        frames = wire.receive()
        if frames is None:
            return
        for frame in frames:
            opening = frame[2]
    from millstream.log.opening import open_log

    config = Config(opening["settings"])
    log = open_log(opening["directory"], config, "engine")
    try:
        functions = open_registry(config.text("functions.dir"), strict=False)
        for fault in functions.faults:
            print(fault, file=sys.stderr, flush=True)
        runtime = runtime_of(log, functions, config, opening["failures_topic"])
        wire.send(0, "ok", None)
        Engine(EngineWire(connection), log, runtime).run()
    finally:
        log.close()


def runtime_of(log: Log, functions: FunctionRegistry, config: Config, failures_topic: str | None) -> LocalRuntime:
    """What runs the queries, with the pace of commits that suits the log."""
    return LocalRuntime(
        log,
        functions,
        registry_of(log, config),
        failures_topic=failures_topic,
        commit_ms=config.number("commit.interval.ms"),
        apart_ms=APART_MS if config.text("bootstrap.servers") else 0,
    )


def registry_of(log: Log, config: Config) -> Registry:
    """The schema registry that the server uses."""
    from millstream.formats.registry import opening

    return opening.open_registry(log, config, patient=False)


class Engine:
    """Commands and queries in one loop."""

    def __init__(self, wire: EngineWire, log: Log, runtime: LocalRuntime) -> None:
        self._wire, self._log, self.runtime = wire, log, runtime
        runtime.driven = True
        self._pulls = Pulls(self._send)
        self._pushes: dict[int, PushHandle] = {}
        #: Bytes sent of each push query that the server has not told to be taken.
        self._ahead: dict[int, int] = {}
        #: Under which number, and when next, the server is told of the queries while they are busy.
        self._listener = 0
        self._tell_at = 0.0
        self._open = True

    def run(self) -> None:
        """Until the socket closes; then stop every query after a last commit."""
        connection = self._wire.connection
        with selectors.DefaultSelector() as selector:
            selector.register(connection, selectors.EVENT_READ)
            selector.register(self._log.fileno(), selectors.EVENT_READ)
            while self._open:
                self._log.drain()
                worked = self.runtime.step(2, lambda: self._look(selector))
                worked = self._pulls.serve() or worked
                if worked and time.monotonic() >= self._tell_at:
                    self._tell()
                selector.modify(connection, selectors.EVENT_READ | (selectors.EVENT_WRITE if self._wire.waiting else 0))
                for key, ready in selector.select(0 if worked else self._patience()):
                    if key.fileobj is connection:
                        self._talk(ready)
        self.runtime.close()

    def _patience(self) -> float | None:
        """How long to sleep at most, in s."""
        waits = self.runtime.waits_ms()
        return LOOK_S if self._pulls.waiting else None if waits is None else waits / 1000

    def _look(self, selector: selectors.BaseSelector) -> bool:
        """Serve commands and pull queries between two slices: with many busy queries a whole round takes long. Whether the log rang."""
        rang = False
        for key, ready in selector.select(0):
            if key.fileobj is self._wire.connection:
                self._talk(ready)
            else:
                rang = True
        if rang:
            self._log.drain()
        self._pulls.serve()
        return rang

    def _tell(self) -> None:
        self._tell_at = time.monotonic() + EVERY_S
        if self._listener and self.runtime.tasks:
            self._send(self._listener, "told", self.runtime.status())

    def _talk(self, ready: int) -> None:
        frames = self._wire.receive() if ready & selectors.EVENT_READ else []
        try:
            self._wire.flush()
        except OSError:
            frames = None
        if frames is None:
            self._open = False
            return
        for number, command, arguments, _ in frames:
            try:
                self._command(number, command, arguments)
            except Exception as error:
                self._send(number, "error", shown(error))

    def _command(self, number: int, command: str, arguments: Any) -> None:
        if command == "push":
            self._push(number, arguments)
        elif command == "pull":
            self._pulls.open(number, self.runtime.reading(*arguments))
        elif command == "taken":
            self._taken(number, arguments)
        elif command == "tell":
            self._listener = number
        elif command == "close":
            self._close(number)
        else:
            methods: dict[str, Callable[..., Any]] = {
                "start": lambda plan, again: self.runtime.start(plan, again=again),
                "pause": self.runtime.pause,
                "resume": self.runtime.resume,
                "status": self.runtime.status,
                "source": self.runtime.source,
                "stop": lambda query_id, drop: self.runtime.stop(query_id, drop=drop),
                "forget": lambda query_id, drop: self.runtime.forget(query_id, drop=drop),
            }
            self._send(number, "ok", methods[command](*arguments))

    def _push(self, number: int, plan: Any) -> None:
        def on_rows(rows: list[Row]) -> bool:
            self._ahead[number] = self._ahead.get(number, 0) + self._send(number, "rows", pack(rows))
            return self._ahead[number] < AHEAD

        def on_end(error: str | None) -> None:
            self._pushes.pop(number, None)
            self._ahead.pop(number, None)
            self._send(number, "end", error)

        self._pushes[number] = self.runtime.push(plan, on_rows, on_end)
        self._send(number, "ok", None)

    def _taken(self, number: int, size: int) -> None:
        self._pulls.taken(number, size)
        if number in self._pushes:
            self._ahead[number] = max(0, self._ahead.get(number, 0) - size)
            if self._ahead[number] < AHEAD:
                self._pushes[number].resume()

    def _close(self, number: int) -> None:
        self._pulls.close(number)
        self._ahead.pop(number, None)
        handle = self._pushes.pop(number, None)
        if handle is not None:
            handle.close()

    def _send(self, number: int, kind: str, payload: Any) -> int:
        try:
            return self._wire.send(number, kind, payload)
        except OSError:
            self._open = False
            return 0


__all__ = ["Engine", "main", "registry_of"]
