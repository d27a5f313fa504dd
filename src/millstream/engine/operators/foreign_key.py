"""Foreign-key join of two tables: rows of the left name a row of the right; the result is keyed by the left.

| change                                       | result                                                                  |
|----------------------------------------------|-------------------------------------------------------------------------|
| left: new, or with the foreign key it had    | joined row if the right has it; LEFT: also without                      |
| left: another foreign key than before        | joined row, or a deletion (LEFT: the row alone) if the right has it not |
| left: deleted, or its foreign key became NULL | deletion (LEFT, row still there: the row alone)                         |
| right: new row, or deleted                   | for each left row that names it, in key order: as above, at its time    |
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from millstream.state import KeyedStore

#: Left: (timestamp, foreign key bytes or None, columns...); right: (timestamp, columns...).
Row = tuple[Any, ...]


class Result(NamedTuple):
    """A change of the result. ``left`` None: a deletion; ``right`` None with a left row: the row alone."""

    key: bytes
    left: Row | None
    right: Row | None
    timestamp: int


class ForeignKeyJoin:
    """The state of one join. ``references`` holds, for each foreign key, the left keys that name it."""

    def __init__(self, kind: str, left: KeyedStore, right: KeyedStore, references: KeyedStore) -> None:
        self._left_outer = kind == "LEFT"
        self._left, self._right, self._references = left, right, references

    def left(self, key: bytes, timestamp: int, row: Row | None) -> Iterator[Result]:
        """The left table has a new row (its foreign key second), or None for a deletion."""
        before = self._left.get(key)
        self._left.put(key, row)
        old = None if before is None else before[1]
        new = None if row is None else row[1]
        if before is None and row is None:
            return
        if old is not None and old != new:
            self._refer(old, key, add=False)
        if new is not None and old != new:
            self._refer(new, key, add=True)
        match = None if new is None else self._right.get(new)
        if match is not None:
            timestamp = max(timestamp, match[0])
        if self._left_outer:
            yield Result(key, row, match, timestamp)
        elif new is None:
            if old is not None:
                yield Result(key, None, None, timestamp)
        elif match is not None:
            yield Result(key, row, match, timestamp)
        elif before is not None and old != new:
            yield Result(key, None, None, timestamp)

    def right(self, key: bytes, timestamp: int, row: Row | None) -> Iterator[Result]:
        """The right table has a new row, or None for a deletion."""
        self._right.put(key, row)
        found = self._references.get(key)
        for left_key in () if found is None else found[0]:
            left = self._left.get(left_key)
            if left is None:
                continue
            if row is None and not self._left_outer:
                yield Result(left_key, None, None, timestamp)
            else:
                yield Result(left_key, left, row, timestamp)

    def _refer(self, foreign: bytes, key: bytes, add: bool) -> None:
        found = self._references.get(foreign)
        keys = set(() if found is None else found[0])
        if add:
            keys.add(key)
        else:
            keys.discard(key)
        self._references.put(foreign, (sorted(keys),) if keys else None)
