"""A log in this process's memory, for tests. Same promises as the embedded log, except that nothing outlives it.

Retention and compaction are left out: a test that needs them uses the embedded log.
"""

from __future__ import annotations

import os
import threading
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import field
from itertools import accumulate

from millstream.dataclass import dataclass
from millstream.errors import LogError
from millstream.log.base import Batch, Headers, Lookup, TopicInfo, Transaction
from millstream.log.names import check_topic, unknown_partition, unknown_topic
from millstream.log.staging import StagedTransaction, TopicPartition, joined


@dataclass(slots=True)
class _Partition:
    """Parallel lists; ``ends[i]`` is the size in bytes of records 0 to i."""

    keys: list[bytes | None] = field(default_factory=list)
    values: list[bytes | None] = field(default_factory=list)
    timestamps: list[int] = field(default_factory=list)
    headers: list[Headers] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)

    def extend(self, batch: Batch) -> None:
        self.keys += batch.keys
        self.values += batch.values
        self.timestamps += batch.timestamps
        self.headers += batch.headers if batch.headers is not None else [()] * len(batch)
        sizes = (len(k or b"") + len(v or b"") + 16 for k, v in zip(batch.keys, batch.values, strict=True))
        self.ends += list(accumulate(sizes, initial=self.ends[-1] if self.ends else 0))[1:]

    def slice(self, low: int, max_bytes: int) -> Batch:
        low = max(low, 0)
        if low >= len(self.values):
            return Batch([], [], [], offsets=range(low, low), next_offset=low)
        before = self.ends[low - 1] if low else 0
        high = max(bisect_right(self.ends, before + max_bytes), low + 1)
        headers = self.headers[low:high]
        return Batch(
            self.keys[low:high],
            self.values[low:high],
            self.timestamps[low:high],
            headers if any(headers) else None,
            range(low, high),
            high,
        )


class _Store:
    """A dictionary whose sorted keys are kept between scans."""

    __slots__ = ("items", "order")

    def __init__(self) -> None:
        self.items: dict[bytes, bytes] = {}
        self.order: list[bytes] | None = None

    def put(self, changes: Mapping[bytes, bytes | None]) -> None:
        for key, value in changes.items():
            if value is None:
                if self.items.pop(key, None) is not None:
                    self.order = None
            else:
                if key not in self.items:
                    self.order = None
                self.items[key] = value

    def range(self, low: bytes | None, high: bytes | None) -> list[tuple[bytes, bytes]]:
        if self.order is None:
            self.order = sorted(self.items)
        first = 0 if low is None else bisect_left(self.order, low)
        last = len(self.order) if high is None else bisect_left(self.order, high)
        return [(k, self.items[k]) for k in self.order[first:last]]


@dataclass(frozen=True, slots=True)
class _Lookup:
    """Nothing is held: the log's own ``get``."""

    log: MemoryLog
    store: str
    partition: int

    def get(self, key: bytes) -> bytes | None:
        return self.log.get(self.store, self.partition, key)

    def close(self) -> None: ...


class MemoryLog:
    """Implements ``log.base.Log``. Safe to use from several threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._topics: dict[str, TopicInfo] = {}
        self._partitions: dict[TopicPartition, _Partition] = {}
        self._stores: dict[TopicPartition, _Store] = {}
        self._groups: dict[str, dict[TopicPartition, int]] = {}
        self._open: dict[str, StagedTransaction] = {}
        self._bell = -1

    def create(self, topic: TopicInfo) -> None:
        check_topic(topic.name, topic.partitions)
        with self._changed:
            if topic.name in self._topics:
                raise LogError(f"Topic '{topic.name}' exists already.")
            self._topics[topic.name] = topic
            for partition in range(topic.partitions):
                self._partitions[topic.name, partition] = _Partition()
            self._ring()

    def delete(self, topic: str) -> None:
        with self._changed:
            info = self._topics.pop(topic, None)
            if info is None:
                raise unknown_topic(topic)
            for partition in range(info.partitions):
                del self._partitions[topic, partition]
            for group in self._groups.values():
                for position in [p for p in group if p[0] == topic]:
                    del group[position]
            self._ring()

    def topics(self) -> dict[str, TopicInfo]:
        with self._changed:
            return dict(self._topics)

    def topic(self, name: str) -> TopicInfo | None:
        return self._topics.get(name)

    def read(self, topic: str, partition: int, offset: int, max_bytes: int = 1 << 20) -> Batch:
        with self._changed:
            return self._partition(topic, partition).slice(offset, max_bytes)

    def start_offsets(self, topic: str) -> list[int]:
        return [0] * len(self.end_offsets(topic))

    def end_offsets(self, topic: str) -> list[int]:
        with self._changed:
            info = self._topics.get(topic)
            if info is None:
                raise unknown_topic(topic)
            return [len(self._partitions[topic, p].values) for p in range(info.partitions)]

    def offset_for_time(self, topic: str, partition: int, timestamp: int) -> int:
        with self._changed:
            times = self._partition(topic, partition).timestamps
            return next((offset for offset, time in enumerate(times) if time >= timestamp), len(times))

    def begin(self, owner: str) -> Transaction:
        transaction = StagedTransaction(owner, self._check, self._publish)
        with self._changed:
            older = self._open.get(owner)
            if older is not None:
                older.fenced = True
            self._open[owner] = transaction
        return transaction

    def recover(self, owner: str) -> None:
        """Nothing to do: what is committed is whole."""

    def recovery(self, owner: str) -> Iterator[tuple[str, int, int]]:
        """Nothing to do."""
        self.recover(owner)
        return iter(())

    def get(self, store: str, partition: int, key: bytes) -> bytes | None:
        with self._changed:
            kept = self._stores.get((store, partition))
            return None if kept is None else kept.items.get(key)

    def lookup(self, store: str, partition: int) -> Lookup:
        return _Lookup(self, store, partition)

    def scan(self, store: str, partition: int, low: bytes | None = None, high: bytes | None = None) -> Iterator[tuple[bytes, bytes]]:
        with self._changed:
            kept = self._stores.get((store, partition))
            return iter([] if kept is None else kept.range(low, high))

    def readers(self) -> dict[str, tuple[int, int]]:
        """There are none but the server itself."""
        return {}

    def counting(self) -> Iterator[tuple[str, int]]:
        with self._changed:
            return iter([(name, len(store.items)) for (name, _), store in self._stores.items()])

    def drop_store(self, prefix: str) -> None:
        with self._changed:
            for name in [s for s in self._stores if s[0].startswith(prefix)]:
                del self._stores[name]

    def committed(self, group: str) -> dict[TopicPartition, int]:
        with self._changed:
            return dict(self._groups.get(group, {}))

    def drop_group(self, group: str) -> None:
        with self._changed:
            self._groups.pop(group, None)

    def groups(self) -> list[str]:
        with self._changed:
            return sorted(self._groups)

    def wait(self, positions: Mapping[TopicPartition, int], timeout_ms: int) -> bool:
        def arrived() -> bool:
            return any(len(self._partitions[p].values) > offset for p, offset in positions.items() if p in self._partitions)

        with self._changed:
            return self._changed.wait_for(arrived, timeout_ms / 1000)

    def fileno(self) -> int:
        with self._changed:
            if self._bell < 0:
                self._bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
            return self._bell

    def drain(self) -> None:
        if self._bell >= 0:
            try:
                os.eventfd_read(self._bell)
            except BlockingIOError:
                pass

    def close(self) -> None:
        with self._changed:
            if self._bell >= 0:
                os.close(self._bell)
                self._bell = -1

    def _partition(self, topic: str, partition: int) -> _Partition:
        kept = self._partitions.get((topic, partition))
        if kept is None:
            self._check(topic, partition)
            raise unknown_topic(topic)
        return kept

    def _check(self, topic: str, partition: int) -> None:
        info = self._topics.get(topic)
        if info is None:
            raise unknown_topic(topic)
        if not 0 <= partition < info.partitions:
            raise unknown_partition(topic, partition, info.partitions)

    def _publish(self, transaction: StagedTransaction) -> dict[TopicPartition, int]:
        first: dict[TopicPartition, int] = {}
        with self._changed:
            if self._open.get(transaction.owner) is transaction:
                del self._open[transaction.owner]
            for topic, partition in transaction.appends:
                self._check(topic, partition)
            for where, batches in transaction.appends.items():
                first[where] = len(self._partitions[where].values)
                self._partitions[where].extend(joined(batches))
            for where, changes in transaction.puts.items():
                self._stores.setdefault(where, _Store()).put(changes)
            for group, positions in transaction.positions.items():
                self._groups.setdefault(group, {}).update(positions)
            self._ring()
        return first

    def _ring(self) -> None:
        self._changed.notify_all()
        if self._bell >= 0:
            os.eventfd_write(self._bell, 1)
