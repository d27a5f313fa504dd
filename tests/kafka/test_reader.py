"""Consumers that do not do what they should."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from millstream.log.base import Batch, TopicInfo
from millstream.log.kafka import fetch, reader


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
