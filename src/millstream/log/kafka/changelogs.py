"""Keyed stores: a copy in a local directory, the truth in a compacted topic a store, one partition each.

The local copy is an embedded log of its own, used for its stores; how far of a changelog it has is kept in the same transaction as the
state. A changelog that ends in front of that place, or that is another topic of the same name, means that the copy is worth nothing: it is
emptied and built anew. A file lock a store keeps two processes of this machine from writing the same copy at once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from millstream.log.base import TopicInfo, Unavailable
from millstream.log.embedded import EmbeddedLog
from millstream.log.kafka.locks import Locks
from millstream.log.kafka.names import Names
from millstream.log.kafka.native import piece
from millstream.log.kafka.reader import Reader
from millstream.log.kafka.topics import Topics
from millstream.log.staging import TopicPartition

_GROUP = "changelogs"
_OWNER = "changelogs"
#: Of a changelog: bytes asked for at a time, and bytes put into the copy together. Many, since sorted keys go in quicker.
_READ_BYTES = 4 << 20
_TOGETHER = 160 << 20
_EMPTIED = 20_000
#: How long the end of a transaction is waited for, in seconds.
_ENDS = 5.0
#: In front of no end of a changelog.
_NOWHERE = 1 << 62
#: Offsets between two transactions of a writer.
_MARKER = 1
#: The changelog of offsets has a record a partition and commit, and what is not compacted yet is read at a restore: bytes of a segment.
_SEGMENT = {"segment.bytes": str(16 << 20)}


@dataclass(slots=True)
class _Changelog:
    topic: str
    identity: str
    partitions: int
    #: Partitions whose local copy is what the changelog said when this process looked.
    current: set[int] = field(default_factory=set)
    #: By partition, who wrote here last, and up to where: a marker follows.
    wrote: dict[int, tuple[str, int]] = field(default_factory=dict)


#: Stores by name, with what keeps them.
Owned = dict[str, _Changelog]


class Changelogs:
    """The stores of a service on this machine. Safe to use from several threads."""

    def __init__(self, directory: Path, names: Names, topics: Topics, reader: Reader, *, fsync: bool) -> None:
        self.local = EmbeddedLog(directory / "state", fsync=fsync)
        self.names = names
        self._topics = topics
        self._reader = reader
        self._locks = Locks(directory / "locks")
        self._lock = threading.RLock()
        self._known: dict[str, _Changelog | None] = {}

    def look(self, store: str, partition: int) -> None:
        """Before a read: the local copy is as the changelog was when this process first looked. Cheap from then on."""
        known = self._known.get(store, self)
        if known is None or (isinstance(known, _Changelog) and partition in known.current):
            return
        changelog = self._found(store)
        if changelog is not None and partition < changelog.partitions:
            self._whole(changelog.topic, partition, _ENDS)
            self._restore(store, changelog, partition)
        elif changelog is not None:
            changelog.current.add(partition)

    def prepare(self, store: str, partition: int) -> str:
        """Before a write: the changelog is there, and the copy is current. Returns the topic."""
        changelog = self._known.get(store) or self._found(store)
        if changelog is None:
            topic = self.names.changelog(store)
            more = _SEGMENT if self.names.group(store) is not None else {}
            self._topics.create(TopicInfo(topic, partition + 1, -1, {"cleanup.policy": "compact", **more}))
            changelog = self._found(store)
            assert changelog is not None
        if partition >= changelog.partitions:
            self._topics.grow(changelog.topic, partition + 1)
            changelog.partitions = partition + 1
        if partition not in changelog.current:
            self._whole(changelog.topic, partition, _ENDS)
            self._restore(store, changelog, partition)
        return changelog.topic

    def refresh(self, store: str, partition: int) -> bool:
        """The local copy is as the changelog is now; False where there is none."""
        changelog = self._found(store)
        there = changelog is not None and partition < changelog.partitions
        if there:
            self._whole(changelog.topic, partition, _ENDS)  # type: ignore[union-attr]
            self._restore(store, changelog, partition)  # type: ignore[arg-type]
        return there

    def _whole(self, topic: str, partition: int, patience_s: float) -> None:
        """Wait until what is in a changelog now can be seen: every earlier transaction of its writer has ended. Raises Unavailable if one
        has not: going on from what is in front of it would do again what it did."""
        where = (topic, partition)
        if self._topics.behind(self._topics.tops([where]), patience_s):
            raise Unavailable(
                f"Kafka has not ended a transaction in the topic '{topic}', partition {partition}.",
                hint="A broker that is killed can forget to: see 'Transactions that do not end' in docs/operations.md.",
            )

    def keep(
        self,
        owner: str,
        puts: Mapping[tuple[str, int], Mapping[bytes, bytes | None]],
        first: Mapping[TopicPartition, int],
        ends: Mapping[TopicPartition, int],
    ) -> None:
        """Apply to the copies what a transaction of ``owner`` has written to the changelogs, from ``first`` to ``ends`` in each.

        Where others have written in front of it that the copy does not have, the copy's place stays: it is read from there again.
        """
        with self._locks.held(sorted({store for store, _ in puts})):
            positions = self.local.committed(_GROUP)
            with self.local.begin(f"{_OWNER}-{threading.get_ident()}") as transaction:
                for (store, partition), changes in puts.items():
                    transaction.put(store, partition, changes.items())
                    known = self._known.get(store)
                    if known is not None:
                        place, where = (known.identity, partition), (known.topic, partition)
                        position = positions.get(place, 0)
                        if where not in ends:
                            continue
                        marker = _MARKER if known.wrote.get(partition) == (owner, position) else 0
                        alone = ends[where] - first[where] == len(changes)
                        if alone and first[where] in (position, position + marker):
                            transaction.offsets(_GROUP, {place: ends[where]})
                            known.wrote[partition] = (owner, ends[where])

    def doubt(self, stores: Mapping[tuple[str, int], object]) -> None:
        """What was written to these is not known: look at their changelogs again."""
        with self._lock:
            for store, _ in stores:
                self._known.pop(store, None)

    def owned(self, owner: str) -> Owned:
        """An owner's stores with their changelogs."""
        stores = [store for store in self.stores() if store.startswith(f"{owner}/")]
        return {store: changelog for store in stores if (changelog := self._found(store)) is not None}

    def places(self, owned: Owned) -> dict[TopicPartition, int]:
        """Up to where the copies of these stores have their changelogs: what is in front of that was committed."""
        kept = self.local.committed(_GROUP)
        return {
            (changelog.topic, partition): place
            for changelog in owned.values()
            for partition in range(changelog.partitions)
            if (place := kept.get((changelog.identity, partition), 0)) > 0
        }

    def recovery(self, owned: Owned, patience_s: float) -> Iterator[tuple[str, int, int]]:
        """Bring the copies of these stores to the end of their changelogs; tells the store, records done, and of how many. ``patience_s``:
        how long the end of a transaction is waited for."""
        for store, changelog in owned.items():
            for partition in range(changelog.partitions):
                self._whole(changelog.topic, partition, patience_s)
                for done, total in self._restoring(store, changelog, partition):
                    yield store, done, total

    def follow(self, stop: Callable[[], bool] = lambda: False) -> bool:
        """Bring all copies to where their changelogs are now, as a standby does, or until ``stop``; whether there was anything new."""
        stores = self.stores()
        with self._lock:
            gone = {store.partition("/")[0] for store in self._known} - {store.partition("/")[0] for store in stores}
            self._known = {store: known for store, known in self._known.items() if store in stores and known is not None}
        for owner in gone:
            self.local.drop_store(f"{owner}/")
        places = {}
        for store in stores:
            changelog = self._known.get(store) or self._found(store)
            for partition in range(changelog.partitions if changelog is not None else 0):
                places[changelog.topic, partition] = store, changelog  # type: ignore[union-attr]
        ends = self._topics.offsets(places, start=False) if places else {}
        positions = self.local.committed(_GROUP)
        worked = False
        for (topic, partition), (store, changelog) in places.items():
            if positions.get((changelog.identity, partition)) != ends[topic, partition]:  # type: ignore[union-attr]
                worked = True
                for _ in self._restoring(store, changelog, partition):  # type: ignore[arg-type]
                    if stop():
                        return True
        return worked

    def forget(self) -> None:
        """What was current may not be any more: look at each changelog again before its store is used."""
        with self._lock:
            self._known.clear()

    def drop(self, prefix: str) -> None:
        """Delete the stores whose names start with ``prefix``: changelogs first, since without one a copy means nothing."""
        stores = {topic: store for topic in self._topics.names(self.names.prefix) if (store := self.names.store(topic)) is not None}
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
            topic = self.names.changelog(store)
            described = self._topics.identity(topic)
            found = None if described is None else _Changelog(topic, f"{topic}@{described[0]}", described[1])
            self._known[store] = found
            return found

    def stores(self) -> list[str]:
        """Those that have a changelog."""
        return [store for topic in self._topics.names(self.names.prefix) if (store := self.names.store(topic)) is not None]

    def _restore(self, store: str, changelog: _Changelog, partition: int) -> None:
        for _ in self._restoring(store, changelog, partition):
            pass

    def _restoring(self, store: str, changelog: _Changelog, partition: int) -> Iterator[tuple[int, int]]:
        """Bring one copy to the end that its changelog has now; tells how far it is after each piece."""
        where, place = (changelog.topic, partition), (changelog.identity, partition)
        end = self._topics.offsets([where], start=False)[where]
        with self._locks.held([store]):
            position = self.local.committed(_GROUP).get(place)
            if position is not None and end < position <= self._topics.tops([where])[where]:
                self._whole(*where, _ENDS)  # it was committed and cannot be seen yet
                end = self._topics.offsets([where], start=False)[where]
            if position is None or position > end:
                begin = self._topics.offsets([where], start=True)[where]
                # Whoever stops in the middle of it begins again: no changelog reaches that far.
                self.local.load(store, partition, piece(), _GROUP, {place: _NOWHERE})
                self._empty(store, partition)
                self.local.load(store, partition, piece(), _GROUP, {place: begin})
                position = begin
        first = position
        while position < end:
            with self._locks.held([store]):
                position = max(position, self.local.committed(_GROUP).get(place, 0))  # another thread may be further
                position = self._piece(store, changelog, partition, position, end)
            yield min(position, end) - first, end - first
        self._reader.close_cursor(where)
        changelog.current.add(partition)

    def _piece(self, store: str, changelog: _Changelog, partition: int, position: int, end: int) -> int:
        """Put some records into the copy; where to go on."""
        records = piece()
        while position < end and records.used < _TOGETHER:
            batch = self._reader.read(changelog.topic, partition, position, _READ_BYTES)
            if not batch.values:
                position = max(batch.next_offset, end)
                break
            records.add(batch.keys, batch.values)
            position = batch.next_offset
        place = (changelog.identity, partition)
        self.local.load(store, partition, records, _GROUP, {place: max(position, self.local.committed(_GROUP).get(place, 0))})
        return position

    def _empty(self, store: str, partition: int) -> None:
        """Delete every key of a copy."""
        while keys := [key for key, _ in islice(self.local.scan(store, partition), _EMPTIED)]:
            with self.local.begin(f"{_OWNER}-{threading.get_ident()}") as transaction:
                transaction.put(store, partition, [(key, None) for key in keys])
