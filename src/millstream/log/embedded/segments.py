"""Segment files: open descriptors, the position of each stored batch, and reading records out of them.

A file's index (position and end offset of its batches) is not stored: it is learnt from the headers on the way and kept for
the files used last. Bytes below a visible length never change, so what was learnt stays true and needs no lock to be read.
"""

from __future__ import annotations

import os
import struct
import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path

from millstream.errors import LogError
from millstream.log.base import Batch
from millstream.log.embedded import codec
from millstream.log.embedded.codec import HEADER, HEADER_SIZE
from millstream.log.embedded.records import Segment

_OPEN_FILES = 256
_LENGTH = struct.Struct("<I")
_local = threading.local()


def _buffer(size: int) -> memoryview:
    """Room for one read, the same for each read of a thread: decoding copies everything out."""
    room: bytearray | None = getattr(_local, "room", None)
    if room is None or len(room) < size:
        room = _local.room = bytearray(max(size, 1 << 20))
    return memoryview(room)[:size]


class SegmentFile:
    """One open segment file, for reading. The descriptor is closed when the last user lets go of the object."""

    def __init__(self, path: Path, base: int) -> None:
        self.path = path
        self.fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self._lock = threading.Lock()
        self.ends: list[int] = []
        self.positions: list[int] = []
        self.walked = 0
        self.next = base

    def __del__(self) -> None:
        if hasattr(self, "fd"):
            os.close(self.fd)

    def learn(self, position: int, size: int, next_offset: int) -> None:
        """Add a batch to the index if it is the one that follows what is known."""
        if position == self.walked:
            with self._lock:
                if position == self.walked:
                    self.positions.append(position)
                    self.ends.append(next_offset)
                    self.next = next_offset
                    self.walked = position + size

    def position(self, offset: int, length: int) -> int:
        """Position of the batch that holds ``offset``, or of the next one behind it; ``length`` if there is none."""
        while self.next <= offset and self.walked < length:
            size, _, base, _, span, _ = HEADER.unpack(self._exactly(self.walked, HEADER_SIZE))
            self.learn(self.walked, HEADER_SIZE + size, base + span)
        if self.next <= offset:
            return length
        return self.positions[bisect_right(self.ends, offset)] if self.ends else 0

    def read(self, offset: int, length: int, max_bytes: int) -> list[Batch]:
        """Whole batches from the one that holds ``offset`` on, of about ``max_bytes`` together, at least one if there is one."""
        position = self.position(offset, length)
        if position >= length:
            return []
        (size,) = _LENGTH.unpack(self._exactly(position, _LENGTH.size))
        wanted = HEADER_SIZE + size if size > max_bytes // 2 else max(max_bytes, HEADER_SIZE + size)
        view = _buffer(min(wanted, length - position))
        if os.preadv(self.fd, [view], position) < len(view):
            raise self._damaged(position)
        batches: list[Batch] = []
        at = 0
        while at + HEADER_SIZE <= len(view):
            size, check, base, count, span, _ = HEADER.unpack_from(view, at)
            end = at + HEADER_SIZE + size
            if end > len(view):
                break
            payload = view[at + HEADER_SIZE : end]
            if not codec.verify(view[at : at + HEADER_SIZE], check, payload):
                raise self._damaged(position + at)
            self.learn(position + at, HEADER_SIZE + size, base + span)
            if base + span > offset:
                batches.append(codec.decode(payload, base, count, span))
            at = end
        if not at:
            raise self._damaged(position)
        return batches

    def batches_from_time(self, timestamp: int, length: int) -> Iterator[Batch]:
        """The batches that have a record of that time or later."""
        at = 0
        while at < length:
            size, _, base, count, span, newest = HEADER.unpack(self._exactly(at, HEADER_SIZE))
            if newest >= timestamp:
                yield codec.decode(self._exactly(at + HEADER_SIZE, size), base, count, span)
            at += HEADER_SIZE + size

    def _exactly(self, position: int, size: int) -> bytes:
        data = os.pread(self.fd, size, position)
        if len(data) < size:
            raise self._damaged(position)
        return data

    def _damaged(self, position: int) -> LogError:
        return LogError(
            f"Segment file {self.path} is damaged at byte {position}: its checksum or length is not what was written.",
            hint="Restore the data directory from a copy, or delete the topic.",
        )


class SegmentFiles:
    """The open files of a process, the ones used last. File numbers are never used again, so an entry never goes stale."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: OrderedDict[int, SegmentFile] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, topic_folder: str, partition: int, base: int, segment: Segment) -> SegmentFile:
        """Raises FileNotFoundError if retention has removed the file since its record was read."""
        with self._lock:
            file = self._files.get(segment.file)
            if file is not None:
                self._files.move_to_end(segment.file)
                return file
            file = self._files[segment.file] = SegmentFile(self._folder / topic_folder / segment.name(partition), base)
            if len(self._files) > _OPEN_FILES:
                self._files.popitem(last=False)
            return file

    def close(self) -> None:
        with self._lock:
            self._files.clear()
