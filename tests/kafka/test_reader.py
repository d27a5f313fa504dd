"""Consumers that do not do what they should."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from millstream.log.base import Batch, TopicInfo, Unavailable
from millstream.log.kafka import fetch, reader
from millstream.log.kafka.objects import Fault, Run


class Silent:
    """A source that gives nothing, whatever its consumer fetches."""

    def attach(self, where: Any) -> None:
        pass

    def take(self, where: Any, seconds: float) -> list[Any]:
        return []

    def wait(self, seconds: float) -> list[Any]:
        return []

    def close(self) -> None:
        pass


def test_what_one_consumer_does_not_give_another_fetches(opened: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """One may wait for ever after a broker was away, though there are records."""
    log = opened()
    log.create(TopicInfo("t", 1))
    with log.begin("w") as transaction:
        transaction.append("t", 0, Batch([b"a"], [b"b"], [1]))
    real, made = fetch.source_of, []

    def source(consumer: Any) -> Any:
        made.append(Silent() if not made else real(consumer))
        return made[-1]

    monkeypatch.setattr(fetch, "source_of", source)
    monkeypatch.setattr(reader, "_LOOK", 0.1)
    monkeypatch.setattr(reader, "_STUCK", 1.5)
    assert log.read("t", 0, 0).values == [b"b"]
    assert len(made) == 2


class Broken(Silent):
    """A source that gives an error between records, once it has been asked; as it may come out of one answer of a broker."""

    def __init__(self, where: Any) -> None:
        from confluent_kafka import KafkaError

        runs = [Run(where, Batch([b"k"], [b"%d" % at], [1], offsets=range(at, at + 1), next_offset=at + 1), 10) for at in (0, 2)]
        faults = [Fault(where, KafkaError(KafkaError._BAD_MSG, why), 1) for why in ("at offset 1: CRC", "somewhere else")]
        self._given: list[Run | Fault] = [runs[0], faults[0], runs[1], faults[1]]

    def take(self, where: Any, seconds: float) -> list[Any]:
        return self._given


def test_an_error_comes_between_the_records_where_it_came(opened: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """What is behind a damaged batch is not read before the batch is; the first error tells."""
    log = opened()
    log.create(TopicInfo("t", 1))
    with log.begin("w") as transaction:
        transaction.append("t", 0, Batch([b"k"] * 3, [b"0", b"1", b"2"], [1] * 3))
    made = []

    def source(consumer: Any) -> Any:
        made.append(consumer)
        return Broken((f"{log.prefix}t", 0))

    monkeypatch.setattr(fetch, "source_of", source)
    for _ in range(2):
        assert log.read("t", 0, 0).values == [b"0"]
        with pytest.raises(Unavailable, match="at offset 1: CRC"):
            log.read("t", 0, 1)
    assert len(made) == 1
