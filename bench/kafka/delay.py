"""How long a record takes through J1: from ``produce`` to a read_committed consumer of the output, at a steady pace."""

from __future__ import annotations

import tempfile
import threading
import time
import uuid
from pathlib import Path
from typing import Any

from bench.data import USERS
from bench.kafka import peer
from bench.kafka.jobs import DECLARE, J1, PARTITIONS
from bench.kafka.node import Node
from bench.kafka.sides import server, stop

RATE = 1000
#: Before what counts: until then the JVMs of the broker and the peer compile what they run.
_WARM_S = 10
_PATIENCE_S = 60.0
_CONSUMER = {"group.id": "bench-delay", "isolation.level": "read_committed", "fetch.wait.max.ms": 100, "fetch.queue.backoff.ms": 1}


def millstream(node: Node, seconds: int) -> list[float]:
    """Milliseconds of each record."""
    views, out = _topics(node)
    with server(node, native=True) as (found, _):
        found.sql(DECLARE.format(views=views))
        found.sql(J1.statement.format(out=out, views=views))
        return _measured(node, views, out, seconds)


def kafka_streams(node: Node, seconds: int, variant: str = "pojo") -> list[float]:
    """Milliseconds of each record."""
    views, out = _topics(node)
    with tempfile.TemporaryDirectory(prefix="millstream-bench-") as directory:
        process = peer.start("J1", variant, node.bootstrap, f"peer_{out}", views, out, Path(directory))
        try:
            return _measured(node, views, out, seconds)
        finally:
            stop(process)


def _topics(node: Node) -> tuple[str, str]:
    name = uuid.uuid4().hex[:6]
    node.create(f"views_{name}", f"late_{name}")
    return f"views_{name}", f"late_{name}"


def _measured(node: Node, views: str, out: str, seconds: int) -> list[float]:
    """Send until something comes back, then for a while, then for ``seconds`` what counts."""
    from confluent_kafka import Producer

    seen = _Seen(node, out)
    # At most five requests at a time, as Java's producer: else a broker that was just started falls behind for seconds, a record each.
    producer = Producer({"bootstrap.servers": node.bootstrap, "linger.ms": 0, "max.in.flight": 5, "partitioner": "murmur2_random"})
    sent: dict[int, float] = {}

    def send(number: int) -> None:
        key = f"User_{number * 7919 % USERS}"
        now = time.time()
        value = f'{{"viewtime":{int(now * 1000)},"userid":"{key}","pageid":"Page_{number}"}}'
        sent[number] = time.perf_counter()
        producer.produce(views, value, key, timestamp=int(now * 1000))
        producer.poll(0)

    number = 0
    deadline = time.monotonic() + _PATIENCE_S
    while not seen.at:
        if time.monotonic() > deadline:
            raise TimeoutError(f"Nothing came to {out} in {_PATIENCE_S:.0f} s.")
        send(number)
        number += 1
        time.sleep(0.02)
    first = number + _WARM_S * RATE
    begun = time.perf_counter()
    for at in range((_WARM_S + seconds) * RATE):
        wait = begun + at / RATE - time.perf_counter()
        if wait > 0:
            time.sleep(wait)
        send(number)
        number += 1
    producer.flush()
    deadline = time.monotonic() + _PATIENCE_S
    while len(seen.at) < number and time.monotonic() < deadline:
        time.sleep(0.05)
    seen.close()
    missing = number - len(seen.at)
    if missing:
        raise TimeoutError(f"{missing} of {number} records did not come to {out}.")
    return [(seen.at[n] - sent[n]) * 1000 for n in range(first, number)]


class _Seen:
    """When each record came out, by its number; read by a thread."""

    def __init__(self, node: Node, topic: str) -> None:
        from confluent_kafka import Consumer, TopicPartition

        self.at: dict[int, float] = {}
        self._consumer: Any = Consumer({"bootstrap.servers": node.bootstrap, **_CONSUMER})
        self._consumer.assign([TopicPartition(topic, partition, 0) for partition in range(PARTITIONS)])
        self._closed = False
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._closed = True
        self._thread.join()
        self._consumer.close()

    def _read(self) -> None:
        while not self._closed:
            for message in self._consumer.consume(1, 0.1) + self._consumer.consume(1000, 0):
                if message.error() is None:
                    value = message.value()
                    start = value.index(b"Page_") + 5
                    self.at.setdefault(int(value[start : value.index(b'"', start)]), time.perf_counter())
