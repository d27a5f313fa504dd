"""Whether a broker answers: asked once where many want to know, and again when it may have changed."""

from __future__ import annotations

from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from millstream.log.base import Unavailable
from millstream.log.kafka import admin
from millstream.log.kafka.admin import Admin
from millstream.log.kafka.errors import Faults


class Client:
    """Stands for librdkafka's; ``there``: whether a broker answers."""

    there = False

    def __init__(self) -> None:
        self.asked = 0

    def list_topics(self, _topic: str, timeout: float) -> None:
        del timeout
        self.asked += 1
        if not self.there:
            raise KafkaException(KafkaError(KafkaError._TRANSPORT))

    def poll(self, _timeout: float) -> None:
        """Nothing was told in passing."""


class Clock:
    """Stands for the module ``time``."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        self.now += 0.001
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(admin, "time", made)
    return made


def test_a_silence_is_told_to_all_who_ask_meanwhile(clock: Clock) -> None:
    """Each of them would wait as long; after a second it is asked again, and a broker that is back counts at once."""
    faults = Faults("k:9092")
    asking, client = Admin(None, faults), Client()  # type: ignore[arg-type]
    known: Any = asking
    known._made = client
    faults.hear(client)
    for _ in range(3):
        with pytest.raises(Unavailable, match="No Kafka broker answers at k:9092"):
            asking.knock(0.0)
    assert (client.asked, faults.gone) == (1, True)
    clock.now += 1
    with pytest.raises(Unavailable):
        assert asking.client is None
    assert client.asked > 1
    clock.now += 1
    client.there = True
    assert asking.client is client
    assert not faults.gone
    asked = client.asked
    assert asking.client is client
    assert client.asked == asked, "who is known to answer is not asked"
