"""Windows: (key, window start) -> row. All windows of a key are together in the store; a time index finds those that expire."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from millstream.log.base import Log, Transaction
from millstream.state.codec import Keys, RowCodec
from millstream.state.keyed import KeyedStore, Row
from millstream.state.timers import Timers, pack_time, unpack_time


class WindowKeys:
    """(key, start) <-> bytes: the key's bytes, then the start."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def encode(self, key: tuple[Any, int]) -> bytes:
        return self._keys.encode(key[0]) + pack_time(key[1])

    def decode(self, raw: bytes) -> tuple[Any, int]:
        return self._keys.decode(raw[:-8]), unpack_time(raw[-8:])


class WindowStore(KeyedStore):
    """A keyed store whose keys are ``(key, window start)``. Windows are there until ``expire``; lateness is the task's business."""

    def __init__(self, log: Log, name: str, partition: int, keys: Keys, rows: RowCodec, **limits: int) -> None:
        super().__init__(log, name, partition, WindowKeys(keys), rows, **limits)
        self._bare = keys
        self._timers = Timers(log, name, partition)
        self._timed: set[Any] = set()

    def fetch(self, key: Any, start_from: int, start_to: int) -> list[tuple[int, Row]]:
        """(start, row) of the key's windows with start_from <= start <= start_to, by start."""
        raw = self._bare.encode(key)
        found = self.scan(raw + pack_time(start_from), raw + pack_time(start_to + 1))
        return [(start, row) for (owner, start), row in found if owner == key]

    def expire(self, before: int, limit: int = 1000) -> Sequence[tuple[Any, int]]:
        """Delete committed windows that start before a time, oldest first, at most ``limit`` of them. Returns what was deleted."""
        gone = []
        for start, raw in islice(self._timers.due(before), limit):
            key = (self._bare.decode(raw), start)
            self.put(key, None)
            self._timers.clear(start, raw)
            self._timed.discard(key)
            gone.append(key)
        return gone

    def flush(self, transaction: Transaction) -> None:
        cache, timed, encode = self.cache, self._timed, self._bare.encode
        for key in self.dirty:
            if key not in timed and cache[key] is not None:
                timed.add(key)
                self._timers.set(key[1], encode(key[0]))
        super().flush(transaction)
        self._timers.flush(transaction)

    def committed(self) -> None:
        super().committed()
        self._timers.committed()

    def rollback(self) -> None:
        self._timed.difference_update(self.dirty)
        super().rollback()
        self._timers.rollback()

    def _evict(self, keep: int) -> Sequence[Any]:
        gone: Iterable[Any] = super()._evict(keep)
        self._timed.difference_update(gone)
        return list(gone)
