"""EmbeddedLog: the contract of ``log.base`` over one data directory. How it is done is in the modules beside it."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from millstream.errors import LogError
from millstream.log import crash
from millstream.log.base import Batch, Lookup, TopicInfo, Transaction
from millstream.log.embedded import codec, durability
from millstream.log.embedded.appender import Appender
from millstream.log.embedded.bells import Bells
from millstream.log.embedded.counting import counting
from millstream.log.embedded.env import Environment, delete_prefix, mapped, prepare
from millstream.log.embedded.maintenance import Maintenance, Report
from millstream.log.embedded.pieces import Piece
from millstream.log.embedded.policy import Policy, policy
from millstream.log.embedded.reader import Reader, find_partition
from millstream.log.embedded.records import DIRTY_KEY, PARTITION_KEY, Partition, Topic, decode_topic, encode_topic, partition_of
from millstream.log.embedded.segments import SegmentFiles
from millstream.log.embedded.stores import Groups, Stores
from millstream.log.embedded.writing import Writing
from millstream.log.names import check_topic, unknown_topic
from millstream.log.staging import StagedTransaction, TopicPartition, joined

_in_use: set[str] = set()


class EmbeddedLog:
    """A log in a directory that several processes may use at once; one instance a process. Implements ``log.base.Log``.

    ``fsync=False`` does not sync: faster on slow disks, but a power cut may cost the whole directory.
    ``segment_bytes`` is the size at which segment files roll, where the topic's ``segment.bytes`` does not say otherwise.
    """

    def __init__(self, directory: Path | str, *, fsync: bool = True, segment_bytes: int = 64 << 20) -> None:
        self.directory = Path(directory)
        self._place = os.path.realpath(self.directory)
        if self._place in _in_use:
            raise LogError(f"The data directory {self.directory} is open in this process already.", hint="Close the other log first.")
        prepare(self.directory)
        if fsync:
            durability.restore(self.directory)
        self._segment_bytes = segment_bytes
        self._policies: dict[int, tuple[dict[str, str], Policy]] = {}
        self._env = env = Environment(self.directory)
        with mapped(self.directory):
            self._durability = durability.Durability(env) if fsync else durability.NoDurability(env)
        _in_use.add(self._place)
        self._bells = Bells(env, self._register)
        self._writing = Writing(env, self._durability, self._bells)
        self._files = SegmentFiles(env.topics_folder)
        self._reader = Reader(env, self._files)
        self._appender = Appender(env, self._policy, track_dirty=fsync)
        self._stores = Stores(env, self._writing)
        self._groups = Groups(env, self._writing)
        self._maintenance = Maintenance(env, self._writing, self._files, self._appender, self._groups, self._stores, self._policy)
        self._open: dict[str, StagedTransaction] = {}
        self._lock = threading.Lock()
        self._closed = False
        self._maintenance.clean_up()

    def create(self, topic: TopicInfo) -> None:
        check_topic(topic.name, topic.partitions)
        policy(topic.name, topic.config, self._segment_bytes)
        with self._writing.transaction() as txn:
            if self._env.topic(txn, topic.name) is not None:
                raise LogError(f"Topic '{topic.name}' exists already.")
            number = self._env.next_number(txn, b"topic")
            record = Topic(number, topic.name, topic.partitions, topic.replicas, dict(topic.config))
            (self._env.topics_folder / record.folder).mkdir(mode=0o700, exist_ok=True)
            txn.put(topic.name.encode(), encode_topic(record), db=self._env.topics)
            for partition in range(topic.partitions):
                txn.put(PARTITION_KEY.pack(number, partition), Partition().pack(), db=self._env.partitions)
            crash.point("topic.created")

    def delete(self, topic: str) -> None:
        with self._writing.transaction() as txn:
            record = self._env.topic(txn, topic)
            if record is None:
                raise unknown_topic(topic)
            txn.delete(topic.encode(), db=self._env.topics)
            prefix = PARTITION_KEY.pack(record.id, 0)[:4]
            for database in (self._env.partitions, self._env.segments, self._env.tail):
                delete_prefix(txn, database, prefix)
            self._groups.forget_topic(txn, topic)
        crash.point("topic.deleted")
        self._durability.sync()  # until then a power cut would bring the topic back, and it would need its files
        shutil.rmtree(self._env.topics_folder / record.folder, ignore_errors=True)

    def topics(self) -> dict[str, TopicInfo]:
        with mapped(self.directory), self._env.read() as txn:
            records = [decode_topic(raw) for raw in txn.cursor(db=self._env.topics).iternext(keys=False, values=True)]
        return {record.name: record.info for record in records}

    def topic(self, name: str) -> TopicInfo | None:
        with mapped(self.directory), self._env.read() as txn:
            record = self._env.topic(txn, name)
        return None if record is None else record.info

    def read(self, topic: str, partition: int, offset: int, max_bytes: int = 1 << 20) -> Batch:
        with mapped(self.directory):
            return self._reader.read(topic, partition, offset, max_bytes)

    def start_offsets(self, topic: str) -> list[int]:
        return [state.start for state in self._partitions(topic)]

    def end_offsets(self, topic: str) -> list[int]:
        return [state.end for state in self._partitions(topic)]

    def offset_for_time(self, topic: str, partition: int, timestamp: int) -> int:
        with mapped(self.directory):
            return self._reader.offset_for_time(topic, partition, timestamp)

    def begin(self, owner: str) -> Transaction:
        transaction = StagedTransaction(owner, self._check, self._publish)
        with self._lock:
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
        return self._stores.get(store, partition, key)

    def lookup(self, store: str, partition: int) -> Lookup:
        return self._stores.lookup(store, partition)

    def scan(self, store: str, partition: int, low: bytes | None = None, high: bytes | None = None) -> Iterator[tuple[bytes, bytes]]:
        return self._stores.scan(store, partition, low, high)

    def readers(self) -> dict[str, tuple[int, int]]:
        """There are none but the server itself."""
        return {}

    def counting(self) -> Iterator[tuple[str, int]]:
        return counting(self._env)

    def load(self, store: str, partition: int, piece: Piece, group: str, positions: Mapping[TopicPartition, int]) -> None:
        """Put very many keys into their places at once, and the positions of a group: what a restore does, quicker than a transaction."""
        with mapped(self.directory), self._writing.transaction() as txn:
            steps = self._stores.fill(txn, store, partition, piece)
            self._groups.put(txn, group, positions)
        self._stores.committed(steps)

    def drop_store(self, prefix: str) -> None:
        self._stores.drop(prefix)

    def committed(self, group: str) -> dict[TopicPartition, int]:
        return self._groups.committed(group)

    def drop_group(self, group: str) -> None:
        self._groups.drop(group)

    def groups(self) -> list[str]:
        return self._groups.names()

    def wait(self, positions: Mapping[TopicPartition, int], timeout_ms: int) -> bool:
        def arrived() -> bool:
            with self._env.read() as txn:
                for (name, partition), offset in positions.items():
                    topic = self._env.topic(txn, name)
                    raw = topic and txn.get(PARTITION_KEY.pack(topic.id, partition), db=self._env.partitions)
                    if raw and partition_of(raw).end > offset:
                        return True
            return False

        with mapped(self.directory):
            return self._bells.wait(arrived, timeout_ms)

    def fileno(self) -> int:
        return self._bells.fileno()

    def drain(self) -> None:
        self._bells.drain()

    def sync(self) -> None:
        """Return once everything committed so far would survive a power cut. Visibility never waits for this."""
        self._durability.sync()

    def maintain(self, now_ms: int, *, released: Sequence[str] = ()) -> Report:
        """Retention, compaction and upkeep; call it about once a minute, in one process or several.

        Groups hold what they have not read yet, except those in ``released`` (their queries were put to ERROR). The report names
        groups that stand in the way of a size limit.
        """
        with mapped(self.directory):
            return self._maintenance.run(now_ms, frozenset(released))

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        addresses = self._bells.close()
        try:
            if addresses:
                with self._writing.transaction(ring=False) as txn:
                    for address in addresses:
                        txn.delete(address, db=self._env.bells)
        finally:
            try:
                self._durability.close()
            finally:
                self._env.close()
                self._files.close()
                _in_use.discard(self._place)

    def __enter__(self) -> EmbeddedLog:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _partitions(self, name: str) -> list[Partition]:
        with mapped(self.directory), self._env.read() as txn:
            topic = self._env.topic(txn, name)
            if topic is None:
                raise unknown_topic(name)
            return [partition_of(txn.get(PARTITION_KEY.pack(topic.id, p), db=self._env.partitions)) for p in range(topic.partitions)]

    def _check(self, name: str, partition: int) -> None:
        with mapped(self.directory), self._env.read() as txn:
            find_partition(self._env, txn, name, partition)

    def _policy(self, topic: Topic) -> Policy:
        cached = self._policies.get(topic.id)
        if cached is None or cached[0] != topic.config:
            cached = self._policies[topic.id] = (topic.config, policy(topic.name, topic.config, self._segment_bytes))
        return cached[1]

    def _register(self, address: bytes) -> None:
        with self._writing.transaction(ring=False) as txn:
            txn.put(address, b"", db=self._env.bells)

    def _publish(self, transaction: StagedTransaction) -> dict[TopicPartition, int]:
        with self._lock:
            if self._open.get(transaction.owner) is transaction:
                del self._open[transaction.owner]
        if transaction.empty:
            return {}
        ready = []
        for where, batches in transaction.appends.items():
            batch = joined(batches)
            ready.append((where, batch, list(codec.encode(batch))))
        crash.point("commit.begin")
        first: dict[TopicPartition, int] = {}
        with self._writing.transaction() as txn:
            for (topic, partition), batch, pieces in ready:
                first[topic, partition] = self._appender.append(txn, topic, partition, batch, pieces)
            steps = self._stores.put(txn, transaction.puts)
            for group, positions in transaction.positions.items():
                self._groups.put(txn, group, positions)
            self._forget_synced(txn)
            crash.point("commit.before-publish")
        self._stores.committed(steps)
        crash.point("commit.published")
        return first

    def _forget_synced(self, txn: Any) -> None:
        """Take files out of the list of unsynced ones that a safe point has synced since."""
        limit = DIRTY_KEY.pack(self._durability.saved, (1 << 64) - 1)
        cursor = txn.cursor(db=self._env.dirty)
        while cursor.first() and cursor.key() <= limit:
            cursor.delete()
