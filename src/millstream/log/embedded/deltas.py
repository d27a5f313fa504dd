"""Deltas: changes of a large store that are not yet in their place.

A commit that changes keys all over a large store would rewrite a page of LMDB for nearly every key. It stores its changes as one
blob instead, a **delta**; readers look there first (in an overlay: the blobs' contents as a dictionary). Once enough came together
the deltas are **frozen**, and their keys are merged into the store in key order, some with each later commit: a page then takes
several changes at once.

While a store has deltas every change goes there. Merging writes values that the deltas still cover, so it may stop anywhere and be
begun again, by another process too. The record of a store's deltas is (first, frozen, last): the numbers of its blobs; those up to
``frozen`` are being merged (0: none are); there are none when first > last. Numbers are never used again.
"""

from __future__ import annotations

import struct
import threading
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from typing import Any, NamedTuple

from msgspec import msgpack

from millstream.log.embedded.env import Environment
from millstream.log.embedded.records import NUMBER

_META = struct.Struct(">QQQ")
_encode = msgpack.Encoder().encode
_decode = msgpack.Decoder(tuple[list[bytes], list[bytes | None]]).decode

#: What makes a delta worth it: that many changes, in an environment of that many leaf pages, fewer than so many changes a page.
SMALLEST_DELTA = 500
SMALLEST_STORE = 5000
DENSE = 16
#: When deltas are frozen.
FREEZE_KEYS = 300_000
FREEZE_BLOBS = 500
#: Keys merged with a commit: this many times what it changes, and at least so many.
MERGE_RATIO = 2
MERGE_LEAST = 2000

Value = bytes | None


class Meta(NamedTuple):
    first: int = 1
    frozen: int = 0
    last: int = 0


class Overlay:
    """The deltas of one store in memory; ``current`` is newer than ``frozen``. Readers may hold on to one while others replace it."""

    def __init__(self, meta: Meta, current: dict[bytes, Value] | None = None, frozen: dict[bytes, Value] | None = None) -> None:
        self.meta = meta
        self.current: dict[bytes, Value] = {} if current is None else current
        self.frozen: dict[bytes, Value] = {} if frozen is None else frozen
        #: Frozen keys still to be merged, last first; made when needed.
        self.waiting: list[bytes] | None = None
        self._order: list[bytes] | None = None

    def range(self, after: bytes | None, upto: bytes | None, low: bytes | None, high: bytes | None) -> dict[bytes, Value]:
        """Changes with after < key <= upto and low <= key < high; None is no bound. Call with the lock held."""
        order = self._order
        if order is None:
            order = self._order = sorted(self.current.keys() | self.frozen.keys())
        start = 0 if low is None else bisect_left(order, low)
        if after is not None:
            start = max(start, bisect_right(order, after))
        end = len(order) if high is None else bisect_left(order, high)
        if upto is not None:
            end = min(end, bisect_right(order, upto))
        current, frozen = self.current, self.frozen
        return {key: current[key] if key in current else frozen[key] for key in order[start:end]}

    def apply(self, number: int, changes: Mapping[bytes, Value]) -> None:
        if self._order is not None:
            self._order += sorted(changes.keys() - self.current.keys() - self.frozen.keys())
            self._order.sort()  # two sorted runs: a merge
        self.current.update(changes)
        self.meta = self.meta._replace(last=number)

    def next_frozen(self, size: int) -> list[bytes]:
        """The next keys to be merged, in order."""
        if self.waiting is None:
            self.waiting = sorted(self.frozen, reverse=True)
        return self.waiting[: -size - 1 : -1]


class Step(NamedTuple):
    """What a commit did to the deltas of one store, to be told to ``Deltas.done`` once it is committed."""

    prefix: bytes
    overlay: Overlay
    after: Meta
    changes: Mapping[bytes, Value]
    merged: int


class Deltas:
    """The deltas of all stores, as this process knows them."""

    def __init__(self, env: Environment) -> None:
        self._env = env
        self._overlays: dict[bytes, Overlay] = {}
        self.lock = threading.RLock()

    def overlay(self, txn: Any, prefix: bytes) -> Overlay | None:
        """What a store's deltas hold in this transaction; None if it has none. Not behind an ``add`` of the same transaction."""
        meta = self._meta(txn, prefix)
        if meta.first > meta.last:
            return None
        with self.lock:
            found = self._overlays.get(prefix)
            if found is None or found.meta[:2] != meta[:2]:
                found = self._read(txn, prefix, meta)
                self._overlays[prefix] = found
            for number in range(found.meta.last + 1, meta.last + 1):
                found.apply(number, self._blob(txn, prefix, number))
            return found

    def wanted(self, txn: Any, changes: int) -> bool:
        """Whether that many changes of a store without deltas had better be one."""
        if changes < SMALLEST_DELTA:
            return False
        pages: int = txn.stat(db=self._env.state)["leaf_pages"]
        return pages >= SMALLEST_STORE and changes < DENSE * pages

    def add(
        self, txn: Any, prefix: bytes, keys: list[bytes], changes: Mapping[bytes, Value], overlay: Overlay | None
    ) -> tuple[Step, list[bytes], Mapping[bytes, Value]]:
        """Store changes (``keys``: theirs in order) as a delta. Returns the step, and which keys and values to put in their place now."""
        if overlay is None:
            overlay = Overlay(self._meta(txn, prefix))
        before = overlay.meta
        number = before.last + 1
        txn.put(prefix + NUMBER.pack(number), _encode((keys, [changes[key] for key in keys])), db=self._env.deltas)
        first, frozen = before.first, before.frozen
        merging: list[bytes] = []
        if frozen:
            merging = overlay.next_frozen(max(MERGE_RATIO * len(changes), MERGE_LEAST))
            if len(merging) == len(overlay.waiting or ()):
                for old in range(first, frozen + 1):
                    txn.delete(prefix + NUMBER.pack(old), db=self._env.deltas)
                first, frozen = frozen + 1, 0
        elif len(overlay.current) + len(changes) >= FREEZE_KEYS or number - first >= FREEZE_BLOBS:
            frozen = number
        after = Meta(first, frozen, number)
        txn.put(prefix, _META.pack(*after), db=self._env.deltas)
        return Step(prefix, overlay, after, changes, len(merging)), merging, overlay.frozen

    def done(self, steps: list[Step]) -> None:
        """The transaction has been committed: bring the overlays up to date, so that they need not be read."""
        with self.lock:
            for prefix, overlay, after, changes, merged in steps:
                if self._overlays.get(prefix, overlay) is not overlay:
                    continue  # a reader has made another one, and will again if that is out of date
                before = overlay.meta
                overlay.apply(after.last, changes)
                if after.frozen and not before.frozen:
                    overlay = Overlay(after, {}, overlay.current)
                elif before.frozen and not after.frozen:
                    overlay = Overlay(after, overlay.current)
                elif merged and overlay.waiting is not None:
                    del overlay.waiting[-merged:]
                self._overlays[prefix] = overlay

    def forget(self, store: bytes) -> None:
        """A store was dropped: all its partitions."""
        with self.lock:
            for prefix in [p for p in self._overlays if p.startswith(store)]:
                del self._overlays[prefix]

    def _meta(self, txn: Any, prefix: bytes) -> Meta:
        raw = txn.get(prefix, db=self._env.deltas)
        return Meta() if raw is None else Meta._make(_META.unpack(raw))

    def _read(self, txn: Any, prefix: bytes, meta: Meta) -> Overlay:
        """An overlay with what is frozen; the rest is caught up by the caller."""
        frozen: dict[bytes, Value] = {}
        for number in range(meta.first, meta.frozen + 1):
            frozen.update(self._blob(txn, prefix, number))
        return Overlay(meta._replace(last=max(meta.first - 1, meta.frozen)), {}, frozen)

    def _blob(self, txn: Any, prefix: bytes, number: int) -> dict[bytes, Value]:
        keys, values = _decode(txn.get(prefix + NUMBER.pack(number), db=self._env.deltas))
        return dict(zip(keys, values, strict=True))
