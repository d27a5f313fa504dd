"""Keyed stores and group offsets in LMDB.

A key of a store is kept behind eight bytes (store id, partition). LMDB's keys end at 511 bytes: of longer ones the first bytes and a
hash are the key, and the whole key is in front of the value. ``scan`` puts those in byte order again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from millstream.errors import LogError
from millstream.log import crash
from millstream.log.embedded.deltas import Deltas, Overlay, Step
from millstream.log.embedded.env import Environment, delete_prefix, mapped
from millstream.log.embedded.pieces import Piece
from millstream.log.embedded.records import NUMBER, PARTITION_KEY
from millstream.log.embedded.writing import Writing

_PREFIX = PARTITION_KEY.size
_LONG = 511
_HEAD = _LONG - 32
#: The longest key kept as it is. Long ones always fill 511 bytes, so the length tells which is which.
_LONGEST_PLAIN = _HEAD - _PREFIX
_SLICE = 2048
_DROP_SLICE = 20_000


def stored_key(prefix: bytes, key: bytes) -> bytes:
    if len(key) <= _LONGEST_PLAIN:
        return prefix + key
    return prefix + key[:_LONGEST_PLAIN] + hashlib.sha256(key).digest()


def _with_key(key: bytes, value: bytes) -> bytes:
    return len(key).to_bytes(4, "big") + key + value


def _split(raw: bytes) -> tuple[bytes, bytes]:
    end = 4 + int.from_bytes(raw[:4], "big")
    return raw[4:end], raw[end:]


class StoreLookup:
    """One store in one read transaction. ``prefix`` is None for a store that is not there yet."""

    __slots__ = ("_changes", "_older", "_prefix", "_state", "_txn")

    def __init__(self, txn: Any, state: Any, prefix: bytes | None, overlay: Overlay | None) -> None:
        self._txn = txn
        self._state = state
        self._prefix = prefix
        self._changes: Mapping[bytes, bytes | None] = {} if overlay is None else overlay.current
        self._older: Mapping[bytes, bytes | None] = {} if overlay is None else overlay.frozen

    def get(self, key: bytes) -> bytes | None:
        prefix = self._prefix
        if prefix is None:
            return None
        if key in self._changes:
            return self._changes[key]
        if key in self._older:
            return self._older[key]
        if len(key) <= _LONGEST_PLAIN:
            return self._txn.get(prefix + key, db=self._state)  # type: ignore[no-any-return]
        value = self._txn.get(stored_key(prefix, key), db=self._state)
        return None if value is None else _split(value)[1]

    def close(self) -> None:
        self._txn.abort()


class Stores:
    """Reads and writes keyed stores."""

    def __init__(self, env: Environment, writing: Writing) -> None:
        self._env = env
        self._writing = writing
        self._deltas = Deltas(env)

    def get(self, store: str, partition: int, key: bytes) -> bytes | None:
        found = self.lookup(store, partition)
        try:
            return found.get(key)
        finally:
            found.close()

    def lookup(self, store: str, partition: int) -> StoreLookup:
        """The store as it is now. To be closed soon: its read transaction keeps LMDB from using pages again."""
        txn = self._env.read()
        try:
            raw = txn.get(store.encode(), db=self._env.stores)
            prefix = None if raw is None else raw + partition.to_bytes(4, "big")
            return StoreLookup(txn, self._env.state, prefix, None if prefix is None else self._deltas.overlay(txn, prefix))
        except BaseException:
            txn.abort()
            raise

    def scan(self, store: str, partition: int, low: bytes | None, high: bytes | None) -> Iterator[tuple[bytes, bytes]]:
        """Copies out slice by slice; a slice is one read transaction, so long scans see later commits."""
        after: bytes | None = None
        last: bytes | None = None
        while True:
            items, after, last = self._slice(store, partition, low, high, after, last)
            yield from items
            if after is None:
                return

    def put(self, txn: Any, changes: Mapping[tuple[str, int], Mapping[bytes, bytes | None]]) -> list[Step]:
        """Apply the changes of a transaction. The result is for ``committed``."""
        steps = []
        for (store, partition), items in changes.items():
            raw = txn.get(store.encode(), db=self._env.stores) or self._new(txn, store)
            prefix = raw + partition.to_bytes(4, "big")
            keys, found = sorted(items), items
            overlay = self._deltas.overlay(txn, prefix)
            if overlay is not None or self._deltas.wanted(txn, len(keys)):
                step, keys, found = self._deltas.add(txn, prefix, keys, items, overlay)
                steps.append(step)
            self._put_in_place(txn, prefix, keys, found)
        return steps

    def fill(self, txn: Any, store: str, partition: int, piece: Piece) -> list[Step]:
        """Put very many changes into their places, where the store has no deltas. The result is for ``committed``."""
        prefix = (txn.get(store.encode(), db=self._env.stores) or self._new(txn, store)) + partition.to_bytes(4, "big")
        if self._deltas.overlay(txn, prefix) is not None or piece.longest > _LONGEST_PLAIN:
            changes: dict[bytes, bytes | None] = {**dict(piece.items(b"")), **dict.fromkeys(piece.deleted())}
            return self.put(txn, {(store, partition): changes})
        cursor = txn.cursor(db=self._env.state)
        for key in piece.deleted():
            if cursor.set_key(prefix + key):
                cursor.delete()
        # What is appended leaves full pages behind it.
        cursor.putmulti(piece.items(prefix), append=not cursor.last() or cursor.key() < prefix)
        return []

    def committed(self, steps: list[Step]) -> None:
        """The transaction of ``put`` has been committed."""
        self._deltas.done(steps)

    def _put_in_place(self, txn: Any, prefix: bytes, keys: Sequence[bytes], found: Mapping[bytes, bytes | None]) -> None:
        """``keys`` are in order: LMDB then walks from page to page."""
        cursor = txn.cursor(db=self._env.state)
        values = [found[key] for key in keys]
        if None not in values and max(map(len, keys), default=0) <= _LONGEST_PLAIN:
            cursor.putmulti([(prefix + key, value) for key, value in zip(keys, values, strict=True)])
            return
        puts: list[tuple[bytes, bytes]] = []
        for key, value in zip(keys, values, strict=True):
            if value is None:
                if cursor.set_key(stored_key(prefix, key)):
                    cursor.delete()
            elif len(key) <= _LONGEST_PLAIN:
                puts.append((prefix + key, value))
            else:
                puts.append((stored_key(prefix, key), _with_key(key, value)))
        if puts:
            cursor.putmulti(puts)

    def drop(self, prefix: str) -> None:
        """Delete the stores whose names start with ``prefix``: at once invisible, then emptied in slices that hold no lock for long."""
        name = prefix.encode()
        with self._writing.transaction() as txn:
            dropped = []
            for key, raw in _from(txn.cursor(db=self._env.stores), name):
                if not key.startswith(name):
                    break
                if key[0]:
                    dropped.append((key, raw))
            for key, raw in dropped:
                txn.delete(key, db=self._env.stores)
                delete_prefix(txn, self._env.deltas, raw)
                txn.put(b"\0" + raw, raw, db=self._env.stores)
        for _, raw in dropped:
            self._deltas.forget(raw)
        crash.point("store.dropped")
        self.purge()

    def purge(self) -> None:
        """Empty dropped stores, also those of a process that was killed meanwhile."""
        while True:
            with self._env.read() as txn:
                cursor = txn.cursor(db=self._env.stores)
                raw = cursor.value() if cursor.set_range(b"\0") and cursor.key().startswith(b"\0") else None
            if raw is None:
                return
            with self._writing.transaction(ring=False) as txn:
                if delete_prefix(txn, self._env.state, raw, _DROP_SLICE):
                    txn.delete(b"\0" + raw, db=self._env.stores)

    def _new(self, txn: Any, store: str) -> bytes:
        name = store.encode()
        if not 0 < len(name) <= 500 or name[0] == 0:
            raise LogError(f"A store cannot be named {store!r}: expected 1 to 500 bytes.")
        raw = self._env.next_number(txn, b"store").to_bytes(4, "big")
        txn.put(name, raw, db=self._env.stores)
        return raw

    def _slice(
        self, store: str, partition: int, low: bytes | None, high: bytes | None, after: bytes | None, last: bytes | None
    ) -> tuple[list[tuple[bytes, bytes]], bytes | None, bytes | None]:
        """Some items; the stored key to go on behind (None at the end), and the same as a whole key."""
        with mapped(self._env.directory), self._env.read() as txn:
            raw = txn.get(store.encode(), db=self._env.stores)
            if raw is None:
                return [], None, None
            prefix = raw + partition.to_bytes(4, "big")
            stored, more = self._stored(txn, prefix, low, high, after)
            overlay = self._deltas.overlay(txn, prefix)
        items = _in_order(stored) if any(len(k) >= _HEAD for k, _ in stored) else [(k[_PREFIX:], v) for k, v in stored]
        upto = items[-1][0] if more else None
        if low is not None and len(low) > _LONGEST_PLAIN:
            items = [item for item in items if item[0] >= low]
        if high is not None:
            items = [item for item in items if item[0] < high]
        if overlay is not None:
            with self._deltas.lock:
                changes = overlay.range(last, upto, low, high)
            items = [(k, v) for k, v in sorted({**dict(items), **changes}.items()) if v is not None] if changes else items
        return items, stored[-1][0] if more else None, upto

    def _stored(
        self, txn: Any, prefix: bytes, low: bytes | None, high: bytes | None, after: bytes | None
    ) -> tuple[list[tuple[bytes, bytes]], bool]:
        """Some entries in the order they are stored, and whether there may be more."""
        cursor = txn.cursor(db=self._env.state)
        start = after if after is not None else prefix + (low or b"")[:_LONGEST_PLAIN]
        if not cursor.set_range(start) or (cursor.key() == after and not cursor.next()):
            return [], False
        stop = None if high is None else prefix + high[:_LONGEST_PLAIN]
        found: list[tuple[bytes, bytes]] = []
        for key, value in cursor.iternext():
            if not key.startswith(prefix) or (stop is not None and key[:_HEAD] > stop):
                break
            # A run of keys with a common head must be in one slice, because its long keys are out of order.
            if len(found) >= _SLICE and not (len(key) >= _HEAD and key[:_HEAD] == found[-1][0][:_HEAD]):
                return found, True
            found.append((key, value))
        return found, False


def _in_order(raw_items: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Items with their whole keys. Only keys with the same head can be out of order, and they are together."""
    return sorted(_split(v) if len(k) == _LONG else (k[_PREFIX:], v) for k, v in raw_items)


class Groups:
    """The positions that groups committed."""

    def __init__(self, env: Environment, writing: Writing) -> None:
        self._env = env
        self._writing = writing

    def put(self, txn: Any, group: str, positions: Mapping[tuple[str, int], int]) -> None:
        prefix = _group_prefix(group)
        for (topic, partition), offset in positions.items():
            txn.put(prefix + topic.encode() + partition.to_bytes(4, "big"), NUMBER.pack(offset), db=self._env.groups)

    def committed(self, group: str) -> dict[tuple[str, int], int]:
        with mapped(self._env.directory), self._env.read() as txn:
            return {(topic, partition): offset for _, topic, partition, offset in self._entries(txn, _group_prefix(group))}

    def names(self) -> list[str]:
        with mapped(self._env.directory), self._env.read() as txn:
            return sorted({group for group, _, _, _ in self._entries(txn, b"")})

    def holding(self, txn: Any) -> dict[tuple[str, int], dict[str, int]]:
        """Positions by partition, then group: what retention must not pass."""
        holding: dict[tuple[str, int], dict[str, int]] = {}
        for group, topic, partition, offset in self._entries(txn, b""):
            holding.setdefault((topic, partition), {})[group] = offset
        return holding

    def drop(self, group: str) -> None:
        with self._writing.transaction() as txn:
            self._delete(txn, lambda key: key.startswith(_group_prefix(group)))

    def forget_topic(self, txn: Any, topic: str) -> None:
        """Positions in a topic that is deleted mean nothing in its successor."""
        self._delete(txn, lambda key: key[:-4].partition(b"\0")[2] == topic.encode())

    def _delete(self, txn: Any, chosen: Any) -> None:
        for key in [key for key in txn.cursor(db=self._env.groups).iternext(values=False) if chosen(key)]:
            txn.delete(key, db=self._env.groups)

    def _entries(self, txn: Any, prefix: bytes) -> Iterator[tuple[str, str, int, int]]:
        for key, value in _from(txn.cursor(db=self._env.groups), prefix):
            if not key.startswith(prefix):
                break
            group, _, topic = key[:-4].partition(b"\0")
            yield group.decode(), topic.decode(), int.from_bytes(key[-4:], "big"), NUMBER.unpack(value)[0]


def _from(cursor: Any, key: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Entries from ``key`` on (b"" for all)."""
    found: bool = cursor.set_range(key) if key else cursor.first()
    return cursor.iternext() if found else iter(())


def _group_prefix(group: str) -> bytes:
    name = group.encode()
    if not 0 < len(name) <= 250 or b"\0" in name:
        raise LogError(f"A group cannot be named {group!r}: expected 1 to 250 bytes, none of them zero.")
    return name + b"\0"
