"""What pull queries read of a running table query: its rows by key, as they are now.

Where the query ends in an aggregation, the aggregation's own rows are enough: ``tail`` is the generated function that takes them through
what follows (HAVING, SELECT). Every other table query keeps its result in a store of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from millstream.catalog import WindowSpec
from millstream.dataclass import dataclass
from millstream.engine.compile.flow import LAST
from millstream.formats.base import Decoder, Encoder
from millstream.log.partitioner import partition_of
from millstream.state import KeyedStore, SessionStore, WindowStore

#: Rows that a scan holds back so that its partitions come one after the other.
HELD = 5000

#: (key bytes, window start, window end, stored row); bounds are None without a window.
Stored = tuple[bytes, int | None, int | None, Any]
#: Values of ``View.columns``.
Values = tuple[Any, ...]
Tail = Callable[[Iterable[Stored], Callable[[Values], None]], None]


class Places:
    """Which partition of the table's topic a key belongs to."""

    def __init__(self, partitions: int, recode: tuple[Decoder, Encoder] | None) -> None:
        """``recode``: from key bytes in state to those in the topic, where they differ."""
        self._partitions = partitions
        self._recode = recode

    def of(self, raw: bytes) -> int:
        """The partition of a key."""
        if self._recode is not None:
            decode, encode = self._recode
            raw = encode(decode(raw) or ()) or b""
        return partition_of(raw, self._partitions)

    def ordered(self, stored: Iterator[Stored]) -> Iterator[Stored]:
        """The rows, partition by partition."""
        if self._partitions == 1:
            return stored
        return self._sorted(stored)

    def _sorted(self, stored: Iterator[Stored]) -> Iterator[Stored]:
        while held := list(islice(stored, HELD)):
            yield from sorted(held, key=lambda item: self.of(item[0]))


@dataclass(slots=True)
class View:
    """``columns`` names the values of a row: key columns, value columns, then ROWTIME, WINDOWSTART and WINDOWEND."""

    columns: list[str]
    store: Any
    tail: Tail
    encode_key: Encoder
    window: WindowSpec | None
    places: Places
    #: Value columns as the table's topic gives them back, where its format has no NULL (PROTOBUF): where they begin, and how.
    recode: tuple[int, Encoder, Decoder] | None = None

    def rows(self, keys: Iterable[tuple[Any, ...]] | None, size: int) -> Iterator[list[Values]]:
        """Rows of these keys, or all rows: those of ``size`` stored ones at a time.

        They come partition by partition, as ksqlDB gives them, and in a scan by key bytes within one; in a scan of more than ``HELD`` rows
        that holds for so many at a time. The query may go on between two of them; each row is as it was when it was read.
        """
        stored = self.places.ordered(self._scan() if keys is None else self._get(keys))
        while piece := list(islice(stored, size)):
            found: list[Values] = []
            self.tail(piece, found.append)
            yield found if self.recode is None else [_recoded(values, *self.recode) for values in found]

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
                for start, row in store.fetch(raw, 0, LAST - 1):
                    yield raw, start, self._end(start, row), row
            else:
                plain = store.peek(raw)
                if plain is not None:
                    yield raw, None, None, plain

    def _end(self, start: int, row: Any) -> int:
        """A session that was read from a topic carries its end in its row."""
        window = self.window
        return row[1] if window is not None and window.kind == "SESSION" else min(start + (window.size if window is not None else 0), LAST)


def _recoded(row: Values, keys: int, encode: Encoder, decode: Decoder) -> Values:
    return (*row[:keys], *(decode(encode(list(row[keys:-3]))) or ()), *row[-3:])
