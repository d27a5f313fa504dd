"""Running push queries: what SHOW QUERIES lists, TERMINATE and /close-query end."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable

from millstream.dataclass import dataclass
from millstream.errors import RequestError


@dataclass(slots=True)
class Transient:
    """``stop`` ends the query and lets its client's answer end normally."""

    id: str
    text: str
    sources: tuple[str, ...]
    stop: Callable[[], None]


class Transients:
    """Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[str, Transient] = {}

    @staticmethod
    def new_id(source: str, scalable: bool = False) -> str:
        prefix = "SCALABLE_PUSH_QUERY" if scalable else "transient"
        return f"{prefix}_{source}_{secrets.randbelow(10**19)}"

    def add(self, query: Transient, limit: int) -> None:
        """Raises RequestError 40003 when there are too many."""
        with self._lock:
            if len(self._running) >= limit:
                raise RequestError("Maximum number of push queries exceeded", code=40003)
            self._running[query.id] = query

    def remove(self, query_id: str) -> None:
        with self._lock:
            self._running.pop(query_id, None)

    def find(self, query_id: str) -> Transient | None:
        with self._lock:
            return next((q for q in self._running.values() if q.id.upper() == query_id.upper()), None)

    def all(self) -> list[Transient]:
        with self._lock:
            return list(self._running.values())

    def stop(self, query_id: str) -> bool:
        """End one; whether it was running."""
        query = self.find(query_id)
        if query is None:
            return False
        self.remove(query.id)
        query.stop()
        return True

    def close(self) -> None:
        for query in self.all():
            self.stop(query.id)
