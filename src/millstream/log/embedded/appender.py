"""Appending to a partition inside the write transaction: the tail, segment files, and when a segment ends.

Small batches go to the **tail** in LMDB, so a small commit touches no other file. Once the tail has 64 KB, its records are written to the
segment file as one batch, and the same transaction takes them out of the tail: a topic that trickles in is stored as one loaded at
once. Files are only written behind the visible length, while holding the writer lock; what a killed process left there is overwritten.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from millstream.log import crash
from millstream.log.base import Batch
from millstream.log.embedded import codec
from millstream.log.embedded.codec import Encoded
from millstream.log.embedded.env import Environment
from millstream.log.embedded.policy import Policy
from millstream.log.embedded.reader import decode_blob, find_partition, tail_blobs
from millstream.log.embedded.records import DIRTY_KEY, OFFSET_KEY, PARTITION_KEY, Partition, Segment, Topic, segment_of
from millstream.log.staging import joined

#: Buffers a vectored write takes (IOV_MAX is 1024).
_CHUNKS = 512

TAIL_BYTES = 64 << 10
TAIL_BATCHES = 512


class Appender:
    """Writes batches. ``policy_of`` gives the policy of a topic."""

    def __init__(self, env: Environment, policy_of: Callable[[Topic], Policy], *, track_dirty: bool) -> None:
        self._env = env
        self._policy_of = policy_of
        self._track_dirty = track_dirty

    def append(self, txn: Any, name: str, number: int, batch: Batch, pieces: list[Encoded]) -> int:
        """Append ``batch``, of which ``pieces`` are the stored form. Returns the offset of its first record."""
        env = self._env
        topic, state = find_partition(env, txn, name, number)
        first = state.end
        size = sum(piece.size for piece in pieces)
        limit = min(TAIL_BYTES, self._policy_of(topic).roll_bytes)
        if state.tail_bytes + size < limit and state.tail_batches < TAIL_BATCHES:
            (piece,) = pieces
            txn.put(OFFSET_KEY.pack(topic.id, number, first), piece.header(first) + piece.payload, db=env.tail)
            state = state._replace(end=first + piece.span, tail_bytes=state.tail_bytes + size, tail_batches=state.tail_batches + 1)
        else:
            if state.tail_batches:
                old = self.take_tail(txn, topic, number, state)
                pieces = list(codec.encode(joined([*old, batch]))) if size < limit else [*codec.encode(joined(old)), *pieces]
            state = self.write(txn, topic, number, state, state.tail, pieces)
        txn.put(PARTITION_KEY.pack(topic.id, number), state.pack(), db=env.partitions)
        return first

    def take_tail(self, txn: Any, topic: Topic, number: int, state: Partition) -> list[Batch]:
        """The tail's batches, which are no longer in it."""
        blobs = tail_blobs(self._env, txn, topic.id, number, state.tail, 1 << 62)
        batches = [decode_blob(blob) for blob in blobs]
        for batch in batches:
            txn.delete(OFFSET_KEY.pack(topic.id, number, batch.offsets[0]), db=self._env.tail)
        return batches

    def flush_tail(self, txn: Any, topic: Topic, number: int, state: Partition) -> Partition:
        """Move the tail to the segment file. The caller stores the partition's record."""
        if not state.tail_batches:
            return state
        batch = joined(self.take_tail(txn, topic, number, state))
        return self.write(txn, topic, number, state, state.tail, list(codec.encode(batch)))

    def write(self, txn: Any, topic: Topic, number: int, state: Partition, base: int, pieces: Iterable[Encoded]) -> Partition:
        """Write stored batches to segment files, beginning at offset ``base``."""
        env = self._env
        roll_bytes = self._policy_of(topic).roll_bytes
        raw = txn.get(OFFSET_KEY.pack(topic.id, number, state.active), db=env.segments)
        active = segment_of(raw) if raw is not None else None
        waiting: list[bytes] = []
        start = active.length if active is not None else 0
        folder = env.topics_folder / topic.folder

        def store() -> None:
            if active is not None and waiting:
                path = folder / active.name(number)
                write_at(path, waiting, start)
                txn.put(OFFSET_KEY.pack(topic.id, number, state.active), active.pack(), db=env.segments)
                if self._track_dirty:
                    txn.put(DIRTY_KEY.pack(txn.id(), active.file), os.fsencode(f"{topic.folder}/{active.name(number)}"), db=env.dirty)

        for piece in pieces:
            if active is None or active.sealed or (active.length and active.length + piece.size > roll_bytes):
                store()
                waiting, start = [], 0
                active = Segment(env.next_number(txn, b"file"), 0, base, piece.first_timestamp, piece.max_timestamp)
                state = state._replace(active=base)
            waiting += (piece.header(base), piece.payload)
            base += piece.span
            active = active._replace(
                length=active.length + piece.size, next=base, max_timestamp=max(active.max_timestamp, piece.max_timestamp)
            )
        store()
        crash.point("commit.segment-written")
        return state._replace(end=base, tail=base, tail_bytes=0, tail_batches=0)


def write_at(path: Path, chunks: list[bytes], position: int) -> None:
    """Write all of ``chunks`` after each other. Raises OSError, with the path in it."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if crash.armed("commit.segment-half-written"):
                os.pwrite(descriptor, chunks[0] + chunks[1][: len(chunks[1]) // 2], position)
                crash.stop()
            for first in range(0, len(chunks), _CHUNKS):
                some = chunks[first : first + _CHUNKS]
                size = sum(map(len, some))
                written = os.pwritev(descriptor, some, position)
                if written < size:  # the disk is nearly full: write the rest, or learn why not
                    _write_rest(descriptor, memoryview(b"".join(some))[written:], position + written)
                position += size
        finally:
            os.close(descriptor)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def _write_rest(descriptor: int, data: memoryview, position: int) -> None:
    while data:
        written = os.pwrite(descriptor, data, position)
        data, position = data[written:], position + written
