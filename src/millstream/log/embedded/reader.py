"""Reading a partition: where an offset is (segment file or tail), and the records from there on.

What is visible is looked up in one short read transaction; files are read after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from millstream.log.base import Batch
from millstream.log.embedded import codec
from millstream.log.embedded.codec import HEADER, HEADER_SIZE
from millstream.log.embedded.env import Environment
from millstream.log.embedded.records import OFFSET_KEY, PARTITION_KEY, Partition, Segment, Topic, partition_of, segment_of
from millstream.log.embedded.segments import SegmentFiles
from millstream.log.names import unknown_partition, unknown_topic
from millstream.log.staging import joined


def empty(offset: int) -> Batch:
    return Batch([], [], [], offsets=range(offset, offset), next_offset=offset)


def find_partition(env: Environment, txn: Any, name: str, partition: int) -> tuple[Topic, Partition]:
    """Raises LogError if there is none."""
    topic = env.topic(txn, name)
    if topic is None:
        raise unknown_topic(name)
    raw = txn.get(PARTITION_KEY.pack(topic.id, partition), db=env.partitions) if 0 <= partition < topic.partitions else None
    if raw is None:
        raise unknown_partition(name, partition, topic.partitions)
    return topic, partition_of(raw)


def seek(cursor: Any, key: bytes, prefix: bytes) -> bool:
    """Go to the last entry at or in front of ``key``, else to the first behind it; False if the prefix has none."""
    if not cursor.set_range(key):
        there = cursor.last()
    elif cursor.key() == key:
        return True
    elif not cursor.prev():
        there = cursor.first()
    else:
        there = cursor.key().startswith(prefix) or cursor.next()
    return bool(there and cursor.key().startswith(prefix))


def segments_from(env: Environment, txn: Any, topic: int, partition: int, offset: int) -> Iterator[tuple[int, Segment]]:
    """Base offset and record of the segments that have offsets at or behind ``offset``, in order."""
    cursor = txn.cursor(db=env.segments)
    prefix = PARTITION_KEY.pack(topic, partition)
    if seek(cursor, OFFSET_KEY.pack(topic, partition, offset), prefix):
        for key, value in cursor.iternext():
            if not key.startswith(prefix):
                break
            segment = segment_of(value)
            if segment.next > offset:
                yield OFFSET_KEY.unpack(key)[2], segment


def tail_blobs(env: Environment, txn: Any, topic: int, partition: int, offset: int, max_bytes: int) -> list[bytes]:
    """Stored batches of the tail, from the one that holds ``offset`` on."""
    cursor = txn.cursor(db=env.tail)
    prefix = PARTITION_KEY.pack(topic, partition)
    blobs: list[bytes] = []
    size = 0
    if seek(cursor, OFFSET_KEY.pack(topic, partition, offset), prefix):
        for key, value in cursor.iternext():
            if not key.startswith(prefix) or (blobs and size >= max_bytes):
                break
            blobs.append(value)
            size += len(value)
    return blobs


def decode_blob(blob: bytes) -> Batch:
    _, _, base, count, span, _ = HEADER.unpack_from(blob)
    return codec.decode(memoryview(blob)[HEADER_SIZE:], base, count, span)


class Reader:
    """Reads committed records."""

    def __init__(self, env: Environment, files: SegmentFiles) -> None:
        self._env = env
        self._files = files

    def read(self, name: str, partition: int, offset: int, max_bytes: int) -> Batch:
        env = self._env
        while True:
            blobs: list[bytes] = []
            found = None
            txn = env.read()
            try:
                topic, state = find_partition(env, txn, name, partition)
                offset = max(offset, state.start)
                end = state.end
                if offset >= end:
                    return empty(offset)
                if offset < state.tail:
                    found = next(segments_from(env, txn, topic.id, partition, offset), None)
                if found is None:
                    blobs = tail_blobs(env, txn, topic.id, partition, offset, max_bytes)
            finally:
                txn.abort()
            if found is None:
                batches = [decode_blob(blob) for blob in blobs]
            else:
                base, segment = found
                try:
                    batches = self._files.get(topic.folder, partition, base, segment).read(offset, segment.length, max_bytes)
                except FileNotFoundError:
                    continue  # removed since it was looked up: look again
                if not batches:
                    offset = segment.next  # compaction left nothing behind this offset in the segment
                    continue
            if not batches:
                return empty(end)  # compaction left nothing between the offset and the end
            batch = trimmed(merged(batches), offset, max_bytes)
            if batch.values:
                return batch
            offset = batch.next_offset  # only records in front of the offset are left of these batches

    def offset_for_time(self, name: str, partition: int, timestamp: int) -> int:
        env = self._env
        while True:
            txn = env.read()
            try:
                topic, state = find_partition(env, txn, name, partition)
                segments = list(segments_from(env, txn, topic.id, partition, state.start))
                blobs = tail_blobs(env, txn, topic.id, partition, state.tail, 1 << 62)
            finally:
                txn.abort()
            try:
                found = self._in_segments(topic, partition, segments, timestamp, state.start)
            except FileNotFoundError:
                continue
            if found is None:
                found = next((o for o in (_first(decode_blob(b), timestamp, state.start) for b in blobs) if o is not None), None)
            return state.end if found is None else found

    def _in_segments(self, topic: Topic, partition: int, segments: list[tuple[int, Segment]], timestamp: int, start: int) -> int | None:
        for base, segment in segments:
            if segment.max_timestamp < timestamp:
                continue
            file = self._files.get(topic.folder, partition, base, segment)
            for batch in file.batches_from_time(timestamp, segment.length):
                offset = _first(batch, timestamp, start)
                if offset is not None:
                    return offset
        return None


def _first(batch: Batch, timestamp: int, start: int) -> int | None:
    return next((o for o, t in zip(batch.offsets, batch.timestamps, strict=True) if t >= timestamp and o >= start), None)


def merged(batches: list[Batch]) -> Batch:
    """Stored batches that follow each other, as one."""
    first, last = batches[0], batches[-1]
    if first is last:
        return first
    out = joined(batches)
    out.next_offset = last.next_offset
    if last.next_offset - first.offsets[0] == len(out.values):
        out.offsets = range(first.offsets[0], last.next_offset)
    else:
        out.offsets = [offset for batch in batches for offset in batch.offsets]
    return out


def trimmed(batch: Batch, offset: int, max_bytes: int) -> Batch:
    """Without the records in front of ``offset``, and without most of what is above ``max_bytes``."""
    offsets = batch.offsets
    low = 0
    if offsets[0] < offset:
        low = offset - offsets[0] if isinstance(offsets, range) else next((i for i, o in enumerate(offsets) if o >= offset), len(offsets))
    high = count = len(batch.values)
    if max_bytes < codec.MAX_BYTES // 2:  # else a stored batch is about as large anyway
        size = 0
        for at in range(low, count):
            size += len(batch.values[at] or b"") + len(batch.keys[at] or b"") + 16
            if size > max_bytes:
                high = max(at, low + 1)
                break
    return batch if low == 0 and high == count else batch.part(low, high)
