"""A batch that is damaged where a broker keeps it, or on its way, is never taken for data: whoever needs it waits and says why."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer

from millstream.errors import LogError
from millstream.log.base import TopicInfo
from millstream.log.kafka import KafkaLog
from tests.kafka.broker import Broker
from tests.kafka.conftest import now_ms
from tests.kafka.servers import ServerProcess, ended, until
from tests.kafka.test_batch_layer import LAYERS
from tests.kafka.test_outages import ask, shown

_EACH = 50
#: Bytes of a batch in front of its records, and where its codec is: the low bits of two bytes.
_HEAD, _ATTRIBUTES = 61, 21


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker whose files these tests change."""
    broker = Broker(tmp_path_factory.mktemp("broker"))
    broker.start()
    yield broker
    broker.kill()


@pytest.fixture(params=LAYERS)
def layer(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("MILLSTREAM_BATCH_LAYER", request.param)
    return str(request.param)


@pytest.fixture
def log(own: Broker, service: str, tmp_path: Path) -> Iterator[KafkaLog]:
    with KafkaLog({"bootstrap.servers": own.bootstrap}, tmp_path / "data", service, now_ms) as opened:
        yield opened


def fill(broker: Broker, topic: str, value: Callable[[int], bytes], codec: str = "none") -> None:
    """Three batches of ``_EACH`` records."""
    producer = Producer({"bootstrap.servers": broker.bootstrap, "compression.type": codec, "linger.ms": 10_000})
    producer.list_topics(topic)  # what is produced before a topic is known goes out by itself
    for batch in range(3):
        for at in range(batch * _EACH, (batch + 1) * _EACH):
            producer.produce(topic, value(at), b"%d" % at, 0, timestamp=1000 + at)
        producer.flush()


class Damage:
    """The second batch of a partition in its broker's file, of which ``flip`` changes a byte, and changes it back."""

    def __init__(self, broker: Broker, topic: str) -> None:
        self._file = broker.directory / "data" / f"{topic}-0" / f"{0:020}.log"
        raw = self._file.read_bytes()
        self._start = 12 + struct.unpack_from(">i", raw, 8)[0]
        self._end = self._start + 12 + struct.unpack_from(">i", raw, self._start + 8)[0]
        assert struct.unpack_from(">q", raw, self._start)[0] == _EACH
        self.codec = raw[self._start + _ATTRIBUTES + 1] & 7

    def flip(self, place: int | None = None) -> None:
        """``place``: from the batch's start; in the middle of its records where not given."""
        at = self._start + place if place is not None else (self._start + _HEAD + self._end) // 2
        with self._file.open("r+b") as file:
            file.seek(at)
            (was,) = file.read(1)
            file.seek(at)
            file.write(bytes([was ^ 0x10]))


def read_all(log: KafkaLog, topic: str, size: int, into: list[bytes | None]) -> None:
    """Values from the start on, until all are read."""
    offset = 0
    while offset < 3 * _EACH:
        batch = log.read(topic, 0, offset, size)
        into += batch.values
        offset = batch.next_offset


@pytest.mark.parametrize("codec", ["none", "zstd"])
@pytest.mark.parametrize("place", [None, _ATTRIBUTES], ids=["records", "head"])
@pytest.mark.parametrize("size", [1 << 20, 100], ids=["large", "small"])
def test_reading_stops_in_front_of_what_is_damaged(
    layer: str, own: Broker, log: KafkaLog, service: str, codec: str, place: int | None, size: int
) -> None:
    """All before it is given, nothing of it, and nothing behind it, however often it is tried; everything once it is whole again."""
    topic = f"{service}.t"
    log.create(TopicInfo(topic, 1))
    fill(own, topic, lambda at: b"value %d" % at, codec)
    damage = Damage(own, topic)
    assert (damage.codec != 0) == (codec != "none")
    wanted = [b"value %d" % at for at in range(3 * _EACH)]
    damage.flip(place)
    for _ in range(2):
        given: list[bytes | None] = []
        with pytest.raises(LogError, match=rf"damaged.*{topic}.*offset {_EACH} .*CRC") as told:
            read_all(log, topic, size, given)
        assert given == wanted[:_EACH]
        assert "replica" in (told.value.hint or "")
    damage.flip(place)
    whole: list[bytes | None] = []
    read_all(log, topic, size, whole)
    assert whole == wanted


def test_a_restore_waits_for_a_changelog_that_is_damaged(layer: str, own: Broker, service: str, tmp_path: Path) -> None:
    """State is never taken from a damaged batch, nor without it."""
    settings = {"bootstrap.servers": own.bootstrap}
    with KafkaLog(settings, tmp_path / "writer", service, now_ms) as writer:
        for batch in range(3):
            with writer.begin("q") as transaction:
                transaction.put("q/agg", 0, [(b"%d" % at, b"state %d" % batch) for at in range(_EACH)])
        changelog = writer.names.changelog("q/agg")
    file = own.directory / "data" / f"{changelog}-0" / f"{0:020}.log"
    place = file.read_bytes().index(b"state 1")
    _flip(file, place)
    with KafkaLog(settings, tmp_path / "reader", service, now_ms) as reader:
        for _ in range(2):
            with pytest.raises(LogError, match=r"damaged.*CRC"):
                reader.recover("q")
        _flip(file, place)
        reader.recover("q")
        assert dict(reader.scan("q/agg", 0)) == {b"%d" % at: b"state 2" for at in range(_EACH)}


@pytest.mark.slow
def test_a_query_says_why_it_waits_and_goes_on(layer: str, own: Broker, service: str, tmp_path: Path) -> None:
    """Its state tells of the topic, the offset and the CRC; nothing of what is damaged or behind it is written before it is mended."""
    topic, out = f"{service}views", f"{service}copied"
    server = ServerProcess(tmp_path / "server", own.bootstrap, service, {"MILLSTREAM_BATCH_LAYER": layer}).running()
    with ended(server), KafkaLog({"bootstrap.servers": own.bootstrap}, tmp_path / "other", f"{service}other", now_ms) as log:
        log.create(TopicInfo(topic, 1))
        fill(own, topic, lambda at: b'{"N":%d}' % at)
        damage = Damage(own, topic)
        damage.flip()
        define = f"CREATE STREAM views (n INT) WITH (kafka_topic='{topic}', value_format='json');"
        define += f"CREATE STREAM copied WITH (kafka_topic='{out}') AS SELECT n FROM views EMIT CHANGES;"
        assert ask(server, define)[0] == 200
        state, error = until(lambda: shown(server), lambda found: "CRC" in found[1], 30)
        assert state == "UNRESPONSIVE"
        assert topic in error
        assert f"offset {_EACH} " in error
        assert _values(log, out) == [b'{"N":%d}' % at for at in range(_EACH)][: len(_values(log, out))]
        damage.flip()
        until(lambda: shown(server), lambda found: found == ("RUNNING", ""), 30)
        until(lambda: _values(log, out), lambda found: len(found) >= 3 * _EACH, 30)
        assert _values(log, out) == [b'{"N":%d}' % at for at in range(3 * _EACH)]


def _flip(file: Path, at: int) -> None:
    with file.open("r+b") as opened:
        opened.seek(at)
        (was,) = opened.read(1)
        opened.seek(at)
        opened.write(bytes([was ^ 0x10]))


def _values(log: KafkaLog, topic: str) -> list[Any]:
    found: list[Any] = []
    offset = 0
    while (batch := log.read(topic, 0, offset)).values:
        found += batch.values
        offset = batch.next_offset
    return found
