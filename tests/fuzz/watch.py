"""A bound on how long one thing may take, by the processor's clock and by the wall's."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

#: Seconds of processor time that one statement or one batch may take; by the wall ten times as long, for busy machines.
LIMIT = 2.0


class Hang(BaseException):
    """It took too long. No ``except Exception`` of the product catches this."""


@contextmanager
def watched(limit: float = LIMIT) -> Iterator[None]:
    """Raises Hang inside the block when its time is over. For the main thread only."""

    def ring(number: int, frame: FrameType | None) -> None:
        raise Hang(f"more than {limit} s of processor time, or ten times as long by the wall")

    before = [signal.signal(number, ring) for number in (signal.SIGPROF, signal.SIGALRM)]
    signal.setitimer(signal.ITIMER_PROF, limit)
    signal.setitimer(signal.ITIMER_REAL, limit * 10)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in zip((signal.SIGPROF, signal.SIGALRM), before, strict=True):
            signal.signal(number, handler)
