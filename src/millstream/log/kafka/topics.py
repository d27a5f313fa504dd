"""Administration: topics, their configuration and offsets, groups. Everything here is a round trip to the brokers."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from millstream.errors import LogError
from millstream.log.base import TopicInfo, Unavailable
from millstream.log.kafka.admin import Admin
from millstream.log.kafka.assignments import readers
from millstream.log.kafka.errors import Faults
from millstream.log.kafka.settings import Settings
from millstream.log.names import check_topic, unknown_partition, unknown_topic
from millstream.log.staging import TopicPartition

_TIMEOUT = 15.0
#: How long it may take until a transaction that was committed can be seen, in seconds.
_SHOWN = 3.0
#: How long one request for offsets may take before it is asked again by a new client, in seconds.
_PROMPT = 3.0
#: How much longer than the brokers' answer librdkafka's own time-out is waited for, in seconds.
_GRACE = 5.0
#: Answers of brokers that are about to know better.
_MOVING = {"NOT_LEADER_FOR_PARTITION", "LEADER_NOT_AVAILABLE", "OFFSET_NOT_AVAILABLE", "FENCED_LEADER_EPOCH", "UNKNOWN_LEADER_EPOCH"}
#: How long the number of a topic's partitions is believed, in seconds.
_KNOWN = 5.0


class Topics:
    """The brokers' topics and groups. Safe to use from several threads."""

    def __init__(self, settings: Settings, faults: Faults) -> None:
        self._admin = Admin(settings, faults)
        self._faults = faults
        self._known: dict[str, tuple[int, float]] = {}
        #: Offsets behind what this process committed and the brokers may not show yet.
        self._unsettled: dict[TopicPartition, int] = {}

    def knock(self) -> None:
        """Raises Unavailable when no broker answers, or one refuses the login or the certificate."""
        self._admin.knock()

    def create(self, topic: TopicInfo) -> None:
        """Create a topic and wait until its partitions can be used."""
        from confluent_kafka import KafkaException

        check_topic(topic.name, topic.partitions)
        new = _kinds().NewTopic(topic.name, topic.partitions, topic.replicas, config=dict(topic.config))
        try:
            self._admin.client.create_topics([new], request_timeout=_TIMEOUT)[topic.name].result(_TIMEOUT + _GRACE)
        except KafkaException as error:
            fault = error.args[0]
            if fault.name() == "TOPIC_ALREADY_EXISTS":
                raise LogError(f"Topic '{topic.name}' exists already.") from None
            raise self._faults.error(fault, f"create the topic '{topic.name}'") from error
        self._until(lambda: self._ready(topic.name, topic.partitions), f"The topic '{topic.name}' was created, but has no leader yet")

    def grow(self, topic: str, partitions: int) -> None:
        """Give a topic more partitions."""

        with self._faults.mapped(f"add partitions to the topic '{topic}'"):
            self._admin.client.create_partitions([_kinds().NewPartitions(topic, partitions)], request_timeout=_TIMEOUT)[topic].result(
                _TIMEOUT + _GRACE
            )
        self._until(lambda: self._ready(topic, partitions), f"The topic '{topic}' has no leader for its new partitions yet")

    def delete(self, topics: Sequence[str]) -> None:
        """Delete topics and wait until they are gone. Raises LogError if one is not there."""
        from confluent_kafka import KafkaException

        if not topics:
            return
        for name, future in self._admin.client.delete_topics(list(topics), operation_timeout=_TIMEOUT, request_timeout=_TIMEOUT).items():
            try:
                future.result(_TIMEOUT + _GRACE)
            except KafkaException as error:
                if error.args[0].name() == "UNKNOWN_TOPIC_OR_PART":
                    raise unknown_topic(name) from None
                raise self._faults.error(error.args[0], f"delete the topic '{name}'") from error
            self.forget(name)
        for name in topics:
            self._until(lambda name=name: self._described(name) is None, f"The topic '{name}' is still there")  # type: ignore[misc]

    def forget(self, topic: str) -> None:
        if self._known.pop(topic, None) is not None:
            self._admin.renew()
        for where in [w for w in self._unsettled if w[0] == topic]:
            self._unsettled.pop(where, None)

    def partitions(self, topic: str) -> int:
        """How many partitions a topic has. Raises LogError if there is none of that name."""
        known = self._known.get(topic)
        if known is not None and time.monotonic() - known[1] < _KNOWN:
            return known[0]
        described = self._described(topic)
        if described is None:
            self.forget(topic)
            raise unknown_topic(topic)
        count = len(described.partitions)
        self._known[topic] = (count, time.monotonic())
        return count

    def check(self, topic: str, partition: int) -> None:
        """Raises LogError unless there is such a partition."""
        count = self.partitions(topic)
        if not 0 <= partition < count:
            raise unknown_partition(topic, partition, count)

    def all(self) -> dict[str, TopicInfo]:
        """Every topic with what was configured for it itself."""
        with self._faults.mapped("list the topics"):
            found = self._admin.client.list_topics(timeout=_TIMEOUT).topics
        return self._with_config({n: (len(t.partitions), _replicas(t.partitions.values())) for n, t in found.items() if t.error is None})

    def identity(self, topic: str) -> tuple[str, int] | None:
        """A topic's id, which tells it from a later one of its name, and the number of its partitions; None if there is none."""
        described = self._described(topic)
        return None if described is None else (str(described.topic_id), len(described.partitions))

    def names(self, prefix: str) -> list[str]:
        with self._faults.mapped("list the topics"):
            return sorted(name for name in self._admin.client.list_topics(timeout=_TIMEOUT).topics if name.startswith(prefix))

    def one(self, name: str) -> TopicInfo | None:
        described = self._described(name)
        if described is None:
            return None
        return self._with_config({name: (len(described.partitions), _replicas(described.partitions))}).get(name)

    def behind(self, ends: Mapping[TopicPartition, int], patience_s: float) -> set[TopicPartition]:
        """Those partitions that readers of committed records do not see up to these offsets within that time."""
        deadline = time.monotonic() + patience_s
        while True:
            shown = self._list_offsets(dict.fromkeys(ends, _kinds().OffsetSpec.latest()))
            late = {where for where, end in ends.items() if shown[where] < end}
            if not late or time.monotonic() > deadline:
                return late
            time.sleep(0.002)

    def tops(self, wanted: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """Offsets behind the last record, committed or not."""
        return self._list_offsets(dict.fromkeys(wanted, _kinds().OffsetSpec.latest()), committed=False)

    def offsets(self, wanted: Iterable[TopicPartition], *, start: bool) -> dict[TopicPartition, int]:
        """First kept offsets, or the last stable ones: where the next committed record will be, or behind it."""

        spec = _kinds().OffsetSpec.earliest() if start else _kinds().OffsetSpec.latest()
        places = list(wanted)
        if not start:
            self._settle(places)
        return self._list_offsets(dict.fromkeys(places, spec))

    def for_time(self, topic: str, partition: int, timestamp: int) -> int | None:
        """The first offset whose timestamp is at least ``timestamp``; None if there is none."""

        self._settle([(topic, partition)])
        found = self._list_offsets({(topic, partition): _kinds().OffsetSpec.for_timestamp(timestamp)})[topic, partition]
        return None if found < 0 else found

    def readers(self, own: str) -> dict[str, tuple[int, int]]:
        """Consumers and groups by topic, but for groups whose names begin with ``own``.

        The older request: librdkafka aborts the process when the newer one times out.
        """
        with warnings.catch_warnings(), self._faults.mapped("list the groups"):
            warnings.simplefilter("ignore", DeprecationWarning)
            return readers(self._admin.client.list_groups(timeout=_TIMEOUT), own)

    def committing(self, ends: Mapping[TopicPartition, int]) -> None:
        """This process has committed records in front of these offsets: from now on ends are behind them."""
        self._unsettled.update(ends)

    def _settle(self, places: Iterable[TopicPartition]) -> None:
        """Wait until the brokers show what was committed: they say that a transaction is committed before it can be seen."""
        waiting = {where: end for where in places if (end := self._unsettled.get(where)) is not None}
        if waiting:
            self.behind(waiting, _SHOWN)
            for where, end in waiting.items():
                if self._unsettled.get(where) == end:
                    self._unsettled.pop(where, None)

    def _list_offsets(self, wanted: Mapping[TopicPartition, Any], *, committed: bool = True) -> dict[TopicPartition, int]:
        from confluent_kafka import IsolationLevel, KafkaException
        from confluent_kafka import TopicPartition as Place

        level = IsolationLevel.READ_COMMITTED if committed else IsolationLevel.READ_UNCOMMITTED
        found: dict[TopicPartition, int] = {}
        left = dict(wanted)
        deadline = time.monotonic() + _TIMEOUT
        while left:
            places = {Place(t, p): spec for (t, p), spec in left.items()}
            asked = self._admin.client.list_offsets(places, isolation_level=level, request_timeout=_PROMPT)
            for place, future in asked.items():
                try:
                    offset = future.result(_TIMEOUT + _GRACE).offset
                    if offset < -1:  # it could not be asked for; -1 is "none" for a time
                        self._faults.gone = True
                        if time.monotonic() > deadline:
                            raise Unavailable(f"No Kafka broker tells the offsets of the topic '{place.topic}'.")
                        continue
                    found[place.topic, place.partition] = offset
                    del left[place.topic, place.partition]
                except KafkaException as error:
                    name = error.args[0].name()
                    if name in ("UNKNOWN_TOPIC_OR_PART", "_UNKNOWN_TOPIC", "_NOENT"):
                        self.forget(place.topic)
                        raise unknown_topic(place.topic) from None
                    silent = name == "_TIMED_OUT"
                    if silent:
                        self._admin.renew()
                    if not (silent or name in _MOVING) or time.monotonic() > deadline:
                        raise self._faults.error(error.args[0], f"look up offsets of the topic '{place.topic}'") from error
            if left:
                time.sleep(0.01)
        return found

    def _described(self, name: str) -> Any:
        from confluent_kafka import KafkaException, TopicCollection

        if not name:
            return None
        try:
            return self._admin.client.describe_topics(TopicCollection([name]), request_timeout=_TIMEOUT)[name].result(_TIMEOUT + _GRACE)
        except KafkaException as error:
            if error.args[0].name() in ("UNKNOWN_TOPIC_OR_PART", "INVALID_TOPIC", "TOPIC_EXCEPTION"):
                return None
            raise self._faults.error(error.args[0], f"describe the topic '{name}'") from error

    def _ready(self, name: str, partitions: int) -> bool:
        described = self._described(name)
        return described is not None and len(described.partitions) >= partitions and all(p.leader for p in described.partitions)

    def _until(self, done: Callable[[], bool], late: str) -> None:
        deadline = time.monotonic() + _TIMEOUT
        while not done():
            if time.monotonic() > deadline:
                raise Unavailable(f"{late} after {_TIMEOUT:.0f} s.", hint="Look at the brokers' logs.")
            time.sleep(0.01)

    def _with_config(self, sizes: Mapping[str, tuple[int, int]]) -> dict[str, TopicInfo]:
        from confluent_kafka import KafkaException

        if not sizes:
            return {}
        asked = self._admin.client.describe_configs([_kinds().ConfigResource("TOPIC", name) for name in sizes], request_timeout=_TIMEOUT)
        infos = {}
        for resource, future in asked.items():
            try:
                entries = future.result(_TIMEOUT + _GRACE).values()
            except KafkaException as error:
                if error.args[0].name() == "UNKNOWN_TOPIC_OR_PART":
                    continue  # deleted meanwhile
                if not error.args[0].name().endswith("_AUTHORIZATION_FAILED"):
                    raise self._faults.error(error.args[0], f"read the configuration of the topic '{resource.name}'") from error
                entries = ()
            own = {e.name: e.value for e in entries if e.source == 1 and e.value is not None}  # 1: set for the topic itself
            infos[resource.name] = TopicInfo(resource.name, *sizes[resource.name], own)
        return {name: infos[name] for name in sizes if name in infos}


def _kinds() -> Any:
    """What requests are made of; imported late, because it is heavy."""
    import confluent_kafka.admin

    return confluent_kafka.admin


def _replicas(partitions: Iterable[Any]) -> int:
    return max((len(p.replicas) for p in partitions), default=1)
