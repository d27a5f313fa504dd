"""A query that ran before and cannot be made now: the schema registry does not answer. It is tried again until it does.

What may not live here: waiting of a query that was made (``task``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from millstream.engine.task import RETRY_MS, Clock, Task
from millstream.errors import ExecutionError, MillstreamError, RegistryDown
from millstream.runtime import QueryStatus

if TYPE_CHECKING:
    from millstream.engine.compile.program import Program


class Waiting:
    """Stands where the task will: what a task answers, as far as it can be without one."""

    def __init__(self, make: Callable[[], Task], became: Callable[[Task], None], reason: MillstreamError, clock: Clock) -> None:
        """``make`` raises RegistryDown while it has to wait; ``became`` is told of the task that takes this one's place."""
        self.paused = self.drained = self.brief = False
        self.error: str | None = None
        self._make, self._became, self._clock = make, became, clock
        self._reason = str(reason)
        self._retry_at = clock() + RETRY_MS

    @property
    def program(self) -> Program:
        raise ExecutionError(f"The query does not run yet. {self._reason}")

    @property
    def waits_ms(self) -> int | None:
        return None if self.error is not None else max(0, self._retry_at - self._clock())

    @property
    def restoring(self) -> str | None:
        return self._reason

    def step(self, _budget_ms: int = 2, *, hurry: bool = False) -> bool:  # noqa: ARG002 - as of a task
        """Try again when it is time for it; whether the task is there. A paused query is made too, so that it can be read."""
        if self.waits_ms != 0:
            return False
        try:
            task = self._make()
        except RegistryDown as down:
            self._reason = str(down)
            self._retry_at = self._clock() + RETRY_MS
            return False
        except Exception as failure:
            self.error = f"{type(failure).__name__}: {failure}"
            return False
        task.paused = self.paused
        self._became(task)
        return True

    def commit(self) -> None:
        """Nothing was done."""

    def passed(self, _positions: object) -> bool:
        return False

    def status(self) -> QueryStatus:
        state = "ERROR" if self.error is not None else "PAUSED" if self.paused else "UNRESPONSIVE"
        return QueryStatus(state, self.error or self._reason)
