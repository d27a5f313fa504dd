"""The thread of a task: its states, stop and pause, and starting again after a failure.

A task that meets a log that is away (no broker answers, a commit is lost) does not fail: that is not its records' fault. It is UNASSIGNED,
says why, and goes on by itself from what is committed.

Subclasses give ``open`` (start the connector's task), ``step`` (one round of work) and ``close``.
"""

from __future__ import annotations

import threading
import traceback
from abc import ABC, abstractmethod
from collections.abc import Callable

from millstream.errors import LogError, MillstreamError
from millstream.log.base import TakenOver, TransactionLost, Unavailable
from millstream.worker.clock import Clock, Signal
from millstream.worker.log_names import logger
from millstream.worker.secrets import Scrubber

_LONGEST_PAUSE_MS = 600_000
#: How often a task that waits for the log tries again.
AWAY_PAUSE_MS = 1000


def trace_of(error: BaseException, scrub: Callable[[str], str]) -> str:
    """An error as status shows it: the first line says what happened, the stack follows. No secrets."""
    message = error.message if isinstance(error, MillstreamError) else str(error)
    hint = f"\n{error.hint}" if isinstance(error, MillstreamError) and error.hint else ""
    stack = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    return scrub(f"{type(error).__name__}: {message}{hint}\n{stack}")


def _away(error: BaseException) -> bool:
    """Whether the log is not there now and may come back."""
    return isinstance(error, Unavailable | TransactionLost) and not isinstance(error, TakenOver)


class TaskThread(ABC):
    """One task. Thread-safe: start, stop, pause, resume, state."""

    def __init__(self, connector: str, task: int, clock: Clock, scrub: Scrubber, on_state: Callable[[], None]) -> None:
        self.connector, self.task, self.clock = connector, task, clock
        self.scrub = scrub
        self.state = "UNASSIGNED"
        self.trace: str | None = None
        #: Topics that the store knows this task has used.
        self.announced: set[str] = set()
        self.retries_max, self.retries_pause_ms = 0, 10_000
        self._on_state = on_state
        self._signal = Signal()
        self._lock = threading.Lock()
        self._stopping = self._paused = False
        #: Whether it has to wait for the log.
        self._waits = False
        self._log = logger("tasks")
        self._thread = threading.Thread(target=self._run, name=f"connect-{connector}-{task}", daemon=True)

    @property
    def stopping(self) -> bool:
        return self._stopping

    def start(self, *, paused: bool = False) -> None:
        self._paused = paused
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end; ``join`` waits for it."""
        with self._lock:
            self._stopping = True
            self._signal.set()
        self._wake()

    def join(self, timeout_s: float) -> bool:
        """True when the thread has ended."""
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def pause(self, paused: bool) -> None:
        """Pause or resume; a failed task stays failed."""
        with self._lock:
            self._paused = paused
            self._signal.set()
        self._wake()

    def wait(self, timeout_ms: float) -> bool:
        """Wait on behalf of the task; True when it should stop."""
        self.clock.wait(self._signal, timeout_ms)
        return self._stopping

    def wake(self) -> None:
        """Subclasses whose thread may block elsewhere wake it here."""
        return

    def _wake(self) -> None:
        """As far as the log is there: one that waits for it needs nothing but the signal, and finds the rest out when it is back."""
        if self._waits:
            return
        try:
            self.wake()
        except LogError as failure:
            self._log.warning("Task %s-%d hears of it later: %s", self.connector, self.task, self.scrub(str(failure)))

    @abstractmethod
    def open(self) -> None: ...

    @abstractmethod
    def step(self) -> None: ...

    @abstractmethod
    def close(self) -> None: ...

    def _run(self) -> None:
        pause_ms, left = self.retries_pause_ms, self.retries_max
        while not self._attempt():
            if self._waits:
                stopped = self.clock.wait(self._signal, AWAY_PAUSE_MS) and self._stopping
            elif left == 0:
                return
            else:
                stopped = self.clock.wait(self._signal, pause_ms) and self._stopping
                pause_ms, left = min(pause_ms * 2, _LONGEST_PAUSE_MS), left - 1
            if stopped:
                return

    def _attempt(self) -> bool:
        """Run until stop (True), or until it fails or has to wait (False)."""
        try:
            try:
                if not self._rest():
                    return True
                self.open()
                self._waits = False
                self._enter("RUNNING")
                while self._rest():
                    self.step()
                return True
            finally:
                self.close()
        except Exception as e:
            if self._stopping:
                self._log.info("Task %s-%d ended while stopping: %s", self.connector, self.task, self.scrub(str(e)))
                return True
            if _away(e):
                self._await_log(e)
                return False
            self._waits = False
            self.trace = trace_of(e, self.scrub)
            self._log.error("Task %s-%d failed: %s", self.connector, self.task, self.trace)
            self._enter("FAILED")
            return False

    def _await_log(self, reason: Exception) -> None:
        """Say why it does not go on. Not in the log, which is away."""
        if not self._waits:
            self._log.warning("Task %s-%d waits: %s", self.connector, self.task, self.scrub(str(reason)))
        self._waits = True
        self.state, self.trace = "UNASSIGNED", f"It waits and goes on by itself. {trace_of(reason, self.scrub)}"

    def _rest(self) -> bool:
        """Stay here while paused. False when the task should stop."""
        while True:
            with self._lock:
                if self._stopping:
                    return False
                paused = self._paused
                if self._signal.raised:
                    self._signal.clear()
            if not paused:
                if self.state == "PAUSED":
                    self._enter("RUNNING")
                return True
            self._enter("PAUSED")
            self.clock.wait(self._signal, None)

    def _enter(self, state: str) -> None:
        if state != "FAILED":
            self.trace = None
        if self.state != state:
            self.state = state
            self._on_state()
