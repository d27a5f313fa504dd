"""Time and waiting, injected. ``SystemClock`` is the real one; ``ManualClock`` moves only when told, for tests.

A task waits on a ``Signal`` (something to do, or the request to stop) with a time-out of its clock: nothing sleeps, nothing polls.
"""

from __future__ import annotations

import threading
import time
from typing import Protocol


class Signal:
    """A flag that wakes who waits for it. It stays set until ``clear``."""

    def __init__(self) -> None:
        self.condition = threading.Condition()
        self.raised = False

    def set(self) -> None:
        with self.condition:
            self.raised = True
            self.condition.notify_all()

    def clear(self) -> None:
        with self.condition:
            self.raised = False


class Clock(Protocol):
    """Milliseconds since 1970, and waiting in them."""

    def now_ms(self) -> int: ...

    def wait(self, signal: Signal, timeout_ms: float | None) -> bool:
        """Block until the signal is set (True) or the time has passed (False). None waits without end."""


class SystemClock:
    """The machine's clock."""

    def now_ms(self) -> int:
        return int(time.time() * 1000)

    def wait(self, signal: Signal, timeout_ms: float | None) -> bool:
        with signal.condition:
            return signal.condition.wait_for(lambda: signal.raised, None if timeout_ms is None else timeout_ms / 1000)


class ManualClock:
    """A clock that stands still until ``advance``."""

    def __init__(self, now_ms: int = 1_700_000_000_000) -> None:
        self._now = now_ms
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._waiting: list[tuple[Signal, int | None]] = []

    def now_ms(self) -> int:
        return self._now

    def wait(self, signal: Signal, timeout_ms: float | None) -> bool:
        deadline = None if timeout_ms is None else self._now + int(timeout_ms)
        entry = (signal, deadline)
        with self._lock:
            self._waiting.append(entry)
            self._changed.notify_all()
        try:
            with signal.condition:
                signal.condition.wait_for(lambda: signal.raised or (deadline is not None and self._now >= deadline))
                return signal.raised
        finally:
            with self._lock:
                self._waiting.remove(entry)

    def advance(self, ms: int) -> None:
        """Move on; whoever's time has come goes on."""
        with self._lock:
            self._now += ms
            waiting = list(self._waiting)
        for signal, _ in waiting:
            with signal.condition:
                signal.condition.notify_all()

    def await_waiter(self, timeout_s: float = 10) -> bool:
        """Block (in real time) until some thread waits with a deadline ahead: then ``advance`` cannot come too early."""
        with self._lock:
            return self._changed.wait_for(lambda: any(d is not None and d > self._now for _, d in self._waiting), timeout_s)
