"""The contract of topics and of what commits with them. Implementations: ``memory`` (tests), ``embedded``, ``kafka``.

A log holds topics; a topic has partitions; a partition is a sequence of records with rising offsets (gaps are allowed:
compaction, transaction markers). Everything is in batches of parallel lists, never record objects.

A ``Transaction`` is how anything is written: appended records, changed state and input offsets become visible together at
``commit``, or not at all. Readers see committed records only.

Nothing here knows SQL, formats or connectors. Times are milliseconds since 1970; sizes are bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Protocol

from millstream.dataclass import dataclass
from millstream.errors import LogError

Headers = Sequence[tuple[str, bytes | None]]


@dataclass(slots=True)
class Batch:
    """Records to append, or records read. All lists have the same length.

    ``headers`` is None when no record has any; else one sequence (possibly empty) a record. On reads ``offsets`` has one offset a
    record (a ``range`` where there are no gaps) and ``next_offset`` is where to go on, which may be behind a gap at the end.
    """

    keys: list[bytes | None]
    values: list[bytes | None]
    timestamps: list[int]
    headers: list[Headers] | None = None
    offsets: Sequence[int] = ()
    next_offset: int = 0

    def __len__(self) -> int:
        return len(self.values)

    def part(self, low: int, high: int) -> Batch:
        """Of a batch that was read, its records ``low`` to ``high`` - 1. Behind them the rest follows."""
        offsets = self.offsets
        return Batch(
            self.keys[low:high],
            self.values[low:high],
            self.timestamps[low:high],
            None if self.headers is None else self.headers[low:high],
            offsets[low:high],
            self.next_offset if high == len(offsets) else offsets[high],
        )


@dataclass(frozen=True, slots=True)
class TopicInfo:
    """``config`` holds Kafka's topic configuration keys: ``cleanup.policy``, ``retention.ms``, ``retention.bytes``, ..."""

    name: str
    partitions: int
    replicas: int = 1
    config: Mapping[str, str] = field(default_factory=dict)


class Unavailable(LogError):
    """What is needed is not there now and may come back: the brokers, a topic that was deleted. Trying again later makes sense."""


class NoTopic(Unavailable):
    """There is no such topic (any more)."""


class TransactionLost(LogError):
    """A commit that did not happen, or of which nobody knows whether it did. Nothing of it may be believed.

    Who gets it drops what it holds in memory, calls ``Log.recover`` and goes on from ``Log.committed``.
    """


class TakenOver(TransactionLost):
    """Another process has become the writer, for good. ``Log.recover`` raises it too."""


class Transaction(Protocol):
    """What becomes visible together. One thread uses it. Leaving the ``with`` block by an exception aborts."""

    def append(self, topic: str, partition: int, batch: Batch) -> None:
        """Stage records for one partition."""

    def put(self, store: str, partition: int, items: Iterable[tuple[bytes, bytes | None]]) -> None:
        """Stage changes of a keyed store (None deletes). Stores are named ``<query id>/<store name>``."""

    def offsets(self, group: str, positions: Mapping[tuple[str, int], int]) -> None:
        """Stage the next offsets that ``group`` will read, by (topic, partition)."""

    def commit(self) -> Mapping[tuple[str, int], int]:
        """Make everything visible. Returns the first offset given to what was appended, by (topic, partition)."""

    def abort(self) -> None: ...

    def __enter__(self) -> Transaction: ...

    def __exit__(self, *error: object) -> None: ...


class Lookup(Protocol):
    """The rows of one store as they were when this was made, for many ``get`` in a row: one read transaction instead of as many.

    One thread uses it, and closes it within 50 ms: what it holds on to cannot be reused.
    """

    def get(self, key: bytes) -> bytes | None: ...

    def close(self) -> None: ...


class Log(Protocol):
    """Topics, keyed stores and group offsets behind one commit. Safe to use from several threads; one instance a process."""

    def create(self, topic: TopicInfo) -> None:
        """Create a topic. Raises LogError if it exists or its name is not a legal Kafka topic name."""

    def delete(self, topic: str) -> None:
        """Delete a topic and its records. Raises LogError if there is none."""

    def topics(self) -> dict[str, TopicInfo]:
        """All topics by name, internal ones included."""

    def topic(self, name: str) -> TopicInfo | None: ...

    def read(self, topic: str, partition: int, offset: int, max_bytes: int = 1 << 20) -> Batch:
        """Committed records from ``offset`` on, at least one if there is one, else about ``max_bytes`` of them; empty at the end.

        An offset before the start (retention) reads from the start; one behind the end gives an empty batch.
        """

    def start_offsets(self, topic: str) -> list[int]:
        """First kept offset of each partition."""

    def end_offsets(self, topic: str) -> list[int]:
        """Next offset to be given of each partition, committed records only."""

    def offset_for_time(self, topic: str, partition: int, timestamp: int) -> int:
        """First offset whose timestamp is at least ``timestamp``; the end if there is none."""

    def begin(self, owner: str) -> Transaction:
        """Start a transaction. ``owner`` names the writer (Kafka: the transactional id); one open transaction an owner."""

    def recover(self, owner: str) -> None:
        """Become the writer ``owner``: what an earlier one left unfinished ends, and its stores (``<owner>/...``) are as last committed.

        Embedded logs are always recovered.
        """

    def recovery(self, owner: str) -> Iterator[tuple[str, int, int]]:
        """The same piece by piece. A query goes through it before it reads its state and offsets.

        Where state is restored from elsewhere, it tells after each piece the store, and how many records of how many are done.
        """

    def get(self, store: str, partition: int, key: bytes) -> bytes | None:
        """Committed value of a key."""

    def lookup(self, store: str, partition: int) -> Lookup:
        """Committed values of a store as they are now."""

    def scan(self, store: str, partition: int, low: bytes | None = None, high: bytes | None = None) -> Iterator[tuple[bytes, bytes]]:
        """Committed items with low <= key < high in byte order. Copies out in slices; never holds a read transaction open."""

    def readers(self) -> dict[str, tuple[int, int]]:
        """Who else reads: consumers and groups by topic, the own service's left out."""

    def counting(self) -> Iterator[tuple[str, int]]:
        """Every keyed store kept here with a number of its rows, slice by slice: those of one store add up to about what it holds."""

    def drop_store(self, prefix: str) -> None:
        """Delete every store whose name starts with ``prefix`` (a query's: ``<query id>/``)."""

    def committed(self, group: str) -> dict[tuple[str, int], int]:
        """Offsets that the group committed."""

    def drop_group(self, group: str) -> None: ...

    def groups(self) -> list[str]: ...

    def wait(self, positions: Mapping[tuple[str, int], int], timeout_ms: int) -> bool:
        """Block until some (topic, partition) has records at or behind its position. False on time-out. A doorbell, not polling."""

    def fileno(self) -> int:
        """A descriptor that becomes readable when anything was committed by any process, for an event loop. See ``drain``."""

    def drain(self) -> None:
        """Quieten ``fileno`` before looking for new records."""

    def close(self) -> None: ...
