"""Session windows: a record joins the sessions within the gap of it, merges them into one, and takes their place.

What the merged sessions were is given as deletions first, then the new session; a session that keeps its bounds is only updated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from millstream.state import Session, SessionStore

Args = tuple[Any, ...]
States = tuple[Any, ...]


class Change(NamedTuple):
    """A session that appeared (``states``) or went away (None); its bounds in ms. ``old``: its states before."""

    start: int
    end: int
    states: tuple[Any, ...] | None
    old: tuple[Any, ...] | None


class Sessions:
    """The sessions of one aggregation. ``init``, ``add`` and ``merge`` work on the tuple of all calls' states."""

    def __init__(
        self,
        store: SessionStore,
        lengths: tuple[int, int, int],
        times: tuple[list[int], list[int]],
        states: tuple[Callable[[], States], Callable[[States, Args], States], Callable[[States, States], States]],
        late: Callable[[], None],
    ) -> None:
        """``lengths``: gap, grace, retention in ms; ``times``: stream time, newest end of a session; ``states``: init, add, merge."""
        self._store = store
        self._gap, self._grace, self._keep = lengths
        self._times, self._observed = times
        self._init, self._add, self._merge = states
        self._late = late
        # Kafka Streams drops what is older than the retention a segment at a time; what is still there is given when it closes.
        self._segment = max(self._keep // 2, 60_000)
        #: Sessions that wait for their end (EMIT FINAL): (partition, key, start, end).
        self._open: dict[int, set[tuple[int, int, bytes]]] = {}

    def record(self, part: int, key: bytes, timestamp: int, args: Args) -> Sequence[Change]:
        """What one record changes."""
        times = self._times
        if timestamp > times[part]:
            times[part] = timestamp
        closed = times[part] - self._grace - self._gap
        # A session older than the retention is gone, whether it was deleted yet or not.
        oldest = max(timestamp - self._gap, self._observed[part] - self._keep + 1)
        found = self._store.overlapping(key, oldest, timestamp + self._gap)
        start = min([timestamp, *(s.start for s in found)])
        end = max([timestamp, *(s.end for s in found)])
        if end < closed:
            self._late()
            return ()
        states = self._init()
        for session in found:
            states = self._merge(states, session.row)
        states = self._add(states, args)
        changes: list[Change] = []
        old = None
        if (start, end) != (timestamp, timestamp):
            changes = [Change(s.start, s.end, None, s.row) for s in found]
        elif found:
            old = found[0].row
        self._store.replace(key, found, Session(start, end, states))
        if end > self._observed[part]:
            self._observed[part] = end
        changes.append(Change(start, end, states, old))
        return changes

    def track(self, part: int, key: bytes, changes: Sequence[Change]) -> None:
        """Remember what is open, for EMIT FINAL."""
        waiting = self._open.setdefault(part, set())
        for change in changes:
            place = (change.end, change.start, key)
            if change.states is None:
                waiting.discard(place)
            else:
                waiting.add(place)

    def closed(self, part: int) -> Iterator[tuple[bytes, int, int, tuple[Any, ...]]]:
        """(key, start, end, states) of the sessions that stream time has closed, oldest end first."""
        waiting = self._open.get(part)
        if not waiting:
            return
        before = self._times[part] - self._grace - self._gap
        oldest = (self._observed[part] - self._keep) // self._segment
        for place in sorted(p for p in waiting if p[0] < before):
            waiting.discard(place)
            end, start, key = place
            if end // self._segment < oldest:
                continue
            for session in self._store.of(key):
                if (session.start, session.end) == (start, end):
                    yield key, start, end, session.row
