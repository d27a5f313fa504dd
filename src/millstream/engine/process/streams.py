"""Rows on their way from the engine process to a client: push and pull queries as the server holds them.

The engine sends ahead of the client by a bounded number of bytes; what the client took is told with ``taken``.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from millstream.engine.process.connection import Connection, answer
from millstream.engine.process.pulls import AHEAD
from millstream.engine.process.wire import unpack
from millstream.runtime import Row

if TYPE_CHECKING:
    from millstream.plan.nodes import PullPlan, QueryPlan

#: Bytes that a client took until it is worth telling: what the engine sends ahead is several times as much.
TELL = AHEAD // 4
_ENDED = "The engine process ended unexpectedly. Run the query again."


class Push:
    """A push query; implements ``runtime.PushHandle``."""

    def __init__(
        self, connection: Connection, plan: QueryPlan, on_rows: Callable[[list[Row]], bool], on_end: Callable[[str | None], None]
    ) -> None:
        """Start it. Raises what the engine says."""
        self._connection = connection
        self._on_rows, self._on_end = on_rows, on_end
        self._lock = threading.RLock()
        self._untold = 0
        self._open = True
        self._started: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        with self._lock:  # rows may be here before the number is
            self._number = connection.stream("push", plan, self._receive)
        try:
            answer(*self._started.get())
        except BaseException:
            connection.drop(self._number)
            raise

    def close(self) -> None:
        with self._lock:
            if not self._open:
                return
            self._open = False
        self._connection.drop(self._number)
        self._connection.tell(self._number, "close", None)

    def resume(self) -> None:
        self._tell(1)

    def _tell(self, least: int) -> None:
        """Tell what was taken, where it is so many bytes."""
        with self._lock:
            if self._untold < least:
                return
            taken, self._untold = self._untold, 0
        self._connection.tell(self._number, "taken", taken)

    def _receive(self, kind: str, payload: Any, size: int) -> None:
        if kind == "ok" or kind == "error":
            self._started.put((kind, payload))
            return
        with self._lock:
            if not self._open:
                return
            if kind == "rows":
                self._untold += size
                going_on = self._on_rows(unpack(payload))
            else:
                self._started.put((kind, None))
                self._open = going_on = False
                self._on_end(_ENDED if kind == "gone" else payload)
        if going_on:
            self._tell(TELL)
        elif kind == "end":
            self._connection.drop(self._number)


def pull(connection: Connection, plan: PullPlan, after: dict[tuple[str, int], int] | None) -> Iterator[list[Row]]:
    """Batches of a pull query. It is open, and its first batch there, when this returns; raises what the engine says."""
    frames: queue.SimpleQueue[tuple[str, Any, int]] = queue.SimpleQueue()
    number = connection.stream("pull", (plan, after), lambda *frame: frames.put(frame))
    first = frames.get()
    if first[0] != "rows":
        connection.drop(number)
        answer(*first[:2])
        return iter(())
    return _batches(connection, number, first, frames)


def _batches(
    connection: Connection, number: int, frame: tuple[str, Any, int], frames: queue.SimpleQueue[tuple[str, Any, int]]
) -> Iterator[list[Row]]:
    try:
        while frame[0] == "rows":
            yield unpack(frame[1])
            connection.tell(number, "taken", frame[2])
            frame = frames.get()
        answer(*frame[:2])
    finally:
        connection.drop(number)
        connection.tell(number, "close", None)
