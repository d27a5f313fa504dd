"""What the clients are configured with: the user's connection and security settings, passed through, and ours on top.

The user's settings are librdkafka's names (``security.protocol``, ``sasl.username``, ``ssl.ca.location``, ``compression.type``, ...), or
Java's names for the same (see ``security``).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any

from millstream.errors import ConfigError
from millstream.log.kafka.security import translated

_PRODUCER_ONLY = re.compile(r"compression\.|batch\.|linger\.|queue\.buffering\.|message\.max\.bytes|message\.timeout|request\.timeout")
_CONSUMER_ONLY = re.compile(r"fetch\.|queued\.|max\.partition\.fetch|client\.rack|check\.crcs")

#: librdkafka's own lines; shown where logging is configured, never on the terminal by themselves.
LOGGER = logging.getLogger("millstream.kafka")
LOGGER.addHandler(logging.NullHandler())


class Settings:
    """Configurations of the clients that one log needs."""

    def __init__(self, given: Mapping[str, str], note: Any) -> None:
        """Raises ConfigError for what cannot be used, or without ``bootstrap.servers``. ``note`` is told of errors in passing."""
        given = translated(given)
        if not given.get("bootstrap.servers"):
            raise ConfigError("bootstrap.servers is empty: expected the addresses of Kafka's brokers.")
        self.bootstrap = given["bootstrap.servers"]
        self._given = given
        self._common = {
            "client.id": "millstream",
            "error_cb": note,
            "logger": LOGGER,
            "log.connection.close": False,
            "reconnect.backoff.ms": 50,
            "reconnect.backoff.max.ms": 1000,
            "socket.nagle.disable": True,
            "topic.metadata.refresh.fast.interval.ms": 50,
        }

    def admin(self) -> dict[str, Any]:
        return {**self._common, **self._chosen(lambda name: not (_PRODUCER_ONLY.match(name) or _CONSUMER_ONLY.match(name)))}

    def consumer(self) -> dict[str, Any]:
        """Fetches ahead without waiting; committed records only. Positions are ours: nothing is committed or reset by itself."""
        return {
            **self._common,
            "queued.min.messages": 100_000,
            "queued.max.messages.kbytes": 65_536,
            "fetch.queue.backoff.ms": 2,
            "fetch.error.backoff.ms": 50,
            "fetch.wait.max.ms": 100,
            **self._chosen(lambda name: not _PRODUCER_ONLY.match(name)),
            "group.id": "_millstream-reader",
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "error",
            "allow.auto.create.topics": False,
        }

    def producer(self, transactional_id: str) -> dict[str, Any]:
        """Asks again soon: while the brokers still write the last transaction's markers they refuse the next one's offsets."""
        return {
            **self._common,
            "retry.backoff.ms": 5,
            "linger.ms": 5,
            "batch.size": 1_000_000,
            "batch.num.messages": 100_000,
            "queue.buffering.max.messages": 1_000_000,
            "queue.buffering.max.kbytes": 1 << 20,
            "transaction.timeout.ms": 60_000,
            **self._chosen(lambda name: not _CONSUMER_ONLY.match(name)),
            "transactional.id": transactional_id,
            "enable.idempotence": True,
            "acks": "all",
        }

    def _chosen(self, wanted: Any) -> dict[str, str]:
        return {name: value for name, value in self._given.items() if wanted(name)}
