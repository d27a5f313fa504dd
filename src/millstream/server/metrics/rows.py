"""How many rows the queries' state holds. Counting takes time with the rows, so each look does a part and the last whole count is told."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator

from millstream.log.base import Log

#: How long one look may count, in seconds.
BUDGET_S = 0.1


class RowCounts:
    """One a server. One thread at a time uses it."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._round: Iterator[tuple[str, int]] = iter(())
        self._running: Counter[str] = Counter()
        self._last: dict[str, int] | None = None

    def look(self, budget_s: float = BUDGET_S) -> dict[str, int]:
        """Rows by query, as the last whole count found them; empty until the first is through."""
        deadline = time.monotonic() + budget_s
        if not self._running:
            self._round = self._log.counting()
        for store, count in self._round:
            self._running[store.partition("/")[0]] += count
            if time.monotonic() > deadline:
                return self._last or {}
        self._last, self._running = dict(self._running), Counter()
        return self._last
