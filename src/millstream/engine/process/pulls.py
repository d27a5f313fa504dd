"""Pull queries in the engine process: each gives its batches in turn, as far as its client keeps up."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from millstream.dataclass import dataclass
from millstream.engine.process.wire import pack
from millstream.errors import ExecutionError, MillstreamError
from millstream.runtime import Row

#: Bytes of a query's rows that may be on their way to a client that does not read.
AHEAD = 1 << 18
#: For how long all of them are served at a time, in s.
SLICE_S = 0.002
Send = Callable[[int, str, Any], int]


@dataclass(slots=True)
class _Pull:
    batches: Iterator[list[Row] | None]
    ahead: int = 0


class Pulls:
    """The open pull queries by number. ``send`` sends a frame and tells its size."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._open: dict[int, _Pull] = {}
        #: Whether some query waits until its table has come as far as it must.
        self.waiting = False

    def open(self, number: int, batches: Iterator[list[Row] | None]) -> None:
        """Serve a query from now on. ``batches`` gives None while there is none yet."""
        self._open[number] = _Pull(batches)

    def taken(self, number: int, size: int) -> None:
        """The client took so many bytes."""
        if number in self._open:
            self._open[number].ahead -= size

    def close(self, number: int) -> None:
        self._open.pop(number, None)

    def serve(self) -> bool:
        """Send batches for about ``SLICE_S``; whether there were any."""
        worked = self.waiting = False
        until = time.monotonic() + SLICE_S
        for number, pull in list(self._open.items()):
            while pull.ahead < AHEAD and time.monotonic() < until:
                if not self._advance(number, pull):
                    break
                worked = True
        if worked and len(self._open) > 1:
            first = next(iter(self._open))
            self._open[first] = self._open.pop(first)  # the others go first next time
        return worked

    def _advance(self, number: int, pull: _Pull) -> bool:
        """Send the next batch, or the end; whether there was a batch."""
        try:
            batch = next(pull.batches)
        except StopIteration:
            self._end(number, "ok", None)
        except Exception as error:
            self._end(number, "error", shown(error))
        else:
            if batch is not None:
                pull.ahead += self._send(number, "rows", pack(batch))
                return True
            self.waiting = True
        return False

    def _end(self, number: int, kind: str, payload: Any) -> None:
        del self._open[number]
        self._send(number, kind, payload)


def shown(error: Exception) -> MillstreamError:
    """An error as it crosses to the server."""
    if isinstance(error, MillstreamError):
        return error
    return ExecutionError(f"The engine failed: {type(error).__name__}: {error}")
