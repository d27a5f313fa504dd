"""A source task: polled records go to their topics, and with them, in one transaction, the source offsets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from millstream.log import crash
from millstream.log.base import Batch, Log
from millstream.worker.clock import Clock
from millstream.worker.connectors.base import SourceTask
from millstream.worker.converters.base import Converter
from millstream.worker.herder.store import Store
from millstream.worker.records import Polled, Records
from millstream.worker.secrets import Scrubber
from millstream.worker.tasks.thread import TaskThread
from millstream.worker.tasks.tolerate import Tolerance
from millstream.worker.tasks.topics import Topics
from millstream.worker.transforms.chain import Chain


class SourceThread(TaskThread):
    """Implements the loop of a source, and TaskContext for it."""

    def __init__(
        self,
        connector: str,
        task: int,
        clock: Clock,
        scrub: Scrubber,
        on_state: Callable[[], None],
        *,
        log: Log,
        store: Store,
        config: Mapping[str, str],
        parsed: Mapping[str, Any],
        make: Callable[[], SourceTask],
        pipeline: Callable[[], tuple[Chain, Converter, Converter]],
        rows: bool,
    ) -> None:
        super().__init__(connector, task, clock, scrub, on_state)
        self._log_of_topics, self._store, self._config, self._make, self._pipeline = log, store, config, make, pipeline
        self._topics = Topics(log, parsed, rows=rows)
        self.tolerance = Tolerance(parsed, connector, task, clock, self.wait)
        self._source: SourceTask | None = None

    def offset(self, partition: Mapping[str, Any]) -> dict[str, Any] | None:
        return self._store.offset(self.connector, partition)

    @property
    def tolerates(self) -> bool:
        return self.tolerance.everything

    def report(self, records: Records, error: Exception) -> None:
        self.tolerance.tolerate("TASK_POLL", records, error, type(self._source).__name__)

    def open(self) -> None:
        self._chain, self._keys, self._values = self._pipeline()
        self._source = self._make()
        self.tolerance.retry(lambda: self._source.start(self._config, self))  # type: ignore[union-attr]

    def close(self) -> None:
        if self._source is not None:
            source, self._source = self._source, None
            source.stop()

    def step(self) -> None:
        assert self._source is not None
        polled = self.tolerance.retry(self._source.poll)
        if polled:
            self._commit(polled)

    def _commit(self, polled: list[Polled]) -> None:
        owner = f"connect-{self.connector}-{self.task}"
        ready = [out for p in polled for out in self._ready(p)]
        with self._log_of_topics.begin(owner) as transaction:
            for topic, partition, batch in ready:
                for number, part in self._topics.spread(topic, batch, partition).items():
                    transaction.append(topic, number, part)
            moved = [(p.source_partition, p.source_offset) for p in polled if p.source_offset is not None]
            self._store.put_offsets(transaction, self.connector, moved)
            new = {topic for topic, _, _ in ready} - self.announced
            if new:
                self._store.add_topics(transaction, self.connector, new)
            crash.point("source.before-commit")
            transaction.commit()
        self.announced |= new
        crash.point("source.after-commit")

    def _ready(self, polled: Polled) -> list[tuple[str, int | None, Batch]]:
        records = polled.records
        where = type(self._chain).__name__
        batches = self.tolerance.each("TRANSFORMATION", records, self._chain.apply, where) if self._chain else [records]
        return [self._bytes(batch) for b in batches for batch in self._converted(b)]

    def _converted(self, records: Records) -> list[Records]:
        """Raw bytes beside the values, without the records that no converter takes."""

        def key(batch: Records) -> list[Records]:
            batch.raw_keys = self._keys.encode(batch.topic, batch.key_schema, batch.keys or [])
            return [batch]

        def value(batch: Records) -> list[Records]:
            batch.raw_values = self._values.encode(batch.topic, batch.value_schema, batch.values)
            return [batch]

        self._topics.partitions(records.topic, keyed=records.keys is not None)
        out = [records]
        if records.keys is not None:
            out = [b for r in out for b in self.tolerance.each("KEY_CONVERTER", r, key, self._keys.class_name)]
        return [b for r in out for b in self.tolerance.each("VALUE_CONVERTER", r, value, self._values.class_name)]

    def _bytes(self, records: Records) -> tuple[str, int | None, Batch]:
        count = len(records)
        stamps = records.timestamps if records.timestamps is not None else [self.clock.now_ms()] * count
        keys: list[bytes | None] = records.raw_keys if records.raw_keys is not None else [None] * count
        assert records.raw_values is not None
        return records.topic, records.partition, Batch(keys, records.raw_values, stamps, records.headers)
