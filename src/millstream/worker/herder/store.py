"""What the worker keeps in the log: configurations, source offsets, statuses and the topics that connectors used.

Keyed stores, one key a connector (offsets: one a source partition). Whoever can read the data directory can read the passwords
in the configurations: the directory is its owner's alone (mode 0700, files 0600).
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from millstream.log import crash
from millstream.log.base import Log, Transaction

CONFIGS, OFFSETS, STATUSES, TOPICS = "_connect/configs", "_connect/offsets", "_connect/statuses", "_connect/topics"
_OWNER = "connect-herder"


class StoredConnector(msgspec.Struct):
    """``state``: the target state RUNNING, PAUSED or STOPPED."""

    config: dict[str, str]
    state: str = "RUNNING"


def _partition_key(connector: str, partition: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode([connector, dict(partition)], order="sorted")


class Store:
    """Reads and writes. Thread-safe as the log is."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._lock = threading.Lock()  # a log takes one open transaction an owner

    def connectors(self) -> dict[str, StoredConnector]:
        """All configurations by name."""
        return {k.decode(): msgspec.json.decode(v, type=StoredConnector) for k, v in self._log.scan(CONFIGS, 0)}

    def put_connector(self, name: str, stored: StoredConnector) -> None:
        crash.point("worker.config.before")
        self._put(CONFIGS, name.encode(), msgspec.json.encode(stored))
        crash.point("worker.config.after")

    def drop_connector(self, name: str) -> None:
        """Forget the configuration, the status and the topic names. Offsets stay, as in Kafka Connect."""
        key = name.encode()
        with self._lock, self._log.begin(_OWNER) as transaction:
            for store in (CONFIGS, STATUSES):
                transaction.put(store, 0, [(key, None)])
            transaction.put(TOPICS, 0, [(k, None) for k, _ in self._under(TOPICS, name)])
            transaction.commit()

    def put_status(self, name: str, status: Mapping[str, Any]) -> None:
        self._put(STATUSES, name.encode(), msgspec.json.encode(status))

    def topics(self, name: str) -> list[str]:
        """Topics the connector wrote or read since the last reset."""
        return sorted(msgspec.json.decode(key)[1] for key, _ in self._under(TOPICS, name))

    def add_topics(self, transaction: Transaction, name: str, topics: Iterable[str]) -> None:
        transaction.put(TOPICS, 0, [(msgspec.json.encode([name, topic]), b"1") for topic in topics])

    def reset_topics(self, name: str) -> None:
        with self._lock, self._log.begin(_OWNER) as transaction:
            transaction.put(TOPICS, 0, [(k, None) for k, _ in self._under(TOPICS, name)])
            transaction.commit()

    def offset(self, name: str, partition: Mapping[str, Any]) -> dict[str, Any] | None:
        data = self._log.get(OFFSETS, 0, _partition_key(name, partition))
        return None if data is None else msgspec.json.decode(data, type=dict[str, Any])

    def offsets(self, name: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """All source partitions with their offsets."""
        return [(msgspec.json.decode(key)[1], msgspec.json.decode(value)) for key, value in self._under(OFFSETS, name)]

    def _under(self, store: str, name: str) -> list[tuple[bytes, bytes]]:
        head = msgspec.json.encode([name])[:-1] + b","
        return list(self._log.scan(store, 0, head, head + b"\xff"))

    def put_offsets(self, transaction: Transaction, name: str, moved: Iterable[tuple[Mapping[str, Any], Mapping[str, Any] | None]]) -> None:
        """Stage source offsets; None forgets one."""
        items = [(_partition_key(name, p), None if o is None else msgspec.json.encode(dict(o))) for p, o in moved]
        if items:
            transaction.put(OFFSETS, 0, items)

    def set_offsets(self, name: str, moved: Iterable[tuple[Mapping[str, Any], Mapping[str, Any] | None]]) -> None:
        """Change source offsets at once (the REST API's PATCH and DELETE)."""
        with self._lock, self._log.begin(_OWNER) as transaction:
            self.put_offsets(transaction, name, moved)
            transaction.commit()

    def _put(self, store: str, key: bytes, value: bytes | None) -> None:
        with self._lock, self._log.begin(_OWNER) as transaction:
            transaction.put(store, 0, [(key, value)])
            transaction.commit()
