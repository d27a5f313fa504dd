"""A sink task: records of its topics go to the sink; positions are committed after the sink flushed.

A crash between flush and commit gives the sink the same records again: exactly once where writing them twice is the same as
writing them once (upsert, a document by id), or where the sink says how far it was (``position``) and finds out what is there.
Dead letters are appended in the transaction that moves the position over them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from millstream.errors import LogError
from millstream.log import crash
from millstream.log.base import Batch, Log, TopicInfo, Transaction
from millstream.worker.clock import Clock
from millstream.worker.connectors.base import SinkTask
from millstream.worker.converters.base import Converter, decode_all
from millstream.worker.errors import DataError, RetriableError
from millstream.worker.records import Records
from millstream.worker.secrets import Scrubber
from millstream.worker.tasks.moving import MovingThread, Work
from millstream.worker.tasks.topics import owner

WAKE_TOPIC = "_connect-wakeups"
_BYTES = 1 << 20
#: Bytes that a record takes in a log besides its key and value, at least.
_OVERHEAD = 8
#: How long to wait before looking for new topics and partitions, in ms of real time.
_LOOK_AGAIN_MS = 1000

TopicPartition = tuple[str, int]


class SinkThread(MovingThread[SinkTask]):
    """The loop of a sink."""

    stage = "TASK_PUT"

    def __init__(self, connector: str, task: int, clock: Clock, scrub: Scrubber, on_state: Callable[[], None], work: Work) -> None:
        super().__init__(connector, task, clock, scrub, on_state, work)
        self._topics: list[str] = work.parsed["topics"]
        self._regex = re.compile(work.parsed["topics.regex"]) if work.parsed["topics.regex"] else None
        self._group = f"connect-{connector}"
        self._latest = work.config.get("consumer.override.auto.offset.reset", "").lower() == "latest"

    def wake(self) -> None:
        """Append to the topic that every waiting sink listens to."""
        ensure_wake_topic(self._log_of_topics)
        with self._log_of_topics.begin(f"connect-wake-{self.connector}-{self.task}") as transaction:
            transaction.append(WAKE_TOPIC, 0, Batch([None], [b""], [self.clock.now_ms()]))

    def open(self) -> None:
        ensure_wake_topic(self._log_of_topics)
        if self.tolerance.dead_letters and self._log_of_topics.topic(self.tolerance.dead_letters) is None:
            self._log_of_topics.create(TopicInfo(self.tolerance.dead_letters, 1))
        self._positions: dict[TopicPartition, int] = {}
        self._begins = True
        super().open()
        if self._made is not None and self._made.position() is not None:
            with self._log_of_topics.begin(self._owner) as transaction:
                self._keep_position(transaction)
                transaction.commit()

    def step(self) -> None:
        # The end of the wake topic is read before the look for work: a stop in between is seen by the wait.
        wake = self._log_of_topics.end_offsets(WAKE_TOPIC)[0]
        if self._stopping:
            return
        self._assign()
        moved: dict[TopicPartition, int] = {}
        for where, position in self._positions.items():
            for batch in self._read(where, position):
                moved[where] = batch.next_offset
                if len(batch):
                    self._deliver(where, batch)
        self._begins = False
        if moved:
            self._commit(moved)
        elif not self._paused:
            complete = not self._regex and all(self._log_of_topics.topic(t) for t in self._topics)
            self._log_of_topics.wait({**self._positions, (WAKE_TOPIC, 0): wake}, 3_600_000 if complete else _LOOK_AGAIN_MS)

    def _read(self, where: TopicPartition, position: int) -> Iterator[Batch]:
        """What a step delivers of a partition. The first one delivers all that one before it may have delivered and not committed, which
        the log may give in smaller pieces this time: a sink that finds out what is there forgets about it when it is flushed."""
        size = 0
        while size < 2 * _BYTES:
            batch = self._log_of_topics.read(*where, position, _BYTES)
            if batch.next_offset <= position:
                return
            yield batch
            if not self._begins:
                return
            position = batch.next_offset
            size += sum(_OVERHEAD + len(key or b"") + len(value or b"") for key, value in zip(batch.keys, batch.values, strict=True))

    def _assign(self) -> None:
        """Take up partitions that are ours and not yet read."""
        known = self._log_of_topics.topics()
        names = [t for t in known if self._regex.fullmatch(t) and not t.startswith("_")] if self._regex else self._topics
        mine = [(t, p) for t in names if t in known for p in range(known[t].partitions) if owner(t, p, self._work.tasks) == self.task]
        if len(mine) == len(self._positions) and all(tp in self._positions for tp in mine):
            return
        committed = self._log_of_topics.committed(self._group)
        for topic, partition in mine:
            if (topic, partition) not in self._positions:
                edge = self._log_of_topics.end_offsets if self._latest else self._log_of_topics.start_offsets
                position = committed.get((topic, partition))
                self._positions[topic, partition] = edge(topic)[partition] if position is None else position
        for gone in set(self._positions) - set(mine):
            del self._positions[gone]

    def _deliver(self, where: TopicPartition, batch: Batch) -> None:
        assert self._made is not None
        sink = self._made
        crash.point("sink.before-put")
        for records in self._decoded(where, batch):
            batches = self.tolerance.each("TRANSFORMATION", records, self._chain.apply, "Chain") if self._chain else [records]
            for ready in batches:
                if len(ready):
                    self.tolerance.retry(lambda ready=ready: sink.put(ready))  # type: ignore[misc]
        crash.point("sink.after-put")

    def _decoded(self, where: TopicPartition, batch: Batch) -> list[Records]:
        """Runs of records with the same schemas."""
        topic, partition = where
        raw = Records(topic, None, list(batch.values), None, list(batch.keys), batch.timestamps, batch.headers, partition)
        raw.offsets, raw.raw_keys, raw.raw_values = batch.offsets, batch.keys, batch.values
        try:  # nearly always all of them are good, and of one schema
            keys_at_once = decode_all(self._keys, topic, batch.keys)
            values_at_once = decode_all(self._values, topic, batch.values) if keys_at_once is not None else None
            if keys_at_once is not None and values_at_once is not None:
                (raw.key_schema, raw.keys), (raw.value_schema, raw.values) = keys_at_once, values_at_once
                return [raw]
            headers_of = batch.headers or [()] * len(batch)
            key_of, value_of = self._keys.decode, self._values.decode
            keys = [key_of(topic, k, h) for k, h in zip(batch.keys, headers_of, strict=True)]
            values = [value_of(topic, v, h) for v, h in zip(batch.values, headers_of, strict=True)]
            return _runs(raw, keys, values)
        except (DataError, RetriableError):
            return self._decoded_one_by_one(raw, batch)

    def _decoded_one_by_one(self, raw: Records, batch: Batch) -> list[Records]:
        """The same with care for each record: retries, tolerance, dead letters."""
        topic = raw.topic
        keys, values, good = [], [], []
        for i in range(len(batch)):
            headers = batch.headers[i] if batch.headers else ()
            stage, converter = "KEY_CONVERTER", self._keys
            try:
                key = self._convert(self._keys, topic, batch.keys[i], headers)
                stage, converter = "VALUE_CONVERTER", self._values
                value = self._convert(self._values, topic, batch.values[i], headers)
            except DataError as e:
                self.tolerance.tolerate(stage, raw.part([i]), e, converter.class_name)
                continue
            keys.append(key)
            values.append(value)
            good.append(i)
        return _runs(raw if len(good) == len(batch) else raw.part(good), keys, values)

    def _convert(self, converter: Converter, topic: str, data: bytes | None, headers: Any) -> tuple[Any, Any]:
        return self.tolerance.retry(lambda: converter.decode(topic, data, headers))

    def _commit(self, moved: dict[TopicPartition, int]) -> None:
        assert self._made is not None
        self.tolerance.retry(self._made.flush)
        new = {t for t, _ in moved} - self.announced
        with self._log_of_topics.begin(self._owner) as transaction:
            dead = self.tolerance.take_dead()
            if dead is not None:
                transaction.append(self.tolerance.dead_letters, 0, dead)
            transaction.offsets(self._group, moved)
            if new:
                self._store.add_topics(transaction, self.connector, new)
            self._keep_position(transaction)
            transaction.commit()
        self.announced |= new
        self._positions.update(moved)
        crash.point("sink.after-commit")

    def _keep_position(self, transaction: Transaction) -> None:
        position = self._made.position() if self._made is not None else None
        if position is not None:
            self._store.put_offsets(transaction, self.connector, [position])


def _runs(kept: Records, keys: list[tuple[Any, Any]], values: list[tuple[Any, Any]]) -> list[Records]:
    """Records with their decoded keys and values, split where a schema changes."""
    kept.keys, kept.values = [k for _, k in keys], [v for _, v in values]
    # Converters give equal schemas as the same object, so that identity is enough, and quick.
    out = [run for _, run in kept.runs(lambda i: (id(keys[i][0]), id(values[i][0])))]
    start = 0
    for run in out:
        run.key_schema, run.value_schema = (keys[start][0], values[start][0]) if len(run) else (None, None)
        start += len(run)
    return out


def ensure_wake_topic(log: Log) -> None:
    """The topic that ends the waits of sinks. Its records live for a minute."""
    if log.topic(WAKE_TOPIC) is None:
        try:
            log.create(TopicInfo(WAKE_TOPIC, 1, 1, {"retention.ms": "60000", "cleanup.policy": "delete"}))
        except LogError:
            if log.topic(WAKE_TOPIC) is None:  # not because another task was quicker
                raise
