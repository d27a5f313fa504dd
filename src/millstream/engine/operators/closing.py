"""Windows that wait for their end (EMIT FINAL): which are open, and which close when stream time moves on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from millstream.state import WindowStore


class Closing:
    """The open windows of an aggregation, by partition. A restart finds them again in the aggregation's store."""

    def __init__(
        self, store: WindowStore, lengths: tuple[int, int], observed: list[int], closed: Callable[[bytes], tuple[int, int]]
    ) -> None:
        """``closed``: key -> (its partition, the time up to which that partition's windows were closed before).

        ``lengths``: size and retention. A window that starts longer than the retention before the newest one (``observed``) is gone when
        its turn comes, as it is in Kafka Streams when time jumps.
        """
        self._store = store
        self._size, self._keep = lengths
        self._observed = observed
        #: partition -> window start -> keys.
        self._open: dict[int, dict[int, set[bytes]]] = {}
        self._next: dict[int, int] = {}
        for (key, start), _ in store.scan():
            part, before = closed(key)
            if start + self._size > before:
                self.open(part, key, start)

    def open(self, part: int, key: bytes, start: int) -> None:
        """A window has a row."""
        self._open.setdefault(part, {}).setdefault(start, set()).add(key)
        if start > self._observed[part]:
            self._observed[part] = start
        if start < self._next.get(part, start + 1):
            self._next[part] = start

    def close(self, part: int, before: int) -> Iterator[tuple[bytes, int, Any]]:
        """(key, start, row) of the windows that end at ``before`` or earlier, in the order of start and key; they are open no more."""
        if self._next.get(part, before) + self._size > before:
            return
        starts = self._open[part]
        for start in sorted(s for s in starts if s + self._size <= before):
            keys = starts.pop(start)
            for key in sorted(keys) if start >= self._observed[part] - self._keep else ():
                yield key, start, self._store.get((key, start))
        if starts:
            self._next[part] = min(starts)
        else:
            self._next.pop(part, None)
