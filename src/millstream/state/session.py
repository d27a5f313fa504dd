"""Session windows: the sessions of a key are one row, as there are few at a time and they are looked at together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

from millstream.log.base import Log, Transaction
from millstream.state.codec import Keys, RowCodec
from millstream.state.keyed import KeyedStore, Row
from millstream.state.timers import Timers


class Session(NamedTuple):
    """A session: times of its first and last record, in ms, and its row."""

    start: int
    end: int
    row: Row


class SessionStore:
    """Sessions by key. The row codec is that of one session's row."""

    def __init__(self, log: Log, name: str, partition: int, keys: Keys, rows: RowCodec, **limits: int) -> None:
        self._rows = rows
        self._store = KeyedStore(log, name, partition, keys, RowCodec([list[tuple[int, int, bytes]]]), **limits)
        self._timers = Timers(log, name, partition)
        #: The decoded sessions of keys in the store's cache, by start.
        self._sessions: dict[Any, list[Session]] = {}
        self._timed: dict[Any, int] = {}

    @property
    def name(self) -> str:
        """See ``KeyedStore``."""
        return self._store.name

    @property
    def partition(self) -> int:
        return self._store.partition

    @property
    def dirty(self) -> set[Any]:
        """Keys with changed sessions."""
        return self._store.dirty

    def of(self, key: Any) -> list[Session]:
        """All sessions of a key, by start."""
        found = self._sessions.get(key)
        if found is None:
            row = self._store.get(key)
            found = self._sessions[key] = self._decoded(row)
        return found

    def overlapping(self, key: Any, earliest_end: int, latest_start: int) -> list[Session]:
        """Sessions with end >= earliest_end and start <= latest_start: for a record at t and a gap, (t - gap, t + gap)."""
        return [s for s in self.of(key) if s.end >= earliest_end and s.start <= latest_start]

    def replace(self, key: Any, old: Sequence[Session], new: Session | None) -> None:
        """Put one session in the place of those it was merged from (None: only take those away)."""
        gone = {(s.start, s.end) for s in old}
        kept = [s for s in self.of(key) if (s.start, s.end) not in gone]
        if new is not None:
            kept.append(new)
            kept.sort(key=lambda s: s[:2])
        self._sessions[key] = kept
        self._store.put(key, () if kept else None)  # the row itself is made at flush

    def scan(self) -> Iterator[tuple[Any, Session]]:
        """All sessions in the order of keys, uncommitted changes included."""
        self._pack()
        for key, row in self._store.scan():
            for session in self._sessions[key] if key in self._store.dirty else self._decoded(row):
                yield key, session

    def expire(self, before: int, limit: int = 1000) -> list[tuple[Any, Session]]:
        """Delete sessions that ended before a time, of at most ``limit`` keys. Returns what was deleted."""
        gone = []
        for time, raw in list(islice(self._timers.due(before), limit)):
            key = self._store.keys.decode(raw)
            self._timers.clear(time, raw)
            if self._timed.get(key) == time:
                del self._timed[key]
            old = [s for s in self.of(key) if s.end < before]
            if old:
                self.replace(key, old, None)
                gone += [(key, s) for s in old]
            else:
                self._store.dirty.add(key)  # its timer is set anew at flush
        return gone

    def flush(self, transaction: Transaction) -> None:
        self._pack()
        for key in self._store.dirty:
            sessions = self._sessions[key]
            if sessions and key not in self._timed:
                self._timed[key] = min(s.end for s in sessions)
                self._timers.set(self._timed[key], self._store.keys.encode(key))
        self._store.flush(transaction)
        self._timers.flush(transaction)

    def settle(self) -> None:
        """See ``KeyedStore``."""
        self._store.settle()

    def committed(self) -> None:
        self._store.committed()
        self._timers.committed()
        if len(self._sessions) > len(self._store.cache):
            cache = self._store.cache
            self._sessions = {k: v for k, v in self._sessions.items() if k in cache}
            self._timed = {k: v for k, v in self._timed.items() if k in cache}

    def rollback(self) -> None:
        for key in self._store.dirty:
            self._sessions.pop(key, None)
            self._timed.pop(key, None)
        self._store.rollback()
        self._timers.rollback()

    def _pack(self) -> None:
        """Make the rows of changed keys."""
        encode = self._rows.encode
        for key in self._store.dirty:
            sessions = self.of(key)
            self._store.cache[key] = ([(s.start, s.end, encode(s.row)) for s in sessions],) if sessions else None

    def _decoded(self, row: Row | None) -> list[Session]:
        return [] if not row else [Session(start, end, self._rows.decode(raw)) for start, end, raw in row[0]]
