"""Stream-stream join within a time window, for one partition.

A record looks for partners on the other side whose time is within the window, and is kept for those still to come. A side that gives
results on its own (LEFT, RIGHT, OUTER) does so at once where the join has no grace period (ksqlDB's old semantics), else when stream time
has passed the window's end and grace; then in the order of time, right before left, and key.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator
from typing import Any, NamedTuple

from millstream.dataclass import dataclass
from millstream.state import JoinBuffer, KeyedStore, RowCodec

Row = tuple[Any, ...]
DAY = 86_400_000
_NEVER = 1 << 63


class Pair(NamedTuple):
    """A result: one side is None where a record stays alone."""

    key: bytes | None
    left: Row | None
    right: Row | None
    timestamp: int


@dataclass(frozen=True, slots=True)
class Bounds:
    """``left.ts - before <= right.ts <= left.ts + after``; ``grace`` None: old semantics. All in ms."""

    kind: str
    before: int
    after: int
    grace: int | None

    @property
    def retention(self) -> int:
        """How long records are kept, counted back from the newest of their side."""
        size = self.before + self.after
        return size + (self.grace if self.grace is not None else max(0, DAY - size))


class StreamStreamJoin:
    """The state of one partition of a join. ``times``: stream time of both sides together, of the left, of the right (three entries)."""

    def __init__(
        self,
        bounds: Bounds,
        buffers: tuple[JoinBuffer, JoinBuffer],
        waiting: KeyedStore,
        codecs: tuple[RowCodec, RowCodec],
        times: list[int],
    ) -> None:
        self._bounds = bounds
        self._buffers = buffers
        self._waiting = waiting
        self._codecs = codecs
        self._times = times
        self._alone = (bounds.kind in ("LEFT", "OUTER"), bounds.kind in ("RIGHT", "OUTER"))
        self._delayed = bounds.grace is not None and any(self._alone)
        self._sequence = 0
        #: Keys of ``waiting`` in order: time, side (right first), key.
        self._order: list[bytes] = sorted((key for key, _ in waiting.scan()), key=_order)
        #: What Kafka Streams takes for the oldest waiting time: it decides when to look, so it decides the order of results.
        self._oldest = _time_of(self._order[0]) if self._order else _NEVER

    def time(self, timestamp: int) -> None:
        """A record that has no value: it brings its time, and that is all."""
        if timestamp > self._times[0]:
            self._times[0] = timestamp

    def record(self, side: int, key: bytes | None, timestamp: int, row: Row) -> Iterator[Pair]:
        """A record of side 0 (left) or 1 (right); what comes of it, and of the time it brings. One without a key finds no partner."""
        bounds, times = self._bounds, self._times
        newest_record = timestamp >= times[0]
        self.time(timestamp)
        if key is None:
            if self._alone[side]:
                yield Pair(key, row, None, timestamp) if side == 0 else Pair(key, None, row, timestamp)
            return
        back, ahead = (bounds.before, bounds.after) if side == 0 else (bounds.after, bounds.before)
        if newest_record and self._delayed and self._oldest < times[0] - ahead - (bounds.grace or 0):
            yield from self._closed()
        last = max(0, timestamp + ahead)
        found = False
        oldest = times[2 - side] - bounds.retention + 1
        for time, _, other in self._buffers[1 - side].fetch(key, max(0, timestamp - back, oldest), last):
            found = True
            if self._delayed:
                self._answered(1 - side, key, time)
            newest = max(timestamp, time)
            yield Pair(key, row, other, newest) if side == 0 else Pair(key, other, row, newest)
        if not found and self._alone[side]:
            if not self._delayed or last < times[0]:
                yield Pair(key, row, None, timestamp) if side == 0 else Pair(key, None, row, timestamp)
            else:
                self._wait(side, key, timestamp, row)
        if timestamp > times[1 + side]:
            times[1 + side] = timestamp
        self._sequence += 1
        self._buffers[side].put(key, timestamp, self._sequence, row)

    def expire(self) -> None:
        """Forget what no partner can reach any more."""
        for side in (0, 1):
            before = self._times[1 + side] - self._bounds.retention
            if before > 0:
                for _ in self._buffers[side].expire(before):
                    pass

    def _closed(self) -> Iterator[Pair]:
        """Waiting records whose window is closed."""
        bounds, now = self._bounds, self._times[0]
        open_sides = [False, False]
        done: list[bytes] = []
        self._oldest = _NEVER
        for place in self._order:
            time, side, key = _time_of(place), 0 if place[8] else 1, place[9:]
            self._oldest = time
            if all(open_sides):
                break
            if time + (bounds.after if side == 0 else bounds.before) + (bounds.grace or 0) >= now:
                open_sides[side] = True
                continue
            rows = self._waiting.get(place)
            done.append(place)
            for raw in () if rows is None else rows[0]:
                row = self._codecs[side].decode(raw)
                yield Pair(key, row, None, time) if side == 0 else Pair(key, None, row, time)
        for place in done:
            self._waiting.put(place, None)
        if done:
            gone = set(done)
            self._order = [p for p in self._order if p not in gone]

    def _wait(self, side: int, key: bytes, timestamp: int, row: Row) -> None:
        self._oldest = min(self._oldest, timestamp)
        place = _place(side, key, timestamp)
        rows = self._waiting.get(place)
        if rows is None:
            insort(self._order, place, key=_order)
        self._waiting.put(place, ([*(() if rows is None else rows[0]), self._codecs[side].encode(row)],))

    def _answered(self, side: int, key: bytes, timestamp: int) -> None:
        """A waiting record found a partner."""
        place = _place(side, key, timestamp)
        if self._waiting.get(place) is not None:
            self._waiting.put(place, None)
            self._order.remove(place)


def _place(side: int, key: bytes, timestamp: int) -> bytes:
    return timestamp.to_bytes(8, "big", signed=True) + (b"\x01" if side == 0 else b"\x00") + key


def _time_of(place: bytes) -> int:
    return int.from_bytes(place[:8], "big", signed=True)


def _order(place: bytes) -> tuple[int, bytes]:
    """Records of producers that give no time have -1: they come first."""
    return _time_of(place), place[8:]
