"""The broker of a run, started for it and taken away afterwards, and the records that jobs read."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.kafka.broker import Broker

from bench.kafka.jobs import PARTITIONS, PEOPLE, VIEWS, people, views
from bench.producing import Record, produce

#: Offsets by topic and partition.
Place = dict[tuple[str, int], int]

#: As the brokers that the peers were measured on, with the collector that Kafka's own scripts choose: another stops the broker for long.
_MEMORY = ("-Xms1g", "-Xmx2g", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20")
#: How long an answer is waited for, in seconds: a busy machine is slow.
_TIMEOUT = 120.0


class Node:
    """A broker and what can be asked of it."""

    def __init__(self, broker: Broker) -> None:
        from confluent_kafka.admin import AdminClient

        self.broker = broker
        self.bootstrap = broker.bootstrap
        self._admin: Any = AdminClient({"bootstrap.servers": self.bootstrap})
        #: By group, who asks what it committed.
        self._asking: dict[str, Any] = {}

    def close(self) -> None:
        for asking in self._asking.values():
            asking.close()
        self._asking.clear()

    def create(self, *topics: str) -> None:
        from confluent_kafka.admin import NewTopic

        for made in self._admin.create_topics([NewTopic(name, PARTITIONS, 1) for name in topics]).values():
            made.result(_TIMEOUT)

    def settle(self) -> None:
        """Wait until groups can be asked about, which a broker that was just started may refuse."""
        self.committed("bench")

    def delete(self, *topics: str) -> None:
        for gone in self._admin.delete_topics(list(topics), operation_timeout=_TIMEOUT).values():
            gone.result(_TIMEOUT)

    def topics(self) -> list[str]:
        return list(self._admin.list_topics(timeout=_TIMEOUT).topics)

    def ends(self, topic: str) -> list[int]:
        """The next offsets, markers of transactions included."""
        from confluent_kafka import TopicPartition
        from confluent_kafka.admin import OffsetSpec

        count = len(self._admin.list_topics(topic, timeout=_TIMEOUT).topics[topic].partitions)
        asked = self._admin.list_offsets({TopicPartition(topic, p): OffsetSpec.latest() for p in range(count)})
        found = {place.partition: future.result(_TIMEOUT).offset for place, future in asked.items()}
        return [found[p] for p in range(count)]

    def committed(self, group: str) -> Place:
        """Offsets that a group committed; none while there is no such group.

        A consumer asks: librdkafka's administrator ends the process where the group's coordinator does not answer in time.
        """
        from confluent_kafka import Consumer, KafkaException, TopicPartition

        asking = self._asking.get(group)
        if asking is None:
            asking = self._asking[group] = Consumer({"bootstrap.servers": self.bootstrap, "group.id": group})
        places = [TopicPartition(t.topic, p) for t in self._admin.list_topics(timeout=_TIMEOUT).topics.values() for p in t.partitions]
        deadline = time.monotonic() + _TIMEOUT
        while True:
            try:
                return {(p.topic, p.partition): p.offset for p in asking.committed(places, 5) if p.offset >= 0 and p.error is None}
            except KafkaException:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    @contextmanager
    def kept(self, topic: str) -> Iterator[Callable[[], Place]]:
        """Asks for the offsets that a query of Millstream keeps in a topic: its server is not bothered meanwhile."""
        from confluent_kafka import Consumer, TopicPartition

        settings = {"bootstrap.servers": self.bootstrap, "group.id": "bench", "auto.offset.reset": "earliest"}
        consumer = Consumer({**settings, "enable.auto.commit": False, "isolation.level": "read_committed"})
        consumer.assign([TopicPartition(topic, 0, 0)])
        found: Place = {}

        def look() -> Place:
            for message in consumer.consume(1000, 0.0):
                if message.error() is None and message.value() is not None:
                    name, _, partition = message.key().decode().rpartition("/")
                    found[name, int(partition)] = int(message.value().split()[1])
            return found

        try:
            yield look
        finally:
            consumer.close()

    def load(self, topic: str, records: Iterable[Record]) -> None:
        """Produce records, each to the partition that Java's producer would choose, in order."""
        produce(self.bootstrap, topic, records)


@contextmanager
def node(count: int) -> Iterator[Node]:
    """A broker with ``count`` page views and the users."""
    home = Path(tempfile.mkdtemp(prefix="millstream-bench-kafka-"))
    broker = Broker(home, _MEMORY)
    found = None
    try:
        broker.start()
        found = Node(broker)
        found.settle()
        found.create(VIEWS, PEOPLE)
        found.load(PEOPLE, people())
        found.load(VIEWS, views(range(count)))
        yield found
    finally:
        if found is not None:
            found.close()
        broker.kill()
        shutil.rmtree(home, ignore_errors=True)
