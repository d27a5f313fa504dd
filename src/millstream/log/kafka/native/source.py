"""Fetching by the batch layer: each partition of a consumer has a queue of its own, which rings when something comes."""

from __future__ import annotations

import os
import select
from types import ModuleType
from typing import Any

from millstream.log.base import Batch
from millstream.log.kafka.marks import unmarked
from millstream.log.kafka.objects import Fault, ObjectSource, Run
from millstream.log.staging import TopicPartition

#: Messages taken at a time: few enough that they are still in the processor's cache when they are used.
_MOST = 8192
_ERROR = 5


class NativeSource:
    """What a consumer fetches, by the extension. What concerns no partition still comes by way of objects."""

    def __init__(self, layer: ModuleType, consumer: Any) -> None:
        from confluent_kafka import KafkaError

        self._layer = layer
        self._consumer = consumer
        self._others = ObjectSource(consumer)
        self._error = KafkaError
        self._bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._queues: dict[TopicPartition, Any] = {}

    def attach(self, where: TopicPartition) -> None:
        if where not in self._queues:
            self._queues = {**self._queues, where: self._layer.Queue(self._consumer, *where, self._bell)}

    def take(self, where: TopicPartition, seconds: float) -> list[Run | Fault]:
        found = self._queues[where].take(1 if seconds else _MOST, int(seconds * 1000))
        return [self._item(item) for item in found] or self._others.take(where, 0)

    def wait(self, seconds: float) -> list[Run | Fault]:
        if select.select([self._bell], [], [], seconds)[0]:
            os.eventfd_read(self._bell)
        found = [item for queue in self._queues.values() for item in queue.take(_MOST, 0)]
        return [self._item(item) for item in found] or self._others.wait(0)

    def close(self) -> None:
        for queue in self._queues.values():
            queue.close()
        os.close(self._bell)

    def _item(self, item: tuple[Any, ...]) -> Run | Fault:
        if len(item) == _ERROR:
            topic, partition, code, text, offset = item
            return Fault(None if topic is None else (topic, partition), self._error(code, text), offset)
        topic, partition, keys, values, times, headers, offsets, size = item
        if isinstance(offsets, int):
            offsets = range(offsets, offsets + len(values))
        batch = Batch(keys, values, times, headers, offsets, offsets[-1] + 1)
        return Run((topic, partition), batch if headers is None else unmarked(batch), size)
