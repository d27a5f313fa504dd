"""Records for a topic of a Kafka broker, as fast as they can be sent."""

from __future__ import annotations

from collections.abc import Iterable

#: Key, value, and milliseconds since 1970 (0: now).
Record = tuple[bytes, bytes, int]
#: -1: each to the partition that Java's producer would choose for its key.
BY_KEY = -1


def produce(bootstrap: str, topic: str, records: Iterable[Record], partition: int = BY_KEY) -> None:
    """Send records in order, and wait until the broker has them."""
    from confluent_kafka import Producer

    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "partitioner": "murmur2_random",
            "linger.ms": 50,
            "batch.size": 1_000_000,
            "queue.buffering.max.messages": 500_000,
        }
    )
    for number, (key, value, stamp) in enumerate(records):
        while True:
            try:
                producer.produce(topic, value, key, partition, timestamp=stamp)
                break
            except BufferError:
                producer.poll(0.1)
        if number % 10_000 == 0:
            producer.poll(0)
    producer.flush()
