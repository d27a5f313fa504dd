"""What a writer's failures leave behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from millstream.log.base import Batch, TopicInfo, Unavailable
from millstream.log.kafka import KafkaLog
from tests.kafka.conftest import now_ms


def test_a_topic_that_cannot_be_asked_about_costs_nothing(bootstrap: str, service: str, tmp_path: Path) -> None:
    """No broker tells a producer of a topic that is new to it: nothing was begun. It is tried again with the same producer, and the store
    holds what was committed."""
    topic = f"{service}t"

    def commit(log: KafkaLog, value: bytes) -> None:
        with log.begin("q") as transaction:
            transaction.append(topic, 0, Batch([b"k"], [value], [now_ms()]))
            transaction.put("q/s", 0, [(b"k", value)])
            transaction.commit()

    with KafkaLog({"bootstrap.servers": bootstrap}, tmp_path / "data", service, now_ms) as log:
        log.create(TopicInfo(topic, 1))
        log.recover("q")
        writer = log._writers.of("q")
        ask, writer._producer = writer._producer, Deaf(writer._producer)
        with pytest.raises(Unavailable, match="No Kafka broker answers"):
            commit(log, b"1")
        assert log.get("q/s", 0, b"k") is None
        writer._producer = ask
        commit(log, b"2")
        assert log._writers.of("q") is writer
        assert log.get("q/s", 0, b"k") == b"2"
        assert log.read(topic, 0, 0).values == [b"2"]


class Deaf:
    """A producer that no broker tells about topics."""

    def __init__(self, producer: Any) -> None:
        self._producer = producer

    def list_topics(self, topic: str, timeout: float) -> None:
        from confluent_kafka import KafkaError, KafkaException

        raise KafkaException(KafkaError(KafkaError._TRANSPORT))

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return getattr(self._producer, name)  # type: ignore[no-any-return]
