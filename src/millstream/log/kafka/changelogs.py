"""Keyed stores: a copy in a local directory, the truth in a compacted topic a store, one partition each.

The local copy is an embedded log of its own, used for its stores; how far of a changelog it has is kept in the same transaction as the
state. A changelog that ends in front of that place, or that is another topic of the same name, means that the copy is worth nothing: it is
emptied and built anew. A file lock a store keeps two processes of this machine from writing the same copy at once.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from millstream.log.base import TopicInfo
from millstream.log.embedded import EmbeddedLog
from millstream.log.kafka.names import Names
from millstream.log.kafka.reader import Reader
from millstream.log.kafka.topics import Topics
from millstream.log.staging import TopicPartition

Progress = Callable[[str, int, int], None]

_GROUP = "changelogs"
_OWNER = "changelogs"
_RESTORE_BYTES = 4 << 20


@dataclass(slots=True)
class _Changelog:
    topic: str
    identity: str
    partitions: int
    #: Partitions whose local copy is what the changelog said when this process looked.
    current: set[int] = field(default_factory=set)


class Changelogs:
    """The stores of a service on this machine. Safe to use from several threads."""

    def __init__(self, directory: Path, names: Names, topics: Topics, reader: Reader, *, fsync: bool) -> None:
        self.local = EmbeddedLog(directory / "state", fsync=fsync)
        self._names = names
        self._topics = topics
        self._reader = reader
        self._locks = _Locks(directory / "locks")
        self._lock = threading.RLock()
        self._known: dict[str, _Changelog | None] = {}

    def look(self, store: str, partition: int) -> None:
        """Before a read: the local copy is as the changelog was when this process first looked. Cheap from then on."""
        known = self._known.get(store, self)
        if known is None or (isinstance(known, _Changelog) and partition in known.current):
            return
        changelog = self._found(store)
        if changelog is not None and partition < changelog.partitions:
            self._restore(store, changelog, partition, None)
        elif changelog is not None:
            changelog.current.add(partition)

    def prepare(self, store: str, partition: int) -> str:
        """Before a write: the changelog is there, and the copy is current. Returns the topic."""
        changelog = self._known.get(store) or self._found(store)
        if changelog is None:
            topic = self._names.changelog(store)
            self._topics.create(TopicInfo(topic, partition + 1, -1, {"cleanup.policy": "compact"}))
            changelog = self._found(store)
            assert changelog is not None
        if partition >= changelog.partitions:
            self._topics.grow(changelog.topic, partition + 1)
            changelog.partitions = partition + 1
        if partition not in changelog.current:
            self._restore(store, changelog, partition, None)
        return changelog.topic

    def keep(self, puts: Mapping[tuple[str, int], Mapping[bytes, bytes | None]], ends: Mapping[TopicPartition, int]) -> None:
        """Apply to the copies what a transaction has written to the changelogs. ``ends``: where it ended in each."""
        with self._locks.held(sorted({store for store, _ in puts})):
            positions = self.local.committed(_GROUP)
            with self.local.begin(f"{_OWNER}-{threading.get_ident()}") as transaction:
                for (store, partition), changes in puts.items():
                    transaction.put(store, partition, changes.items())
                    known = self._known.get(store)
                    if known is not None:
                        place = (known.identity, partition)
                        end = ends.get((known.topic, partition), 0)
                        transaction.offsets(_GROUP, {place: max(end, positions.get(place, 0))})

    def doubt(self, stores: Mapping[tuple[str, int], object]) -> None:
        """What was written to these is not known: look at their changelogs again."""
        with self._lock:
            for store, _ in stores:
                self._known.pop(store, None)

    def restore(self, owner: str, progress: Progress | None) -> None:
        """Bring the copies of all stores of an owner to the end of their changelogs."""
        for topic in self._topics.names(self._names.prefix):
            store = self._names.store(topic)
            if store is not None and store.startswith(f"{owner}/"):
                self._known.pop(store, None)
                changelog = self._found(store)
                for partition in range(changelog.partitions if changelog is not None else 0):
                    self._restore(store, changelog, partition, progress)  # type: ignore[arg-type]

    def drop(self, prefix: str) -> None:
        """Delete the stores whose names start with ``prefix``: changelogs first, since without one a copy means nothing."""
        stores = {topic: store for topic in self._topics.names(self._names.prefix) if (store := self._names.store(topic)) is not None}
        gone = [topic for topic, store in stores.items() if store.startswith(prefix)]
        self._topics.delete(gone)
        for topic in gone:
            self._reader.forget(topic)
        self.local.drop_store(prefix)
        with self._lock:
            for store in [s for s in self._known if s.startswith(prefix)]:
                del self._known[store]

    def close(self) -> None:
        self.local.close()
        self._locks.close()

    def _found(self, store: str) -> _Changelog | None:
        with self._lock:
            topic = self._names.changelog(store)
            described = self._topics.identity(topic)
            found = None if described is None else _Changelog(topic, f"{topic}@{described[0]}", described[1])
            self._known[store] = found
            return found

    def _restore(self, store: str, changelog: _Changelog, partition: int, progress: Progress | None) -> None:
        where = (changelog.topic, partition)
        place = (changelog.identity, partition)
        with self._locks.held([store]):
            end = self._topics.offsets([where], start=False)[where]
            position = self.local.committed(_GROUP).get(place)
            if position is None or position > end:
                self._empty(store, partition)
                position = self._topics.offsets([where], start=True)[where]
            first = position
            while position < end:
                batch = self._reader.read(*where, position, _RESTORE_BYTES)
                changes = {key: value for key, value in zip(batch.keys, batch.values, strict=True) if key is not None}
                position = max(batch.next_offset, end) if not batch.values else batch.next_offset
                with self.local.begin(f"{_OWNER}-{threading.get_ident()}") as transaction:
                    transaction.put(store, partition, changes.items())
                    transaction.offsets(_GROUP, {place: position})
                if progress is not None:
                    progress(store, min(position, end) - first, end - first)
            self._reader.close_cursor(where)
            changelog.current.add(partition)

    def _empty(self, store: str, partition: int) -> None:
        keys = [key for key, _ in self.local.scan(store, partition)]
        for low in range(0, len(keys), 20_000):
            with self.local.begin(f"{_OWNER}-{threading.get_ident()}") as transaction:
                transaction.put(store, partition, [(key, None) for key in keys[low : low + 20_000]])


class _Locks:
    """A file lock a store, among the processes of a machine and the threads of each."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._files: dict[str, tuple[int, threading.RLock]] = {}
        self._lock = threading.Lock()

    @contextmanager
    def held(self, stores: list[str]) -> Iterator[None]:
        files = [self._file(store) for store in stores]
        taken: list[tuple[int, threading.RLock]] = []
        try:
            for descriptor, lock in files:
                lock.acquire()
                taken.append((descriptor, lock))
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            for descriptor, lock in reversed(taken):
                fcntl.flock(descriptor, fcntl.LOCK_UN)
                lock.release()

    def close(self) -> None:
        with self._lock:
            for descriptor, _ in self._files.values():
                os.close(descriptor)
            self._files.clear()

    def _file(self, store: str) -> tuple[int, threading.RLock]:
        with self._lock:
            found = self._files.get(store)
            if found is None:
                name = self._folder / store.encode().hex()[-200:]
                descriptor = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                found = self._files[store] = (descriptor, threading.RLock())
            return found
