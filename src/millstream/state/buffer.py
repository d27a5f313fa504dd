"""The buffer of one side of a stream-stream join: what may still find a partner, by key and time."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import islice
from operator import itemgetter
from typing import Any

from millstream.log.base import Log, Transaction
from millstream.state.codec import Keys, RowCodec
from millstream.state.keyed import Row
from millstream.state.timers import Timers, pack_time, unpack_time

Entry = tuple[int, int, Row]
_place = itemgetter(0, 1)
_time = itemgetter(0)


class JoinBuffer:
    """Rows by (key, time, sequence). ``sequence`` tells records of one key and time apart: they come in its order."""

    def __init__(self, log: Log, name: str, partition: int, keys: Keys, rows: RowCodec, *, limit_rows: int = 500_000) -> None:
        self._log = log
        self.name = name
        self.partition = partition
        self._keys = keys
        self._rows = rows
        self._limit_rows = limit_rows
        self._timers = Timers(log, name, partition)
        #: All entries of a key, committed or not, by time and sequence.
        self._entries: dict[Any, list[Entry]] = {}
        self._size = 0
        self._changes: dict[tuple[Any, int, int], Row | None] = {}
        self._timed: dict[Any, int] = {}

    def put(self, key: Any, time: int, sequence: int, row: Row) -> None:
        """Add an entry behind those of its key and time: under a higher sequence, where theirs were counted before a restart."""
        entries = self._of(key)
        at = bisect_right(entries, time, key=_time)
        if at and entries[at - 1][0] == time:
            sequence = max(sequence, entries[at - 1][1] + 1)
        entries.insert(at, (time, sequence, row))
        self._size += 1
        self._changes[key, time, sequence] = row

    def remove(self, key: Any, time: int, sequence: int) -> None:
        entries = self._of(key)
        at = bisect_left(entries, (time, sequence), key=_place)
        if at < len(entries) and _place(entries[at]) == (time, sequence):
            del entries[at]
            self._size -= 1
            self._changes[key, time, sequence] = None

    def fetch(self, key: Any, time_from: int, time_to: int) -> list[Entry]:
        """(time, sequence, row) with time_from <= time <= time_to, in that order."""
        entries = self._of(key)
        return entries[bisect_left(entries, time_from, key=_time) : bisect_right(entries, time_to, key=_time)]

    def expire(self, before: int, limit: int = 1000) -> Iterator[tuple[Any, Entry]]:
        """Take committed entries older than a time out, of at most ``limit`` keys, and give them to the caller (for outer joins)."""
        for time, raw in list(islice(self._timers.due(before), limit)):
            key = self._keys.decode(raw)
            self._timers.clear(time, raw)
            if self._timed.get(key) == time:
                del self._timed[key]
            entries = self._of(key)
            old = entries[: bisect_left(entries, before, key=_time)]
            for entry in old:
                self.remove(key, entry[0], entry[1])
            if entries:
                self._set_timer(key, entries[0][0])
            for entry in old:
                yield key, entry

    def flush(self, transaction: Transaction) -> None:
        if self._changes:
            encode_key, encode = self._keys.encode, self._rows.encode
            transaction.put(
                self.name,
                self.partition,
                [
                    (encode_key(key) + pack_time(time) + pack_time(sequence), None if row is None else encode(row))
                    for (key, time, sequence), row in self._changes.items()
                ],
            )
            for key, time, _ in self._changes:
                if self._timed.get(key, time + 1) > time and self._entries[key]:
                    self._set_timer(key, time)
        self._timers.flush(transaction)

    def settle(self) -> None:
        """Nothing is held between two calls."""

    def committed(self) -> None:
        self._changes.clear()
        self._timers.committed()
        if self._size > self._limit_rows:
            self._entries.clear()
            self._timed.clear()
            self._size = 0

    def rollback(self) -> None:
        for key in {key for key, _, _ in self._changes}:
            self._size -= len(self._entries.pop(key, ()))
            self._timed.pop(key, None)
        self._changes.clear()
        self._timers.rollback()

    def _set_timer(self, key: Any, time: int) -> None:
        """An earlier timer of the key may stay: expiry then finds nothing old and moves on."""
        self._timed[key] = time
        self._timers.set(time, self._keys.encode(key))

    def _of(self, key: Any) -> list[Entry]:
        entries = self._entries.get(key)
        if entries is None:
            raw = self._keys.encode(key)
            high = raw + b"\xff" * 17
            found = self._log.scan(self.name, self.partition, raw, high)
            entries = self._entries[key] = [
                (unpack_time(k[-16:-8]), unpack_time(k[-8:]), self._rows.decode(v)) for k, v in found if len(k) == len(raw) + 16
            ]
            self._size += len(entries)
        return entries
