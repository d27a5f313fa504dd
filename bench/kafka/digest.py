"""What an output topic holds, as a number that depends neither on the order of records nor on the spelling of columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
import xxhash

from bench.kafka.node import Node

_MASK = (1 << 64) - 1
_READ = {"group.id": "bench-digest", "isolation.level": "read_committed", "enable.partition.eof": True, "enable.auto.commit": False}
_FAST = {"fetch.queue.backoff.ms": 2, "queued.min.messages": 200_000}


@dataclass(frozen=True)
class Digest:
    """``records`` committed records, and the sum of their hashes."""

    records: int
    value: int

    def __str__(self) -> str:
        return f"{self.records} records, {self.value:016x}"


def digest(node: Node, topic: str, timed: bool) -> Digest:
    """Of the committed records of a topic: keys, columns, and times where they are wanted."""
    from confluent_kafka import Consumer, TopicPartition

    consumer = Consumer({"bootstrap.servers": node.bootstrap, **_READ, **_FAST})
    places = [TopicPartition(topic, p, 0) for p in range(len(node.ends(topic)))]
    consumer.assign(places)
    ended = records = total = 0
    while ended < len(places):
        for message in consumer.consume(10_000, 0.5):
            if message.error() is not None:
                ended += 1
                continue
            total += _one(message, timed)
            records += 1
    consumer.close()
    return Digest(records, total & _MASK)


def _one(message: Any, timed: bool) -> int:
    row = msgspec.json.decode(message.value().lower())
    key = message.key()
    if key[:1] == b"{":
        # A windowed key of several columns: the peer joins them by a bar.
        window, columns = key[-8:], msgspec.json.decode(key[:-8])
        key = "|".join(columns.values()).encode() + window
    stamp = message.timestamp()[1] if timed else 0
    return xxhash.xxh3_64_intdigest(b"%s\0%s\0%d" % (key, msgspec.json.encode(row, order="sorted"), stamp))
