"""KafkaLog: the contract of ``log.base`` on an Apache Kafka cluster. How it is done is in the modules beside it."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from millstream.errors import LogError
from millstream.log.base import Batch, Lookup, NoTopic, TakenOver, TopicInfo, Transaction, TransactionLost, Unavailable
from millstream.log.crash import point
from millstream.log.kafka.announcements import Announcement, Announcements
from millstream.log.kafka.bell import Bell
from millstream.log.kafka.changelogs import Changelogs
from millstream.log.kafka.errors import Faults
from millstream.log.kafka.identity import Identity
from millstream.log.kafka.leader import PATIENCE_S, Membership
from millstream.log.kafka.names import Names
from millstream.log.kafka.outcomes import Outcomes
from millstream.log.kafka.positions import Positions
from millstream.log.kafka.reader import Reader
from millstream.log.kafka.settings import Settings
from millstream.log.kafka.topics import Topics
from millstream.log.kafka.writer import Sends, Writer
from millstream.log.kafka.writers import GROUPS, Writers
from millstream.log.staging import StagedTransaction, TopicPartition, joined

#: Stores of queries that end with their client: kept on this machine only.
_TRANSIENT = "transient_"
#: How long the end of a transaction is waited for, in seconds; and by a query, which tries again, while others want to go on.
_ENDS, _BRIEF = 5.0, 0.2


class KafkaLog:
    """Topics on Kafka, stores in ``directory`` with their changelogs on Kafka. Implements ``log.base.Log``; one instance a process.

    ``given`` are librdkafka's settings: ``bootstrap.servers`` and what the connection needs. ``service`` is the service id, part of the
    names of everything internal. ``clock`` gives ms since 1970. ``role`` names the process among those that share the directory.
    """

    def __init__(
        self,
        given: Mapping[str, str],
        directory: Path | str,
        service: str,
        clock: Callable[[], int],
        *,
        role: str = "server",
        fsync: bool = True,
        led: bool = False,
    ) -> None:
        """``led``: servers of the service stand for leadership (``join``), and the leader writes; else whoever came last does."""
        self.directory = Path(directory)
        self.names = Names(service)
        self._clock = clock
        self._faults = Faults(given.get("bootstrap.servers", ""))
        self._settings = Settings(given, self._faults.note)
        self._bell = Bell()
        self._topics = Topics(self._settings, self._faults)
        self._reader = Reader(self._settings, self._faults, self._topics, self._bell.ring)
        self._changelogs = Changelogs(Path(directory) / "kafka", self.names, self._topics, self._reader, fsync=fsync)
        self._positions = Positions(self._changelogs, self._topics)
        self._lock = threading.Lock()
        self._writers = Writers(self._settings, self.names, self._faults, role, self._may_write, self._leading)
        self._outcomes = Outcomes(self.names, self._topics, self._reader, clock)
        self._open: dict[str, StagedTransaction] = {}
        self._closed = False
        self._led = led
        self._identity = Identity(self.directory) if led else None
        self._announced = Announcements(self.names.leader, self._topics, self._reader)
        self._member: Membership | None = None

    def create(self, topic: TopicInfo) -> None:
        self._may_write()
        self._topics.create(topic)
        self._bell.ring()

    def delete(self, topic: str) -> None:
        self._may_write()
        self._topics.delete([topic])
        self._reader.forget(topic)
        self._bell.ring()

    def topics(self) -> dict[str, TopicInfo]:
        return self._topics.all()

    def topic(self, name: str) -> TopicInfo | None:
        return self._topics.one(name)

    def read(self, topic: str, partition: int, offset: int, max_bytes: int = 1 << 20) -> Batch:
        return self._reader.read(topic, partition, offset, max_bytes)

    def start_offsets(self, topic: str) -> list[int]:
        return self._offsets(topic, start=True)

    def end_offsets(self, topic: str) -> list[int]:
        return self._offsets(topic, start=False)

    def offset_for_time(self, topic: str, partition: int, timestamp: int) -> int:
        self._topics.check(topic, partition)
        found = self._topics.for_time(topic, partition, timestamp)
        return self.end_offsets(topic)[partition] if found is None else found

    def begin(self, owner: str) -> Transaction:
        transaction = StagedTransaction(owner, self._topics.check, self._publish)
        with self._lock:
            if self._writers.fenced(owner) and not self._led:
                raise _taken_over(owner)
            older = self._open.get(owner)
            if older is not None:
                older.fenced = True
            self._open[owner] = transaction
        return transaction

    def recover(self, owner: str) -> None:
        for _ in self._recovery(owner, _ENDS):
            pass

    def recovery(self, owner: str) -> Iterator[tuple[str, int, int]]:
        return self._recovery(owner, _BRIEF)

    def _recovery(self, owner: str, patience_s: float) -> Iterator[tuple[str, int, int]]:
        writer, owned = self._writers.of(owner), self._changelogs.owned(owner)
        with self._writers.noting(writer):
            self._outcomes.complete(writer, self._changelogs.places(owned), patience_s)
        return self._changelogs.recovery(owned, patience_s)

    def join(self, address: str) -> Membership:
        """Stand for leadership of the service. ``address`` is where this server is reached. From now on nothing is written here unless
        this server leads. Raises LogError when no broker answers."""
        self._forget()
        assert self._identity is not None, "only logs that are led have leaders"
        me = Announcement(self._identity.name, address, secrets.token_hex(8))
        self._member = Membership(me, self._identity, self._announced, self._topics, self._announcer, self._clock)
        return self._member

    def follow(self, stop: Callable[[], bool] = lambda: False) -> bool:
        """Bring the local copies of all stores to where their changelogs are, or until ``stop``; whether there was anything new."""
        return self._changelogs.follow(stop)

    def lead(self) -> None:
        """This server has become the leader: become the writer of the definitions, bring what was followed to its end."""
        assert self._member is not None, "join before you lead"
        self._forget()
        self.end_offsets(self.names.leader)  # returns once everybody can read who leads: whoever is fenced looks there
        self._writers.of("_journal")

    def _forget(self) -> None:
        """Others may have written meanwhile."""
        self._changelogs.forget()
        self._positions.doubt()

    def _announcer(self) -> Writer:
        """The writer that announces; all earlier ones are fenced."""
        return Writer("_leader", self._settings.producer(self.names.owner("_leader")), self._faults, PATIENCE_S)

    def _may_write(self) -> None:
        if self._member is not None:
            self._member.check()

    def _leading(self, owner: str) -> None:
        """A writer was fenced. Raises unless it may become the writer again: it was somebody from outside, and this server still leads."""
        if self._identity is None:
            raise _taken_over(owner)
        last = self._announced.last()
        if last is None:
            raise Unavailable("Nobody has announced that it leads this service.", hint="Try again in a few seconds.")
        if last.identity != self._identity.name:
            raise _taken_over(owner)

    def get(self, store: str, partition: int, key: bytes) -> bytes | None:
        self._changelogs.look(store, partition)
        return self._changelogs.local.get(store, partition, key)

    def lookup(self, store: str, partition: int) -> Lookup:
        self._changelogs.look(store, partition)
        return self._changelogs.local.lookup(store, partition)

    def scan(self, store: str, partition: int, low: bytes | None = None, high: bytes | None = None) -> Iterator[tuple[bytes, bytes]]:
        self._changelogs.look(store, partition)
        return self._changelogs.local.scan(store, partition, low, high)

    def readers(self) -> dict[str, tuple[int, int]]:
        return self._topics.readers(self.names.prefix)

    def counting(self) -> Iterator[tuple[str, int]]:
        return ((store, rows) for store, rows in self._changelogs.local.counting() if self.names.group(store) is None)

    def drop_store(self, prefix: str) -> None:
        self._may_write()
        self._changelogs.drop(prefix)
        self._outcomes.forget(prefix)

    def committed(self, group: str) -> dict[TopicPartition, int]:
        return self._positions.committed(group)

    def drop_group(self, group: str) -> None:
        def put(store: str, partition: int, rows: list[tuple[bytes, None]]) -> None:
            with self.begin(GROUPS) as transaction:
                transaction.put(store, partition, rows)

        self._may_write()
        self._positions.drop(group, put)

    def groups(self) -> list[str]:
        return self._positions.groups()

    def wait(self, positions: Mapping[TopicPartition, int], timeout_ms: int) -> bool:
        def arrived() -> bool:
            for where, offset in positions.items():
                try:
                    if self._reader.has(where, offset):
                        return True
                except LogError:
                    continue  # no such topic yet, or no broker now
            return False

        return self._bell.wait(arrived, timeout_ms)

    def fileno(self) -> int:
        return self._bell.fileno()

    def drain(self) -> None:
        self._bell.drain()

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._bell.close()
        self._reader.close()
        self._writers.close()
        self._changelogs.close()

    def __enter__(self) -> KafkaLog:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _offsets(self, topic: str, *, start: bool) -> list[int]:
        try:
            wanted = [(topic, partition) for partition in range(self._topics.partitions(topic))]
            found = self._topics.offsets(wanted, start=start)
        except NoTopic:
            self._reader.forget(topic)
            raise
        return [found[where] for where in wanted]

    def _publish(self, transaction: StagedTransaction) -> dict[TopicPartition, int]:
        with self._lock:
            if self._open.get(transaction.owner) is transaction:
                del self._open[transaction.owner]
        if transaction.empty:
            return {}
        self._may_write()
        sends: Sends = [(topic, partition, joined(batches)) for (topic, partition), batches in transaction.appends.items()]
        moved = self._positions.puts(transaction.positions)
        puts = {**transaction.puts, **moved}
        kept = {place: changes for place, changes in puts.items() if not place[0].startswith(_TRANSIENT)}
        now = self._clock()
        writer = self._writers.of(transaction.owner)
        for (store, partition), changes in kept.items():
            topic = self._changelogs.prepare(store, partition)
            if changes:
                sends.append((topic, partition, Batch(list(changes), list(changes.values()), [now] * len(changes))))
        with writer.lock, self._writers.noting(writer):
            if writer.lost:
                raise TransactionLost(f"The transaction of '{transaction.owner}' was begun before an earlier one was lost.")
            try:
                if sends:
                    try:
                        writer.commit(sends)
                    except BaseException:
                        if writer.asked:
                            self._outcomes.remember(transaction.owner, writer.ends, sure=False)
                        raise
                    first, ends = writer.first, writer.ends
                    self._outcomes.remember(transaction.owner, ends, sure=True)
                    self._reader.reached(ends)
                    self._topics.committing(ends)
                else:
                    first, ends = {}, {}
                if puts:
                    self._changelogs.keep(transaction.owner, puts, first, ends)
                    self._positions.wrote(moved)
                    point("kafka.stored")
            except BaseException:
                self._changelogs.doubt(kept)
                self._positions.doubt(transaction.positions)
                raise
        self._bell.ring()
        return {where: offset for where, offset in first.items() if where in transaction.appends}


def _taken_over(owner: str) -> TakenOver:
    return TakenOver(
        f"Another server of this service has taken over: '{owner}' may not write here any more.",
        hint="Only one server of a service.id writes at a time. This one stands by, and leads again when the other one is gone.",
    )
