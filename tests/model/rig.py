"""Statements in process, records in any order, rows out; and how many examples a property gets."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from millstream.config import Config
from millstream.engine.functions.registry import default_registry
from millstream.engine.local import LocalRuntime
from millstream.log.base import Batch
from millstream.log.memory import MemoryLog
from millstream.session.database import Database

#: (topic, key, value, time in ms). None as the value is a tombstone.
Record = tuple[str, str, int | None, int]

PROPERTIES = {"auto.offset.reset": "earliest"}
KEYS = st.sampled_from(["a", "b", "c"])
VALUES = st.integers(0, 4)


def examples(short: int) -> settings:
    """So many examples in the short form, fifty times as many with MILLSTREAM_LONG."""
    count = short * 50 if os.environ.get("MILLSTREAM_LONG") else short
    return settings(max_examples=count, deadline=None, suppress_health_check=list(HealthCheck))


def history(topics: Sequence[str], times: st.SearchStrategy[int], tombstones: Sequence[str] = ()) -> st.SearchStrategy[list[Record]]:
    """Records of some topics in the order they arrive; times are drawn freely, so many are late, and some records come twice."""

    def of(topic: str) -> st.SearchStrategy[Record]:
        values = st.one_of(VALUES, st.none()) if topic in tombstones else VALUES
        return st.tuples(st.just(topic), KEYS, values, times)

    record = st.one_of([of(topic) for topic in topics])
    twice = st.tuples(record, st.sampled_from([1, 1, 1, 2])).map(lambda r: [r[0]] * r[1])
    return st.lists(twice, max_size=25).map(lambda groups: [r for group in groups for r in group])


class Engine:
    """A database in memory. Relations are named as their topics; a record's value is its column V."""

    def __init__(self, *statements: str) -> None:
        self.log = MemoryLog()
        self.runtime = LocalRuntime(self.log, default_registry())
        self.runtime.driven = True
        self.database = Database(self.log, self.runtime, default_registry(), None, None, Config())
        for statement in statements:
            self.database.execute(statement, PROPERTIES)

    @staticmethod
    def source(kind: str, name: str) -> str:
        key = "PRIMARY KEY" if kind == "TABLE" else "KEY"
        return f"CREATE {kind} {name} (k VARCHAR {key}, v INT) WITH (kafka_topic='{name}', value_format='JSON', partitions=1);"

    def feed(self, records: Sequence[Record]) -> None:
        """One record after the other, each processed before the next arrives."""
        for topic, key, value, time in records:
            data = None if value is None else msgspec.json.encode({"V": value})
            self.runtime.feed(topic, key.encode(), data, time)
        for query, status in self.runtime.status().items():
            assert status.error is None, f"{query}: {status.error}"

    def out(self, topic: str) -> list[tuple[bytes, Any, int]]:
        """(key, value or None, time) of the records of a topic."""
        batch: Batch = self.log.read(topic, 0, 0, 1 << 30)
        rows = zip(batch.keys, batch.values, batch.timestamps, strict=True)
        return [(k or b"", None if v is None else msgspec.json.decode(v), t) for k, v, t in rows]

    def final(self, topic: str) -> dict[bytes, Any]:
        """The table that a topic is the changelog of."""
        table: dict[bytes, Any] = {}
        for key, value, _ in self.out(topic):
            if value is None:
                table.pop(key, None)
            else:
                table[key] = value
        return table

    def pull(self, text: str) -> list[list[Any]]:
        """Rows of a pull query."""
        answer = self.database.query(text, PROPERTIES)
        return [list(row.values) for batch in answer.batches or () for row in batch]  # type: ignore[union-attr]
