"""The batch layer and confluent-kafka's objects: the same rows by each, in both directions."""

from __future__ import annotations

import os
import shutil
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from millstream.errors import ConfigError
from millstream.log.base import Batch, Headers, TopicInfo
from millstream.log.kafka import KafkaLog, native
from tests.kafka.conftest import now_ms

#: What a layer is called in MILLSTREAM_BATCH_LAYER. Where nothing can compile it there is only one.
_COMPILER = shutil.which("cc") and (Path(sysconfig.get_paths()["include"]) / "Python.h").exists()
LAYERS = ("off", "on") if _COMPILER else ("off",)

Row = tuple[int, bytes | None, bytes | None, int, list[tuple[str, bytes | None]]]
Using = Callable[..., Any]


@pytest.fixture
def using(bootstrap: str, service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """``using(layer)``: a log by this layer, and all logs made later too; closed at the end."""
    made: list[KafkaLog] = []

    def open_log(layer: str, **settings: str) -> KafkaLog:
        monkeypatch.setenv("MILLSTREAM_BATCH_LAYER", layer)
        given = {"bootstrap.servers": bootstrap, **{name.replace("_", "."): value for name, value in settings.items()}}
        made.append(KafkaLog(given, tmp_path / f"{layer}{len(made)}", f"{service}{len(made)}", now_ms))
        return made[-1]

    yield open_log
    for log in made:
        log.close()


def test_the_layer_is_there_where_it_can_be_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """``make setup`` builds it; it can be left out; asking for it where it is missing is an error that says what to do."""
    for layer in LAYERS:
        monkeypatch.setenv("MILLSTREAM_BATCH_LAYER", layer)
        assert (native.layer() is not None) == (layer == "on")
    monkeypatch.setattr(native, "_library", lambda: os.devnull)
    native._layer.cache_clear()
    monkeypatch.setenv("MILLSTREAM_BATCH_LAYER", "on")
    with pytest.raises(ConfigError, match="the batch layer cannot be used") as error:
        native.layer()
    assert "C compiler" in (error.value.hint or "")
    monkeypatch.setenv("MILLSTREAM_BATCH_LAYER", "")
    assert native.layer() is None
    monkeypatch.undo()
    native._layer.cache_clear()


def test_what_one_layer_writes_each_layer_reads_alike(using: Using, service: str) -> None:
    """NULLs, empty values, the time 0, headers, many records: keys, values, times, headers and offsets are the same by each."""
    wanted: dict[int, list[Row]] = {partition: _rows(partition) for partition in range(3)}
    for writer in LAYERS:
        topic = f"{service}.{writer}"
        log = using(writer)
        log.create(TopicInfo(topic, 3))
        with log.begin("w") as transaction:
            for partition, rows in wanted.items():
                for part in (rows[:7], rows[7:8], rows[8:]):
                    transaction.append(topic, partition, _batch(part))
        for reader in LAYERS:
            log = using(reader)
            for partition, rows in wanted.items():
                assert _read(log, topic, partition, len(rows)) == rows, f"written by {writer}, read by {reader}"


def test_both_skip_what_was_aborted(using: Using, service: str, bootstrap: str) -> None:
    """Records of aborted transactions are left out, markers leave gaps in the offsets, and unfinished transactions are waited for."""
    producer = _transactional(bootstrap, service)
    topic = f"{service}.aborted"
    using("off").create(TopicInfo(topic, 1))
    kept = []
    for number in range(6):
        producer.begin_transaction()
        for at in range(50):
            producer.produce(topic, b"%d" % at, b"%d" % number, 0, timestamp=1000 + at)
        producer.flush()
        if number % 2:
            producer.abort_transaction()
        else:
            producer.commit_transaction()
            kept += [(number * 51 + at, b"%d" % number, b"%d" % at, 1000 + at, []) for at in range(50)]
    for layer in LAYERS:
        log = using(layer)
        assert _read(log, topic, 0, len(kept)) == kept
        assert log.end_offsets(topic) == [306]


def test_both_read_every_codec(using: Using, service: str, bootstrap: str) -> None:
    """Batches that other producers compressed: gzip, snappy, lz4, zstd, and none, in one topic."""
    from confluent_kafka import Producer

    topic = f"{service}.codecs"
    using("off").create(TopicInfo(topic, 1))
    codecs = ("none", "gzip", "snappy", "lz4", "zstd")
    for codec in codecs:
        producer = Producer({"bootstrap.servers": bootstrap, "compression.type": codec, "linger.ms": 20})
        for at in range(300):
            producer.produce(topic, b"%d" % at * 9, codec.encode(), 0, timestamp=1 + at, headers=[("codec", codec.encode())])
        producer.flush()
    wanted = [
        (300 * number + at, codec.encode(), b"%d" % at * 9, 1 + at, [("codec", codec.encode())])
        for number, codec in enumerate(codecs)
        for at in range(300)
    ]
    for layer in LAYERS:
        assert _read(using(layer), topic, 0, len(wanted)) == wanted


def test_a_full_queue_is_waited_for(using: Using, service: str) -> None:
    """More records in one transaction than the producer's queue holds: all arrive, once and in order."""
    for layer in LAYERS:
        log = using(layer, queue_buffering_max_messages="1000")
        topic = f"{service}.full.{layer}"
        log.create(TopicInfo(topic, 1))
        rows: list[Row] = [(at, None, b"%d" % at, 5, []) for at in range(20_000)]
        with log.begin("w") as transaction:
            transaction.append(topic, 0, _batch(rows))
        assert _read(log, topic, 0, len(rows)) == rows


def test_a_place_opened_again_is_read_from_there(using: Using, service: str) -> None:
    """One consumer, moved to and fro in a partition: each time what follows comes, and the bell rings for what comes later."""
    for layer in LAYERS:
        log = using(layer)
        topic = f"{service}.again.{layer}"
        log.create(TopicInfo(topic, 1))
        rows: list[Row] = [(at, b"k", b"%d" % at, 5, []) for at in range(100)]
        with log.begin("w") as transaction:
            transaction.append(topic, 0, _batch(rows))
        for start in (0, 50, 99, 0, 7):
            log._reader.close_cursor((topic, 0))
            assert log.read(topic, 0, start).values[0] == b"%d" % start
        end = log.end_offsets(topic)[0]
        assert not log.wait({(topic, 0): end}, 1)
        other = using(layer)
        with other.begin("w") as transaction:
            transaction.append(topic, 0, Batch([None], [b"late"], [6]))
        assert log.wait({(topic, 0): end}, 30_000)
        assert log.read(topic, 0, end).values == [b"late"]


def test_a_topic_that_goes_while_it_is_waited_for_ends_nothing(using: Using, service: str, bootstrap: str) -> None:
    """Deleted by somebody else and made anew, again and again: the reader of the old one goes on with others."""
    for layer in LAYERS:
        log, other = using(layer), using("off")
        kept = f"{service}.kept.{layer}"
        log.create(TopicInfo(kept, 1))
        for number in range(3):
            topic = f"{service}.gone{number}.{layer}"
            other.create(TopicInfo(topic, 2))
            assert not log.wait({(topic, 0): 0, (topic, 1): 0}, 1)
            other.delete(topic)
            # The consumer hears of it when it looks at the topics again, on the first error.
            assert not log.wait({(topic, 0): 0, (kept, 0): 0}, 700)
        with other.begin("w") as transaction:
            transaction.append(kept, 0, Batch([None], [b"v"], [1]))
        assert log.wait({(kept, 0): 0}, 30_000)
        assert log.read(kept, 0, 0).values == [b"v"]


def _rows(partition: int) -> list[Row]:
    """Records of every kind, and many plain ones."""
    odd: list[tuple[bytes | None, bytes | None, int, list[tuple[str, bytes | None]]]] = [
        (None, None, 1, []),
        (b"", b"", 0, []),
        (b"k", b"v", 0, [("h", b"1")]),
        (b"\0\xff", b"\0" * 1000, 2**41, [("h", b""), ("h", None), ("ü", b"\0\xff")]),
        (None, b"v", 7, []),
    ]
    plain = [(b"User_%d" % at, b"value %d" % (at * partition), 1_700_000_000_000 + at, []) for at in range(9_000)]
    return [(at, *row) for at, row in enumerate([*odd, *plain, *odd])]  # type: ignore[misc]


def _batch(rows: list[Row]) -> Batch:
    headers: list[Headers] | None = [row[4] for row in rows]
    if not any(row[4] for row in rows):
        headers = None
    return Batch([row[1] for row in rows], [row[2] for row in rows], [row[3] for row in rows], headers)


def _read(log: KafkaLog, topic: str, partition: int, count: int) -> list[Row]:
    """``count`` records from the start, read in pieces of an odd size; there are no more."""
    found: list[Row] = []
    offset = 0
    while len(found) < count:
        # Another log's commit is seen here a moment later.
        assert log.wait({(topic, partition): offset}, 30_000), f"{len(found)} of {count}"
        batch = log.read(topic, partition, offset, 77_777)
        headers = batch.headers or [()] * len(batch)
        found += [
            (o, k, v, t, list(h)) for o, k, v, t, h in zip(batch.offsets, batch.keys, batch.values, batch.timestamps, headers, strict=True)
        ]
        offset = batch.next_offset
    assert not log.read(topic, partition, offset).values
    return found


def _transactional(bootstrap: str, name: str) -> Any:
    from confluent_kafka import Producer

    producer = Producer({"bootstrap.servers": bootstrap, "transactional.id": name})
    producer.init_transactions(30)
    return producer
