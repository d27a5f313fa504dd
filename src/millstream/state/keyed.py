"""A keyed store: a cache of decoded rows in front of the log, written back once per commit.

Generated code works on ``cache`` and ``dirty`` directly; everything else here is for what happens once a batch or a commit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Final

from millstream.log.base import Log, Lookup, Transaction
from millstream.state.codec import Keys, RowCodec

Row = tuple[Any, ...]

#: What ``cache.get(key, MISSING)`` gives for a key that must be loaded. (None is a row known not to be there.)
MISSING: Final = object()

_ROW_OVERHEAD = 250


class KeyedStore:
    """Rows by key. Reading: ``row = cache.get(key, MISSING)``, and ``load(key)`` on MISSING; ``settle`` after a run of them.

    Writing: ``put(key, row)``, None to delete; or ``cache[key] = row; dirty.add(key)``. Rows are never changed in place.
    """

    def __init__(
        self,
        log: Log,
        name: str,
        partition: int,
        keys: Keys,
        rows: RowCodec,
        *,
        limit_rows: int = 500_000,
        limit_bytes: int = 256 << 20,
    ) -> None:
        """``name`` is ``<query id>/<store name>``. Beyond the limits clean rows leave the cache, after a commit."""
        self.name = name
        self.partition = partition
        self.cache: dict[Any, Row | None] = {}
        self.dirty: set[Any] = set()
        #: Rows in the cache end in one more value, never stored, for what follows from the key and was worked out once. None at first.
        self.noted = False
        self.keys = keys
        self.rows = rows
        self._log = log
        self._lookup: Lookup | None = None
        self._limit_rows = limit_rows
        self._limit_bytes = limit_bytes
        self._row_bytes = 0.0

    def load(self, key: Any) -> Row | None:
        """The committed row of a key that is not in the cache; it is now. What this looks up in is open until ``settle``."""
        lookup = self._lookup
        if lookup is None:
            lookup = self._lookup = self._log.lookup(self.name, self.partition)
        raw = lookup.get(self.keys.encode(key))
        row = None if raw is None else self.rows.decode(raw)
        if self.noted and row is not None:
            row = (*row, None)
        self.cache[key] = row
        return row

    def get(self, key: Any) -> Row | None:
        row = self.cache.get(key, MISSING)
        return self.load(key) if row is MISSING else row  # type: ignore[return-value]

    def settle(self) -> None:
        """Let go of what ``load`` looks up in: after a slice, and before a commit makes it old."""
        lookup = self._lookup
        if lookup is not None:
            self._lookup = None
            lookup.close()

    def peek(self, key: Any) -> Row | None:
        """As ``get``, for a reader beside the query: the cache stays as it is, nothing is held on to."""
        row: Any = self.cache.get(key, MISSING)
        if row is not MISSING:
            return row[:-1] if self.noted and row is not None else row  # type: ignore[no-any-return]
        raw = self._log.get(self.name, self.partition, self.keys.encode(key))
        return None if raw is None else self.rows.decode(raw)

    def put(self, key: Any, row: Row | None) -> None:
        self.cache[key] = row
        self.dirty.add(key)

    def scan(self, low: bytes | None = None, high: bytes | None = None) -> Iterator[tuple[Any, Row]]:
        """Rows with low <= encoded key < high in key order, uncommitted changes included."""
        encode = self.keys.encode
        changed = {raw: key for raw, key in ((encode(key), key) for key in self.dirty) if _within(raw, low, high)}
        waiting = sorted(changed)
        at = 0
        for raw, value in self._log.scan(self.name, self.partition, low, high):
            while at < len(waiting) and waiting[at] < raw:
                key = changed[waiting[at]]
                row = self.peek(key)  # it may have left the cache since the scan began
                if row is not None:
                    yield key, row
                at += 1
            if raw not in changed:
                yield self.keys.decode(raw), self.rows.decode(value)
        for raw in waiting[at:]:
            row = self.peek(changed[raw])
            if row is not None:
                yield changed[raw], row

    def flush(self, transaction: Transaction) -> None:
        """Stage the changed rows, each encoded once however often it changed."""
        self.settle()
        if not self.dirty:
            return
        changed = list(self.dirty)
        keys = list(map(self.keys.encode, changed))
        values = self.rows.encode_all(map(self.cache.__getitem__, changed), self.noted)
        size = sum(map(len, keys)) + sum(map(len, filter(None, values)))
        self._row_bytes = size / len(keys) * 3 + _ROW_OVERHEAD
        transaction.put(self.name, self.partition, zip(keys, values, strict=True))

    def committed(self) -> None:
        """The transaction has been committed: the changed rows are clean, and may leave the cache."""
        self.settle()
        self.dirty.clear()
        limit = self._limit_rows
        if self._row_bytes:
            limit = min(limit, int(self._limit_bytes / self._row_bytes))
        if len(self.cache) > limit:
            self._evict(limit // 2)

    def rollback(self) -> None:
        """The transaction was aborted: forget the changes."""
        self.settle()
        for key in self.dirty:
            self.cache.pop(key, None)
        self.dirty.clear()

    def _evict(self, keep: int) -> Sequence[Any]:
        """Keep the rows that came last. Half at a time: a dictionary emptied from the front gets slow."""
        cache = self.cache
        kept = list(islice(cache.items(), len(cache) - keep, None))
        gone = list(islice(cache, len(cache) - keep))
        cache.clear()
        cache.update(kept)
        return gone


def _within(raw: bytes, low: bytes | None, high: bytes | None) -> bool:
    return (low is None or raw >= low) and (high is None or raw < high)
