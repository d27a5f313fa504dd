"""One engine process as the server sees it: spawned, spoken to over its wire, ended. Starting it again is ``runtime``'s business."""

from __future__ import annotations

import itertools
import queue
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

from millstream.engine.process.wire import Wire
from millstream.errors import ExecutionError

#: Seconds until the process must answer for the first time, and until it must have ended.
START_S, STOP_S = 30.0, 10.0
#: Takes what the process sends under one number: (kind, payload, bytes). Kind ``gone`` comes last when the process ended.
Receiver = Callable[[str, Any, int], None]

_numbers = itertools.count(1)


class EngineGone(ExecutionError):
    """The process ended before it answered."""


class Connection:
    """A running engine process. Safe to use from several threads; receivers are called by its reader thread and must not wait."""

    def __init__(self, opening: dict[str, Any], on_gone: Callable[[Connection], None]) -> None:
        """Raises ExecutionError when the process does not start."""
        ours, theirs = socket.socketpair()
        with theirs:
            theirs.set_inheritable(True)
            command = [sys.executable, "-m", "millstream.engine.process", str(theirs.fileno())]
            self.process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
        self._wire = Wire(ours)
        self._on_gone = on_gone
        self._lock = threading.Lock()
        self._receivers: dict[int, Receiver] = {}
        self._once: set[int] = set()
        self.alive = True
        self._open(opening)
        self._reader = threading.Thread(target=self._read, name="millstream-engine-reader", daemon=True)
        self._reader.start()

    def call(self, command: str, arguments: Any) -> Any:
        """Have a command carried out; its answer. Raises what it raised there, EngineGone when the process ended."""
        answers: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        self.stream(command, arguments, lambda kind, payload, _: answers.put((kind, payload)), once=True)
        return answer(*answers.get())

    def stream(self, command: str, arguments: Any, receiver: Receiver, *, once: bool = False) -> int:
        """Send a command whose answers go to a receiver until ``drop``, or ``once``; the number they come under."""
        number = next(_numbers)
        with self._lock:
            if not self.alive:
                raise gone()
            self._receivers[number] = receiver
            if once:
                self._once.add(number)
        try:
            self._wire.send(number, command, arguments)
        except OSError:
            pass  # The reader thread sees the end and tells the receiver.
        return number

    def tell(self, number: int, command: str, arguments: Any) -> None:
        """Send a command that has no answer."""
        try:
            self._wire.send(number, command, arguments)
        except OSError:
            pass  # As above.

    def drop(self, number: int) -> None:
        """Nothing more is wanted under this number."""
        with self._lock:
            self._receivers.pop(number, None)
            self._once.discard(number)

    def close(self) -> None:
        """End the process after a last commit of its queries."""
        try:
            self._wire.connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # It ended by itself.
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if threading.current_thread() is not self._reader:
            self._reader.join()

    def _open(self, opening: dict[str, Any]) -> None:
        connection = self._wire.connection
        connection.settimeout(START_S)
        self._wire.send(0, "open", opening)
        frames = self._wire.receive()
        if not frames:
            self.process.kill()
            self.process.wait()
            connection.close()
            raise ExecutionError("The engine process did not start.", hint="What it wrote to stderr says why.")
        connection.settimeout(None)

    def _read(self) -> None:
        """Hand out frames until the process is gone."""
        while (frames := self._wire.receive()) is not None:
            for number, kind, payload, size in frames:
                receiver = self._receivers.get(number)
                if number in self._once:
                    self.drop(number)
                if receiver is not None:
                    receiver(kind, payload, size)
        self.process.wait()
        with self._lock:
            self.alive = False
            receivers, self._receivers = self._receivers, {}
        self._wire.connection.close()
        for receiver in receivers.values():
            receiver("gone", None, 0)
        self._on_gone(self)


def answer(kind: str, payload: Any) -> Any:
    """The payload of an answer; raises what it tells."""
    if kind == "error":
        raise payload
    if kind == "gone":
        raise gone()
    return payload


def gone() -> EngineGone:
    return EngineGone("The engine process ended unexpectedly.", hint="Its queries go on from their last commit in a new one; try again.")
