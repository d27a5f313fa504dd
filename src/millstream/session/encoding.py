"""Rows that clients insert, as records: encoded in the relation's formats, partitioned by key as Kafka's producers do, appended in
one transaction.

What may not live here: SQL, HTTP.
"""

from __future__ import annotations

import itertools
import queue
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from millstream.catalog import Relation
from millstream.errors import MillstreamError, RequestError
from millstream.log.base import Batch, Log
from millstream.log.partitioner import Partitioner
from millstream.types import quote

if TYPE_CHECKING:
    from millstream.session.database import Database


class Writer:
    """Writes rows of one relation. One thread uses it."""

    def __init__(self, database: Database, relation: Relation) -> None:
        from millstream import formats

        self._database = database
        self.relation = relation
        key, value = relation.key_format, relation.value_format
        self._keys = [c.name for c in relation.schema.key]
        self._values = [c.name for c in relation.schema.value]
        registry = database.registry
        self._encode_key = formats.get(key.name).encoder(relation.schema.key, key.options, registry) if self._keys else None
        self._encode_value = formats.get(value.name).encoder(relation.schema.value, value.options, registry) if self._values else None
        info = database.log.topic(relation.topic)
        if info is None:
            raise RequestError(f"Cannot insert into {quote(relation.name)}: its topic '{relation.topic}' does not exist.")
        self._partitioner = Partitioner(info.partitions)
        self._round_robin = itertools.cycle(range(info.partitions))

    def write(self, rows: Iterable[tuple[dict[str, Any], int | None]]) -> None:
        """Append rows (values by column name, ROWTIME in ms or None for now). They are readable when this returns."""
        batches: dict[tuple[str, int], Batch] = defaultdict(lambda: Batch([], [], []))
        for values, timestamp in rows:
            key, value = self._encode(values)
            partition = next(self._round_robin) if key is None else self._partitioner.partition(key)
            batch = batches[self.relation.topic, partition]
            batch.keys.append(key)
            batch.values.append(value)
            batch.timestamps.append(self._database.clock() if timestamp is None else timestamp)
        with OWNERS.begin(self._database.log) as transaction:
            for (topic, partition), batch in batches.items():
                transaction.append(topic, partition, batch)
            first = transaction.commit()
        self._database.positions.inserted(first, {where: len(batch) for where, batch in batches.items()})

    def _encode(self, values: dict[str, Any]) -> tuple[bytes | None, bytes | None]:
        keys: Sequence[Any] = [values.get(name) for name in self._keys]
        key = None if self._encode_key is None or all(k is None for k in keys) else self._encode_key(keys)
        value = None if self._encode_value is None else self._encode_value([values.get(name) for name in self._values])
        return key, value


class Owners:
    """Names of writers: a log allows one open transaction a name, so each running insert takes one of its own and gives it back."""

    def __init__(self) -> None:
        self._free: queue.LifoQueue[str] = queue.LifoQueue()
        self._count = itertools.count()

    @contextmanager
    def begin(self, log: Log) -> Iterator[Any]:
        try:
            owner = self._free.get_nowait()
        except queue.Empty:
            owner = f"_insert-{next(self._count)}"
        try:
            with log.begin(owner) as transaction:
                yield transaction
        finally:
            self._free.put(owner)


OWNERS = Owners()


def refuse_target(relation: Relation | None, name: str, hint: str | None = None) -> Relation:
    """A relation that takes rows. Raises RequestError for an unknown, a windowed or a header-bearing one."""
    if relation is None:
        raise RequestError(f"Cannot insert values into an unknown stream/table: {quote(name)}", hint=hint)
    if relation.window is not None:
        raise RequestError("Cannot insert values into windowed stream/table!")
    return relation


def insert_failed(relation: Relation, error: MillstreamError) -> str:
    return f"Failed to insert values into '{relation.name}'. {error.message}"
