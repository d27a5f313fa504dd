"""How far this database's own INSERTs have written: what a pull query waits for, so that a client reads what it has just inserted."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from millstream.session.database import Database

LOOK_S = 0.005
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


def awaited(database: Database, query_id: str) -> Offsets:
    """How far a query must have read to have seen this database's own INSERTs, directly or through the queries that feed it.

    Waits up to ``pull.wait.ms`` for those queries; what they have written by then is part of the answer.
    """
    deadline = time.monotonic() + database.config.number("pull.wait.ms") / 1000
    return _awaited(database, query_id, deadline, set())


def _awaited(database: Database, query_id: str, deadline: float, seen: set[str]) -> Offsets:
    catalog = database.catalog
    query = catalog.queries.get(query_id)
    if query is None or query_id in seen:
        return {}
    seen.add(query_id)
    sources = [catalog.relations[name] for name in query.sources if name in catalog.relations]
    after = database.positions.of({source.topic for source in sources})
    for source in sources:
        for writer in catalog.writers(source.name):
            needed = _awaited(database, writer.id, deadline, seen)
            if needed:
                _wait(database, writer.id, needed, deadline)
                after.update({(source.topic, p): end for p, end in enumerate(database.log.end_offsets(source.topic))})
    return after


def _wait(database: Database, query_id: str, needed: Offsets, deadline: float) -> None:
    pause = threading.Event()
    while True:
        status = database.runtime.status().get(query_id)
        if status is None or all(status.offsets.get(where, 0) >= end for where, end in needed.items()):
            return
        if time.monotonic() >= deadline:
            return
        pause.wait(LOOK_S)
