"""What a consumer fetches, as runs of records of one partition; here through confluent-kafka's objects, which are always there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any, Protocol

from millstream.log.base import Batch, Headers
from millstream.log.kafka.marks import unmarked
from millstream.log.staging import TopicPartition

#: Messages taken from librdkafka at a time.
_MOST = 20_000
_FIRST = itemgetter(0)


@dataclass(slots=True)
class Run:
    """Records of one partition, in order. ``size``: about their bytes."""

    where: TopicPartition
    batch: Batch
    size: int


@dataclass(slots=True)
class Fault:
    """An error that came instead of a record; ``error`` is a KafkaError. ``where`` is None where it concerns no partition."""

    where: TopicPartition | None
    error: Any
    offset: int


class Source(Protocol):
    """Where a lane gets what its consumer fetched. One thread at a time takes or waits."""

    def attach(self, where: TopicPartition) -> None:
        """To be called before a partition is assigned."""

    def take(self, where: TopicPartition, seconds: float) -> list[Run | Fault]:
        """What came of a partition, in order, and perhaps of others. Waits for it at most ``seconds``; then gives only few."""

    def wait(self, seconds: float) -> list[Run | Fault]:
        """Wait until something comes, of any partition."""

    def close(self) -> None:
        """To be called before the consumer is closed."""


class ObjectSource:
    """Through ``consume`` and message objects."""

    def __init__(self, consumer: Any) -> None:
        self._consumer = consumer

    def attach(self, where: TopicPartition) -> None:
        pass

    def take(self, where: TopicPartition, seconds: float) -> list[Run | Fault]:  # noqa: ARG002 - a consumer gives what comes
        return self.wait(seconds)

    def wait(self, seconds: float) -> list[Run | Fault]:
        messages = self._consumer.consume(1 if seconds else _MOST, seconds)
        return list(_sorted(messages))

    def close(self) -> None:
        pass


def _sorted(messages: list[Any]) -> Iterator[Run | Fault]:
    """Messages as runs and errors, in order."""
    places = zip([m.topic() for m in messages], [m.partition() for m in messages], strict=True)
    for place, run in groupby(zip(places, messages, strict=True), _FIRST):
        part = [message for _, message in run]
        topic, partition = place
        where = None if topic is None else (topic, partition)
        errors = [message.error() for message in part]
        start = 0
        if errors[0] is not None or len(set(map(type, errors))) > 1:  # a KafkaError cannot be compared with None
            for at, error in enumerate(errors):
                if error is not None:
                    if where is not None and at > start:
                        yield _run(where, part[start:at])
                    yield Fault(where, error, part[at].offset())
                    start = at + 1
        if where is not None and len(part) > start:
            yield _run(where, part[start:] if start else part)


def _run(where: TopicPartition, part: list[Any]) -> Run:
    values = [message.value() for message in part]
    keys = [message.key() for message in part]
    times = [message.timestamp()[1] for message in part]
    first, last = part[0].offset(), part[-1].offset()
    offsets = range(first, last + 1) if last - first == len(part) - 1 else [message.offset() for message in part]
    found = [message.headers() for message in part]
    size = sum(map(len, filter(None, values))) + sum(map(len, filter(None, keys))) + 16 * len(part)
    if not any(found):
        return Run(where, Batch(keys, values, times, None, offsets, last + 1), size)
    headers: list[Headers] = [[(name, raw) for name, raw in some] if some else () for some in found]
    return Run(where, unmarked(Batch(keys, values, times, headers, offsets, last + 1)), size)
