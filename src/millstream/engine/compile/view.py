"""What pull queries read of a running table query: its rows by key, as they are now.

Where the query ends in an aggregation, the aggregation's own rows are enough: ``tail`` is the generated function that takes them through
what follows (HAVING, SELECT). Every other table query keeps its result in a store of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from millstream.catalog import WindowSpec
from millstream.formats.base import Encoder
from millstream.state import KeyedStore, SessionStore, WindowStore

#: (key bytes, window start, window end, stored row); bounds are None without a window.
Stored = tuple[bytes, int | None, int | None, Any]
#: Values of ``View.columns``.
Values = tuple[Any, ...]
Tail = Callable[[Iterable[Stored], Callable[[Values], None]], None]


@dataclass(slots=True)
class View:
    """``columns`` names the values of a row: key columns, value columns, then ROWTIME, WINDOWSTART and WINDOWEND."""

    columns: list[str]
    store: Any
    tail: Tail
    encode_key: Encoder
    window: WindowSpec | None

    def rows(self, keys: Iterable[tuple[Any, ...]] | None, size: int) -> Iterator[list[Values]]:
        """Rows of these keys, or all rows in the order of key bytes: those of ``size`` stored ones at a time.

        The query may go on between two of them; each row is as it is when its turn comes.
        """
        stored = self._scan() if keys is None else self._get(keys)
        while piece := list(islice(stored, size)):
            found: list[Values] = []
            self.tail(piece, found.append)
            yield found

    def _scan(self) -> Iterator[Stored]:
        store = self.store
        if isinstance(store, SessionStore):
            for key, session in store.scan():
                yield key, session.start, session.end, (session.end, *session.row)
        elif isinstance(store, WindowStore):
            for (key, start), row in store.scan():
                yield key, start, self._end(start, row), row
        else:
            for key, row in store.scan():
                yield key, None, None, row

    def _get(self, keys: Iterable[tuple[Any, ...]]) -> Iterator[Stored]:
        store: KeyedStore | SessionStore = self.store
        for values in keys:
            if any(v is None for v in values):
                continue
            raw = self.encode_key(list(values)) or b""
            if isinstance(store, SessionStore):
                for session in store.of(raw):
                    yield raw, session.start, session.end, (session.end, *session.row)
            elif isinstance(store, WindowStore):
                for start, row in store.fetch(raw, 0, 1 << 62):
                    yield raw, start, self._end(start, row), row
            else:
                plain = store.get(raw)
                if plain is not None:
                    yield raw, None, None, plain

    def _end(self, start: int, row: Any) -> int:
        """A session that was read from a topic carries its end in its row."""
        window = self.window
        return row[1] if window is not None and window.kind == "SESSION" else start + (window.size if window is not None else 0)
