"""Table-table join by primary key: each side keeps its rows, a change of one meets the row of the other.

| kind  | change of the left                              | change of the right         |
|-------|-------------------------------------------------|-----------------------------|
| INNER | result if the right has a row (also a deletion) | mirrored                    |
| LEFT  | always, except nothing that becomes nothing     | result if the left has a row |
| OUTER | always, except nothing that becomes nothing     | mirrored                    |

A row that two inputs leave unchanged is sent again all the same, as Kafka Streams does. RIGHT is LEFT with the sides exchanged.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from millstream.state import KeyedStore

#: (timestamp, column, column, ...).
Row = tuple[Any, ...]


class Joined(NamedTuple):
    """A change of the result: the rows of both sides after and before, and whether there is a result on either."""

    left: Row | None
    right: Row | None
    old_left: Row | None
    old_right: Row | None
    live: bool
    had: bool
    timestamp: int


class TableTableJoin:
    """The state of one join. ``kind``: INNER LEFT RIGHT OUTER."""

    def __init__(self, kind: str, left: KeyedStore, right: KeyedStore) -> None:
        self._stores = (left, right)
        #: Whether a row of that side gives a result on its own.
        self._alone = (kind in ("LEFT", "OUTER"), kind in ("RIGHT", "OUTER"))

    def change(self, side: int, key: bytes, timestamp: int, row: Row | None) -> Joined | None:
        """Side 0 (left) or 1 (right) has a new row, or None for a deletion. None: nothing comes of it."""
        mine, others = self._stores[side], self._stores[1 - side]
        before = mine.get(key)
        mine.put(key, row)
        other = others.get(key)
        me_alone, other_alone = self._alone[side], self._alone[1 - side]
        if other is None:
            if not me_alone or (row is None and before is None):
                return None
        else:
            timestamp = max(timestamp, other[0])
        if other is not None and other_alone:
            live = had = True
        else:
            live, had = row is not None, before is not None
        if side == 0:
            return Joined(row, other, before, other, live, had, timestamp)
        return Joined(other, row, other, before, live, had, timestamp)
