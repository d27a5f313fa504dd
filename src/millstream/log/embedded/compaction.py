"""Compaction of one partition: of each key the latest record stays, with its offset; tombstones go after ``delete.retention.ms``.

Segments never change: survivors are written to new files beside the old ones, and one transaction puts them in their place. A
killed compaction leaves files that nothing refers to, which the next start removes. Records without a key stay.

As in Kafka only what came since the last compaction is held in memory, as key -> last offset, and at most a million keys a round.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from millstream.log import crash
from millstream.log.base import Batch
from millstream.log.embedded import codec
from millstream.log.embedded.appender import Appender, write_at
from millstream.log.embedded.env import Environment
from millstream.log.embedded.policy import Policy
from millstream.log.embedded.reader import segments_from
from millstream.log.embedded.records import DIRTY_KEY, OFFSET_KEY, PARTITION_KEY, Segment, Topic, partition_of
from millstream.log.embedded.segments import SegmentFiles
from millstream.log.embedded.writing import Writing

#: Compact when this share of a partition's bytes is new: more than that could be twice what is live.
DIRTY_SHARE = 0.3
SMALLEST = 128 << 10
MAX_KEYS = 1_000_000
_READ_BYTES = 1 << 20

Segments = list[tuple[int, Segment]]


class Compaction:
    """One round over one partition."""

    def __init__(
        self,
        env: Environment,
        writing: Writing,
        files: SegmentFiles,
        appender: Appender,
        topic: Topic,
        partition: int,
        policy: Policy,
    ) -> None:
        self._env = env
        self._writing = writing
        self._files = files
        self._appender = appender
        self._topic = topic
        self._partition = partition
        self._policy = policy

    def run(self, now_ms: int) -> list[Path]:
        """The files that were replaced, to be unlinked by the caller."""
        with self._env.read() as txn:
            segments = list(segments_from(self._env, txn, self._topic.id, self._partition, 0))
        if not self._worth_it(segments) or not self._end_segments():
            return []
        with self._env.read() as txn:
            segments = list(segments_from(self._env, txn, self._topic.id, self._partition, 0))
        latest, covered = self._latest(segments)
        new = self._rewrite(covered, latest, now_ms)
        crash.point("compact.rewritten")
        if not self._replace(covered, new):
            return [self._path(segment) for _, segment in new]
        crash.point("compact.published")
        return [self._path(segment) for _, segment in covered]

    def _worth_it(self, segments: Segments) -> bool:
        total = sum(segment.length for _, segment in segments)
        dirty = sum(segment.length for _, segment in segments if not segment.cleaned)
        return dirty >= max(SMALLEST, DIRTY_SHARE * total)

    def _end_segments(self) -> bool:
        """Move the tail into the last segment and end that. False if the topic is gone."""
        env, where = self._env, PARTITION_KEY.pack(self._topic.id, self._partition)
        with self._writing.transaction(ring=False) as txn:
            raw = txn.get(where, db=env.partitions)
            if raw is None:
                return False
            state = self._appender.flush_tail(txn, self._topic, self._partition, partition_of(raw))
            txn.put(where, state.pack(), db=env.partitions)
            for base, segment in segments_from(env, txn, self._topic.id, self._partition, max(state.end - 1, 0)):
                txn.put(OFFSET_KEY.pack(self._topic.id, self._partition, base), segment._replace(sealed=True).pack(), db=env.segments)
        return True

    def _latest(self, segments: Segments) -> tuple[dict[bytes, int], Segments]:
        """The last offset of each key in the segments not compacted yet, and the segments that this round covers."""
        latest: dict[bytes, int] = {}
        covered: Segments = []
        for base, segment in segments:
            growing = base == segments[-1][0] and not segment.sealed
            if growing or len(latest) >= MAX_KEYS:
                break
            covered.append((base, segment))
            if not segment.cleaned:
                for batch in self._batches(base, segment):
                    latest.update(zip(batch.keys, batch.offsets, strict=True))  # type: ignore[arg-type]
        latest.pop(None, None)  # type: ignore[call-overload]
        return latest, covered

    def _batches(self, base: int, segment: Segment) -> Iterator[Batch]:
        file = self._files.get(self._topic.folder, self._partition, base, segment)
        offset = base
        while offset < segment.next:
            batches = file.read(offset, segment.length, _READ_BYTES)
            if not batches:
                return
            yield from batches
            offset = batches[-1].next_offset

    def _survivors(self, segments: Segments, latest: dict[bytes, int], now_ms: int) -> Iterator[Batch]:
        horizon = now_ms - self._policy.delete_retention_ms
        for base, segment in segments:
            for batch in self._batches(base, segment):
                keep = [
                    i
                    for i, (key, value, offset, time) in enumerate(
                        zip(batch.keys, batch.values, batch.offsets, batch.timestamps, strict=True)
                    )
                    if key is None or (latest.get(key, -1) <= offset and not (value is None and segment.cleaned and time < horizon))
                ]
                if keep:
                    yield _chosen(batch, keep)

    def _rewrite(self, segments: Segments, latest: dict[bytes, int], now_ms: int) -> Segments:
        """Write the survivors to new files. They are not visible yet."""
        new: Segments = []
        for batch in _gathered(self._survivors(segments, latest, now_ms)):
            base, following = batch.offsets[0], batch.offsets[-1] + 1
            piece = codec.encode_sparse(batch, base, following)
            if not new or new[-1][1].length + piece.size > self._policy.roll_bytes:
                with self._writing.transaction(ring=False) as txn:
                    number = self._env.next_number(txn, b"file")
                new.append((base, Segment(number, 0, base, piece.first_timestamp, piece.max_timestamp, max(now_ms, 1), True)))
            first, segment = new[-1]
            write_at(self._path(segment), [piece.header(base), piece.payload], segment.length)
            new[-1] = (
                first,
                segment._replace(
                    length=segment.length + piece.size,
                    next=following,
                    max_timestamp=max(segment.max_timestamp, piece.max_timestamp),
                ),
            )
        return new

    def _replace(self, old: Segments, new: Segments) -> bool:
        """Put the new segments in the place of the old ones. False if the topic was deleted meanwhile."""
        env, topic, partition = self._env, self._topic, self._partition
        with self._writing.transaction(ring=False) as txn:
            if txn.get(PARTITION_KEY.pack(topic.id, partition), db=env.partitions) is None:
                return False
            for base, _ in old:
                txn.delete(OFFSET_KEY.pack(topic.id, partition, base), db=env.segments)
            for base, segment in new:
                txn.put(OFFSET_KEY.pack(topic.id, partition, base), segment.pack(), db=env.segments)
                self._mark_dirty(txn, segment)
        return True

    def _mark_dirty(self, txn: Any, segment: Segment) -> None:
        name = os.fsencode(f"{self._topic.folder}/{segment.name(self._partition)}")
        txn.put(DIRTY_KEY.pack(txn.id(), segment.file), name, db=self._env.dirty)

    def _path(self, segment: Segment) -> Path:
        return self._env.topics_folder / self._topic.folder / segment.name(self._partition)


def _chosen(batch: Batch, keep: list[int]) -> Batch:
    if len(keep) == len(batch.values):
        return batch
    return Batch(
        [batch.keys[i] for i in keep],
        [batch.values[i] for i in keep],
        [batch.timestamps[i] for i in keep],
        None if batch.headers is None else [batch.headers[i] for i in keep],
        [batch.offsets[i] for i in keep],
    )


def _gathered(batches: Iterator[Batch]) -> Iterator[Batch]:
    """Batches put together to about 256 KB or 4096 records each."""
    out: Batch | None = None
    size = 0
    for batch in batches:
        added = sum(len(v or b"") + len(k or b"") for k, v in zip(batch.keys, batch.values, strict=True))
        if out is not None and (size + added > 256 << 10 or len(out) + len(batch) > codec.MAX_RECORDS):
            yield out
            out = None
        if out is None:
            out, size = Batch(list(batch.keys), list(batch.values), list(batch.timestamps), batch.headers and list(batch.headers)), 0
            out.offsets = list(batch.offsets)
        else:
            if out.headers is not None or batch.headers is not None:
                out.headers = (out.headers or [()] * len(out)) + (batch.headers or [()] * len(batch))
            out.keys += batch.keys
            out.values += batch.values
            out.timestamps += batch.timestamps
            out.offsets = [*out.offsets, *batch.offsets]
        size += added
    if out is not None:
        yield out
