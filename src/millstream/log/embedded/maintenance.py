"""Upkeep of a data directory: retention, compaction, files that nothing refers to, dropped stores, readers that died.

One process does it at a time (a file lock; the others skip). A file is unlinked only once a safe point no longer refers to it.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import field
from pathlib import Path
from typing import Any

from millstream.dataclass import dataclass
from millstream.log import crash
from millstream.log.embedded import compaction, retention
from millstream.log.embedded.appender import Appender
from millstream.log.embedded.env import Environment
from millstream.log.embedded.policy import Policy
from millstream.log.embedded.records import OFFSET_KEY, PARTITION_KEY, Topic, decode_topic, partition_of, segment_of
from millstream.log.embedded.retention import Held
from millstream.log.embedded.segments import SegmentFiles
from millstream.log.embedded.stores import Groups, Stores
from millstream.log.embedded.writing import Writing


@dataclass(slots=True)
class Report:
    """What maintenance did. ``held``: groups that stand in the way of a topic's ``retention.bytes``; see ``EmbeddedLog.maintain``."""

    removed_segments: int = 0
    removed_bytes: int = 0
    compacted: list[tuple[str, int]] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)


class Maintenance:
    def __init__(
        self,
        env: Environment,
        writing: Writing,
        files: SegmentFiles,
        appender: Appender,
        groups: Groups,
        stores: Stores,
        policy_of: Callable[[Topic], Policy],
    ) -> None:
        self._env = env
        self._writing = writing
        self._files = files
        self._appender = appender
        self._groups = groups
        self._stores = stores
        self._policy_of = policy_of

    def run(self, now_ms: int, released: frozenset[str]) -> Report:
        """Retention first: what is removed need not be compacted."""
        report = Report()
        with self._alone() as alone:
            if not alone:
                return report
            paths = self._retain(now_ms, released, report)
            for topic in self._topics():
                if self._policy_of(topic).compact:
                    for partition in range(topic.partitions):
                        replaced = self._compact(topic, partition, now_ms)
                        if replaced:
                            report.compacted.append((topic.name, partition))
                            paths += replaced
            self._stores.purge()
            self._writing.durability.sync(reader_check=True)
            for path in paths:
                path.unlink(missing_ok=True)
        return report

    def clean_up(self) -> None:
        """Remove files that nothing refers to, and cut off what lies behind the visible lengths: what killed processes left."""
        with self._alone() as alone:
            if not alone:
                return
            self._stores.purge()
            self._writing.durability.sync()
            lock = self._env.write()
            try:
                if self._writing.durability.covers(self._env.lmdb.info()["last_txnid"]):
                    self._remove_unknown(lock)
            finally:
                lock.abort()

    def _remove_unknown(self, txn: Any) -> None:
        env = self._env
        topics = {t.id: t for t in (decode_topic(raw) for raw in txn.cursor(db=env.topics).iternext(keys=False, values=True))}
        lengths: dict[str, dict[str, int]] = {topic.folder: {} for topic in topics.values()}
        for key, value in txn.cursor(db=env.segments).iternext():
            topic_id, partition, _ = OFFSET_KEY.unpack(key)
            segment = segment_of(value)
            lengths[topics[topic_id].folder][segment.name(partition)] = segment.length
        for folder in env.topics_folder.iterdir():
            known = lengths.get(folder.name)
            if known is None:
                shutil.rmtree(folder, ignore_errors=True)
                continue
            for path in folder.iterdir():
                length = known.get(path.name)
                if length is None:
                    path.unlink(missing_ok=True)
                elif path.stat().st_size > length:
                    os.truncate(path, length)

    def _retain(self, now_ms: int, released: frozenset[str], report: Report) -> list[Path]:
        env = self._env
        paths = []
        with self._writing.transaction(ring=False) as txn:
            holding = self._groups.holding(txn)
            for topic in self._topics():
                policy = self._policy_of(topic)
                for partition in range(topic.partitions):
                    raw = txn.get(PARTITION_KEY.pack(topic.id, partition), db=env.partitions)
                    if raw is None:
                        continue  # deleted meanwhile
                    holds = {g: o for g, o in holding.get((topic.name, partition), {}).items() if g not in released}
                    result = retention.retain(env, txn, topic, partition, partition_of(raw), policy, now_ms, holds)
                    report.held += result.held
                    for segment in result.removed:
                        report.removed_segments += 1
                        report.removed_bytes += segment.length
                        paths.append(env.topics_folder / topic.folder / segment.name(partition))
        crash.point("retention.published")
        return paths

    def _compact(self, topic: Topic, partition: int, now_ms: int) -> list[Path]:
        work = compaction.Compaction(self._env, self._writing, self._files, self._appender, topic, partition, self._policy_of(topic))
        return work.run(now_ms)

    def _topics(self) -> list[Topic]:
        with self._env.read() as txn:
            return [decode_topic(raw) for raw in txn.cursor(db=self._env.topics).iternext(keys=False, values=True)]

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        descriptor = os.open(self._env.directory / "maintenance", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True
        finally:
            os.close(descriptor)
