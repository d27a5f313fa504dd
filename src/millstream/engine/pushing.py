"""A push query while it runs: its rows to the client, LIMIT, and the pause of a client that does not keep up."""

from __future__ import annotations

from collections.abc import Callable

from millstream.engine.task import Task
from millstream.runtime import Row


class Push:
    """Implements ``runtime.PushHandle``. Callbacks are called by whoever steps the runtime."""

    def __init__(
        self,
        task: Task,
        limit: int | None,
        on_rows: Callable[[list[Row]], bool],
        on_end: Callable[[str | None], None],
        ended: Callable[[Push], None],
        wake: Callable[[], None],
    ) -> None:
        self.task = task
        self._left = limit
        self._on_rows, self._on_end, self._ended, self._wake = on_rows, on_end, ended, wake
        self._open = True
        task.on_rows = self._deliver

    @property
    def drained(self) -> bool:
        """As of a task."""
        return self.task.drained

    @property
    def brief(self) -> bool:
        """As of a task."""
        return self.task.brief

    @brief.setter
    def brief(self, wanted: bool) -> None:
        self.task.brief = wanted

    def step(self, budget_ms: int, *, hurry: bool = False) -> bool:
        """One slice; ends the query when its LIMIT is reached or it failed."""
        if not self._open:
            return False
        if self._left == 0:
            self._finish(None)
            return True
        worked = self.task.step(budget_ms, hurry=hurry)
        if self.task.failed is not None:
            self._finish(self.task.failed)
        return worked

    def close(self) -> None:
        """The client wants no more; ``on_end`` is not called."""
        self._open = False
        self._ended(self)

    def resume(self) -> None:
        """The client took its rows."""
        self.task.paused = False
        self._wake()

    def _deliver(self, rows: list[Row]) -> None:
        if not self._open:
            return
        if self._left is not None:
            rows = rows[: self._left]
            self._left -= len(rows)
        if rows and not self._on_rows(rows):
            self.task.paused = True
        if self._left == 0:
            self._finish(None)

    def _finish(self, error: str | None) -> None:
        if self._open:
            self.close()
            self._on_end(error)
