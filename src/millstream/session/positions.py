"""How far this database's own INSERTs have written: what a pull query waits for, so that a client reads what it has just inserted."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from millstream.catalog import Catalog

Offsets = dict[tuple[str, int], int]


class Positions:
    """Thread-safe. Positions are the offsets behind the last record inserted, by (topic, partition)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ends: Offsets = {}

    def inserted(self, first: Mapping[tuple[str, int], int], counts: Mapping[tuple[str, int], int]) -> None:
        """A transaction gave these first offsets to so many records."""
        with self._lock:
            for where, offset in first.items():
                self._ends[where] = max(self._ends.get(where, 0), offset + counts.get(where, 1))

    def of(self, topics: set[str]) -> Offsets:
        with self._lock:
            return {where: end for where, end in self._ends.items() if where[0] in topics}


def topics_behind(catalog: Catalog, query_id: str) -> set[str]:
    """The topics that a query reads itself."""
    query = catalog.queries.get(query_id)
    names = query.sources if query is not None else ()
    return {catalog.relations[name].topic for name in names if name in catalog.relations}
