"""A source task: polled records go to their topics, and with them, in one transaction, the source offsets."""

from __future__ import annotations

from collections.abc import Callable

from millstream.log import crash
from millstream.log.base import Batch
from millstream.worker.clock import Clock
from millstream.worker.connectors.base import SourceTask
from millstream.worker.records import Polled, Records
from millstream.worker.secrets import Scrubber
from millstream.worker.tasks.moving import MovingThread, Work
from millstream.worker.tasks.topics import Topics


class SourceThread(MovingThread[SourceTask]):
    """The loop of a source."""

    stage = "TASK_POLL"

    def __init__(self, connector: str, task: int, clock: Clock, scrub: Scrubber, on_state: Callable[[], None], work: Work) -> None:
        super().__init__(connector, task, clock, scrub, on_state, work)
        self._topics = Topics(work.log, work.parsed, rows=work.rows)

    def step(self) -> None:
        assert self._made is not None
        polled = self.tolerance.retry(self._made.poll)
        if polled:
            self._commit(polled)

    def _commit(self, polled: list[Polled]) -> None:
        ready = [out for p in polled for out in self._ready(p)]
        with self._log_of_topics.begin(self._owner) as transaction:
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
