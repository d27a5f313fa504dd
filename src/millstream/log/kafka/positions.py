"""Offsets of groups: a small store a group, so that they are in the same transaction as what came of the records in front of them.

They are not in Kafka's consumer groups: there they expire while a query stands still, cost requests of their own at each commit, and a
coordinator whose broker is killed can hold back the offsets of a transaction that was committed for ever (UNSTABLE_OFFSET_COMMIT).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping

from millstream.log.kafka.changelogs import Changelogs
from millstream.log.kafka.names import Names
from millstream.log.kafka.topics import Topics
from millstream.log.staging import TopicPartition

Puts = dict[tuple[str, int], dict[bytes, bytes | None]]


class Positions:
    """Of the groups of a service. Safe to use from several threads.

    A row is a partition; its value names the topic's id too: in a topic that was made anew a group has no position.
    """

    def __init__(self, changelogs: Changelogs, topics: Topics) -> None:
        self._changelogs = changelogs
        self._names = changelogs.names
        self._topics = topics
        self._lock, self._dropping = threading.Lock(), threading.Lock()
        #: What was written last, by group: what did not move is not written again.
        self._written: dict[str, dict[bytes, bytes | None]] = {}
        #: The topics' ids as they were when the group was looked at, or first written.
        self._ids: dict[str, dict[str, str]] = {}

    def puts(self, moved: Mapping[str, Mapping[TopicPartition, int]]) -> Puts:
        """What a transaction puts into the stores for these groups."""
        puts: Puts = {}
        for group, offsets in moved.items():
            kept = self._names.kept(group)
            rows: dict[bytes, bytes | None] = {_key(*w): f"{self._id(group, w[0])} {at}".encode() for w, at in offsets.items()}
            with self._lock:
                written = self._written.get(kept, {})
                changed = {key: row for key, row in rows.items() if written.get(key) != row}
            if changed:
                puts[self._names.positions(group), 0] = changed
        return puts

    def wrote(self, puts: Mapping[tuple[str, int], Mapping[bytes, bytes | None]]) -> None:
        """These were committed."""
        with self._lock:
            for (store, _), rows in puts.items():
                group = Names.group(store)
                assert group is not None
                self._written.setdefault(group, {}).update(rows)

    def doubt(self, groups: Iterable[str] | None = None) -> None:
        """What was written last of these, or of any, is not known any more."""
        with self._lock:
            named = list(groups) if groups is not None else [*self._written, *self._ids]
            for group in named:
                self._written.pop(self._names.kept(group), None)
                self._ids.pop(group, None)

    def committed(self, group: str) -> dict[TopicPartition, int]:
        """As the brokers have it now."""
        found = {}
        rows = self._rows(group)
        with self._lock:
            self._ids.pop(group, None)
        for key, row in rows:
            topic, _, partition = key.decode().rpartition("/")
            identity, _, offset = row.decode().partition(" ")
            if identity == self._id(group, topic):
                found[topic, int(partition)] = int(offset)
        return found

    def drop(self, group: str, put: Callable[[str, int, list[tuple[bytes, None]]], None]) -> None:
        """Forget a group; ``put`` commits. What else a query has goes with its stores."""
        with self._dropping:
            rows = [(key, None) for key, _ in self._rows(group)]
            if rows:
                put(self._names.positions(group), 0, rows)
        self.doubt([group])

    def groups(self) -> list[str]:
        """Those that have offsets."""
        found = [group for store in self._changelogs.stores() if (group := Names.group(store)) is not None]
        return sorted(group for group in found if self._rows(group))

    def _id(self, group: str, topic: str) -> str:
        """Empty where there is no such topic."""
        known = self._ids.get(group, {}).get(topic)
        if known is None:
            described = self._topics.identity(topic)
            known = described[0] if described is not None else ""
            with self._lock:
                self._ids.setdefault(group, {})[topic] = known
        return known

    def _rows(self, group: str) -> list[tuple[bytes, bytes]]:
        there = self._changelogs.refresh(self._names.positions(group), 0)
        return list(self._changelogs.local.scan(self._names.positions(group), 0)) if there else []


def _key(topic: str, partition: int) -> bytes:
    return f"{topic}/{partition}".encode()
