"""Push rows from a runtime's thread to an asyncio client.

A client that does not read costs a bounded number of bytes: its query is paused when they are reached, keeps its place in its topics, and
goes on when the client caught up. Nothing is dropped for it, and no other query waits.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Iterable
from typing import Any

from millstream.runtime import PushHandle, Row

#: Bytes of rows that may wait for a client before the query is paused, and below which it goes on.
HIGH, LOW = 1 << 19, 1 << 17
#: What a value takes besides its text, in bytes.
_VALUE = 64


class Bridge:
    """One push query's rows. ``on_rows`` and ``on_end`` are called on any thread; ``batches`` is iterated on the event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._lock = threading.Lock()
        self._waiting: deque[tuple[list[Row], int]] = deque()
        self._size = 0
        self._paused = False
        self._ended = False
        self._signalled = False
        self._news = asyncio.Event()
        self.handle: PushHandle | None = None
        #: Error text when the query ended by one.
        self.error: str | None = None

    def on_rows(self, rows: list[Row]) -> bool:
        """Take rows; False asks the runtime to pause."""
        size = sum(weight(row.values) for row in rows)
        with self._lock:
            self._waiting.append((rows, size))
            self._size += size
            self._paused = self._size >= HIGH
            going_on = not self._paused
        self._wake()
        return going_on

    def on_end(self, error: str | None) -> None:
        with self._lock:
            self._ended = True
            self.error = error
        self._wake()

    async def batches(self) -> AsyncIterator[list[Row]]:
        """Rows as they come, until the query ends."""
        while True:
            await self._news.wait()
            rows, ended, resume = self._take()
            if resume and self.handle is not None:
                self.handle.resume()
            if rows:
                yield rows
            if ended and not rows:
                return

    def _take(self) -> tuple[list[Row], bool, bool]:
        with self._lock:
            rows, size = self._waiting.popleft() if self._waiting else ([], 0)
            self._size -= size
            resume = self._paused and self._size <= LOW
            if resume:
                self._paused = False
            if not self._waiting and not self._ended:
                self._news.clear()
                self._signalled = False
            return rows, self._ended and not self._waiting, resume

    def _wake(self) -> None:
        with self._lock:
            if self._signalled:
                return
            self._signalled = True
        try:
            self._loop.call_soon_threadsafe(self._news.set)
        except RuntimeError:
            pass  # the loop is closed: nobody is there to read


def weight(values: Iterable[Any]) -> int:
    """About how many bytes of memory a row's values take."""
    size = 0
    for value in values:
        size += _VALUE
        if isinstance(value, str | bytes):
            size += len(value)
        elif isinstance(value, dict):
            size += weight(value) + weight(value.values())
        elif isinstance(value, list | tuple):
            size += weight(value)
    return size
