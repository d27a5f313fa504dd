"""What the engine process tells of its queries, as the server knows it.

It is asked, and answers between two slices. While it is busy it also tells by itself, several times a second; so whoever cannot wait for
the answer has what it told last. What may not live here: processes, and what a state means.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from millstream.engine.process.connection import Receiver, answer
from millstream.runtime import QueryStatus

#: How often a busy engine tells by itself, in seconds.
EVERY_S = 0.25
#: How long, in seconds, an answer is waited for where what was told last is not older than that.
QUICK_S, RECENT_S = 0.01, 1.0


class Told:
    """Statuses by query as they were told last. Thread-safe. ``clock`` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.statuses: dict[str, QueryStatus] = {}
        self._clock = clock
        self._news = threading.Condition()
        self._heard: float | None = None
        self._asked = False
        self._turn, self._ending = 0, ("ok", None)

    def learn(self, kind: str, payload: Any, _: int = 0) -> None:
        """Receives what the engine tells by itself."""
        with self._news:
            if kind == "told":
                self.statuses, self._heard = payload, self._clock()

    def recent(self, queries: Iterable[str]) -> bool:
        """Whether these queries were told of lately."""
        with self._news:
            return self._heard is not None and self._clock() - self._heard < RECENT_S and self.statuses.keys() >= set(queries)

    def forget(self) -> None:
        """What was told is out of date: a command changed it."""
        with self._news:
            self._heard = None

    def hear(self, ask: Callable[[Receiver], object], patience_s: float) -> bool:
        """Have the engine asked, if it is not already; whether its answer came in time.

        An answer that is still to come is as new as one to a question of now. Raises what the engine says, EngineGone when it ended.
        """
        with self._news:
            turn, asking = self._turn, not self._asked
            self._asked = True
        if asking:
            try:
                ask(self._answered)
            except BaseException:
                self._answered("gone", None, 0)
                raise
        with self._news:
            if not self._news.wait_for(lambda: self._turn != turn, patience_s):
                return False
            ending = self._ending
        answer(*ending)
        return True

    def _answered(self, kind: str, payload: Any, _: int) -> None:
        with self._news:
            self._asked = False
            self._turn += 1
            self._ending = (kind, None if kind == "ok" else payload)
            if kind == "ok":
                self.statuses, self._heard = payload, self._clock()
            else:
                self._heard = None
            self._news.notify_all()
