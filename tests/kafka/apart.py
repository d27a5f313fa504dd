"""A log whose topics carry a prefix on the broker: tests of one broker use the same names and do not meet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from millstream.errors import LogError
from millstream.log.base import Batch, TopicInfo
from millstream.log.kafka import KafkaLog
from millstream.log.names import check_topic

Where = tuple[str, int]


class Apart:
    """A KafkaLog seen without the prefix. Everything that names no topic goes straight through."""

    def __init__(self, log: KafkaLog, prefix: str) -> None:
        self.log = log
        self.prefix = prefix

    def __getattr__(self, name: str) -> Any:
        return getattr(self.log, name)

    def create(self, topic: TopicInfo) -> None:
        check_topic(topic.name, topic.partitions)
        with self._told():
            self.log.create(replace(topic, name=self.prefix + topic.name))

    def delete(self, topic: str) -> None:
        with self._told():
            self.log.delete(self.prefix + topic)

    def topics(self) -> dict[str, TopicInfo]:
        found = self.log.topics().values()
        return {t.name: t for t in (self._bare(t) for t in found if t.name.startswith(self.prefix))}

    def topic(self, name: str) -> TopicInfo | None:
        found = self.log.topic(self.prefix + name)
        return None if found is None else self._bare(found)

    def read(self, topic: str, partition: int, offset: int, max_bytes: int = 1 << 20) -> Batch:
        with self._told():
            return self.log.read(self.prefix + topic, partition, offset, max_bytes)

    def start_offsets(self, topic: str) -> list[int]:
        with self._told():
            return self.log.start_offsets(self.prefix + topic)

    def end_offsets(self, topic: str) -> list[int]:
        with self._told():
            return self.log.end_offsets(self.prefix + topic)

    def offset_for_time(self, topic: str, partition: int, timestamp: int) -> int:
        with self._told():
            return self.log.offset_for_time(self.prefix + topic, partition, timestamp)

    def begin(self, owner: str) -> ApartTransaction:
        return ApartTransaction(self.log.begin(owner), self)

    def committed(self, group: str) -> dict[Where, int]:
        return self._without(self.log.committed(group))

    def wait(self, positions: Mapping[Where, int], timeout_ms: int) -> bool:
        return self.log.wait(self._with(positions), timeout_ms)

    def _with(self, positions: Mapping[Where, int]) -> dict[Where, int]:
        return {(self.prefix + topic, partition): offset for (topic, partition), offset in positions.items()}

    def _without(self, positions: Mapping[Where, int]) -> dict[Where, int]:
        return {(topic.removeprefix(self.prefix), partition): offset for (topic, partition), offset in positions.items()}

    def _bare(self, topic: TopicInfo) -> TopicInfo:
        return replace(topic, name=topic.name.removeprefix(self.prefix))

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except LogError as error:
            error.message = error.message.replace(self.prefix, "")
            error.args = (error.message,)
            raise


class ApartTransaction:
    """A transaction seen without the prefix."""

    def __init__(self, transaction: Any, log: Apart) -> None:
        self._transaction = transaction
        self._log = log
        self.put: Callable[..., None] = transaction.put
        self.abort: Callable[[], None] = transaction.abort

    def append(self, topic: str, partition: int, batch: Batch) -> None:
        with self._log._told():
            self._transaction.append(self._log.prefix + topic, partition, batch)

    def offsets(self, group: str, positions: Mapping[Where, int]) -> None:
        self._transaction.offsets(group, self._log._with(positions))

    def commit(self) -> dict[Where, int]:
        with self._log._told():
            return self._log._without(self._transaction.commit())

    def __enter__(self) -> ApartTransaction:
        return self

    def __exit__(self, *error: object) -> None:
        with self._log._told():
            self._transaction.__exit__(*error)
