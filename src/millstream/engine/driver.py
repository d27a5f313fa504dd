"""A thread that runs queries when there is something to do, and sleeps on the log's doorbell when there is not."""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable

from millstream.log.base import Log


class Driver:
    """Calls ``step`` until it says that nothing was done, then waits for the log, for ``wake``, or as many ms as ``waits`` says."""

    def __init__(self, log: Log, step: Callable[[], bool], waits: Callable[[], int | None] = lambda: None) -> None:
        self._log = log
        self._step = step
        self._waits = waits
        self._bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="millstream-engine", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """There may be something to do that the log does not tell."""
        os.eventfd_write(self._bell, 1)

    def close(self) -> None:
        """End the thread after its present slice."""
        self._closing = True
        self.wake()
        if threading.current_thread() is not self._thread:
            self._thread.join()
            os.close(self._bell)

    def _run(self) -> None:
        log_bell = self._log.fileno()
        while not self._closing:
            self._log.drain()
            self._quieten()
            while not self._closing and self._step():
                pass
            if not self._closing:
                waits = self._waits()
                select.select([log_bell, self._bell], [], [], None if waits is None else waits / 1000)

    def _quieten(self) -> None:
        try:
            os.eventfd_read(self._bell)
        except BlockingIOError:
            pass
