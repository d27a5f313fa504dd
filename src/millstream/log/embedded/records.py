"""What LMDB holds besides keyed stores: the records of topics, partitions and segments, and the keys they are kept under.

Keys are big endian, so that LMDB's byte order is the order of partitions and offsets.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

import msgspec

from millstream.log.base import TopicInfo

PARTITION_KEY = struct.Struct(">II")
OFFSET_KEY = struct.Struct(">IIQ")
DIRTY_KEY = struct.Struct(">QQ")
NUMBER = struct.Struct(">Q")

_PARTITION = struct.Struct(">QQQQII")
_SEGMENT = struct.Struct(">QQQqqQB")


class Topic(msgspec.Struct, array_like=True, frozen=True):
    """A topic. Ids are never used again, so files of a deleted topic cannot be taken for those of its successor."""

    id: int
    name: str
    partitions: int
    replicas: int
    config: dict[str, str]

    @property
    def folder(self) -> str:
        return f"{self.name[:200]}.{self.id}"

    @property
    def info(self) -> TopicInfo:
        return TopicInfo(self.name, self.partitions, self.replicas, self.config)


class Partition(NamedTuple):
    """Where a partition starts and ends. Records from ``tail`` on are in LMDB, those before it in segment files.

    ``active`` is the base offset of the segment that is appended to; it means nothing while there is no segment.
    """

    start: int = 0
    end: int = 0
    tail: int = 0
    active: int = 0
    tail_bytes: int = 0
    tail_batches: int = 0

    def pack(self) -> bytes:
        return _PARTITION.pack(*self)


class Segment(NamedTuple):
    """A segment file. Only its first ``length`` bytes exist; they hold offsets from its base (the key) to below ``next``.

    ``cleaned`` is set once compaction wrote it; ``sealed`` means that nothing is appended any more.
    """

    file: int
    length: int
    next: int
    first_timestamp: int
    max_timestamp: int
    cleaned: int = 0
    sealed: bool = False

    def pack(self) -> bytes:
        return _SEGMENT.pack(*self)

    def name(self, partition: int) -> str:
        return f"{partition}-{self.file}.seg"


def partition_of(raw: bytes) -> Partition:
    return Partition._make(_PARTITION.unpack(raw))


def segment_of(raw: bytes) -> Segment:
    return Segment._make(_SEGMENT.unpack(raw))


encode_topic = msgspec.msgpack.Encoder().encode
decode_topic = msgspec.msgpack.Decoder(Topic).decode
