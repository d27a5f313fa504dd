"""Topics that connectors write to: creating them, and choosing partitions as Kafka's producers do."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

from millstream.errors import LogError
from millstream.log.base import Batch, Log, TopicInfo
from millstream.log.partitioner import Partitioner

_WEEK_MS = 7 * 24 * 3600 * 1000


class Topics:
    """Creates topics at first use. One a task."""

    def __init__(self, log: Log, config: Mapping[str, Any], *, rows: bool) -> None:
        self._log, self._rows = log, rows
        self._partitions = max(config.get("topic.creation.default.partitions", 1), 1)
        self._replicas = max(config.get("topic.creation.default.replication.factor", 1), 1)
        self._policy: str | None = config.get("topic.creation.default.cleanup.policy")
        self._known: dict[str, int] = {}
        self._partitioners: dict[str, Partitioner] = {}

    def partitions(self, topic: str, *, keyed: bool) -> int:
        """How many partitions the topic has; it is created where it does not exist."""
        known = self._known.get(topic)
        if known is None:
            info = self._log.topic(topic) or self._create(topic, keyed)
            known = self._known[topic] = info.partitions
        return known

    def _create(self, topic: str, keyed: bool) -> TopicInfo:
        policy = self._policy or ("compact" if keyed and self._rows else "delete")
        config = {"cleanup.policy": policy}
        if "delete" in policy:
            config["retention.ms"] = str(_WEEK_MS)
        info = TopicInfo(topic, self._partitions, self._replicas, config)
        try:
            self._log.create(info)
        except LogError:
            existing = self._log.topic(topic)  # another task was quicker
            if existing is None:
                raise
            return existing
        return info

    def spread(self, topic: str, batch: Batch, partition: int | None) -> dict[int, Batch]:
        """A batch by partition: where the record says so, else by key; records without keys go round, batch by batch."""
        count = self._known[topic]
        if partition is not None:
            return {partition: batch}
        partitioner = self._partitioners.get(topic)
        if partitioner is None:
            partitioner = self._partitioners[topic] = Partitioner(count)
        return partitioner.split(batch)


def owner(topic: str, partition: int, tasks: int) -> int:
    """Which task of a sink reads a partition: the same one whatever other topics come and go."""
    return (zlib.crc32(topic.encode()) + partition) % tasks
