"""The doorbell of this process: rung by its own commits and by what the lanes' threads receive."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

#: How often a wait looks again without being rung: for topics that do not exist yet, in seconds.
_LOOK = 0.5


class Bell:
    """Safe to use from several threads."""

    def __init__(self) -> None:
        self._rung = threading.Condition()
        self._count = 0
        self._fd = -1
        self._closed = False

    def ring(self) -> None:
        with self._rung:
            self._count += 1
            self._rung.notify_all()
            if self._fd >= 0:
                os.eventfd_write(self._fd, 1)

    def wait(self, arrived: Callable[[], bool], timeout_ms: int) -> bool:
        """Block until ``arrived()``. False on time-out, or when the log is closed."""
        deadline = time.monotonic() + timeout_ms / 1000
        while True:
            before = self._count
            if arrived():
                return True
            left = deadline - time.monotonic()
            with self._rung:
                if left <= 0 or self._closed:
                    return False
                if self._count == before:
                    self._rung.wait(min(left, _LOOK))

    def fileno(self) -> int:
        with self._rung:
            if self._fd < 0:
                self._fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
            return self._fd

    def drain(self) -> None:
        if self._fd >= 0:
            try:
                os.eventfd_read(self._fd)
            except BlockingIOError:
                pass

    def close(self) -> None:
        with self._rung:
            self._closed = True
            self._rung.notify_all()
            if self._fd >= 0:
                os.close(self._fd)
                self._fd = -1
