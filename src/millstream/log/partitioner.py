"""Which partition a key belongs to: murmur2, as Kafka's producers hash keys, so that data is co-partitioned with theirs.

Records without a key have no partition of their own: the caller says where they go (round robin, or one partition a batch).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from millstream.log.base import Batch

_MULTIPLIER = 0x5BD1E995
_SEED = 0x9747B28C
_MASK = 0xFFFFFFFF
_WORDS = [struct.Struct(f"<{n}I") for n in range(17)]


def murmur2(data: bytes) -> int:
    """The 32-bit murmur2 hash of Kafka's clients, unsigned."""
    length = len(data)
    words = length >> 2
    m, mask = _MULTIPLIER, _MASK
    h = _SEED ^ length
    layout = _WORDS[words] if words < 17 else struct.Struct(f"<{words}I")
    for k in layout.unpack_from(data):
        k = k * m & mask
        h = (h * m & mask) ^ ((k ^ (k >> 24)) * m & mask)
    tail = length & 3
    if tail:
        h ^= int.from_bytes(data[-tail:], "little")
        h = h * m & mask
    h ^= h >> 13
    h = h * m & mask
    return h ^ (h >> 15)


def partition_of(key: bytes, partitions: int) -> int:
    """Where Kafka's producers put records of a key."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions


class Partitioner:
    """Partitions of keys among ``partitions``, remembered for up to ``remember`` keys. Use one per thread."""

    __slots__ = ("_remember", "_turn", "cache", "partitions")

    def __init__(self, partitions: int, remember: int = 100_000) -> None:
        self.partitions = partitions
        #: Key -> partition, for generated code: ``p = cache.get(key)``, and ``partition(key)`` when that is None.
        self.cache: dict[bytes, int] = {}
        self._remember = remember
        self._turn = -1

    def partition(self, key: bytes) -> int:
        """The partition of a key that is not NULL."""
        found = self.cache.get(key)
        if found is None:
            if len(self.cache) >= self._remember:
                self.cache.clear()
            found = self.cache[key] = partition_of(key, self.partitions)
        return found

    def next_keyless(self) -> int:
        """The next partition for records without a key: each in its turn."""
        self._turn = (self._turn + 1) % self.partitions
        return self._turn

    def split(self, batch: Batch) -> dict[int, Batch]:
        """A batch as one per partition, each in the batch's order. All its records without a key go to one partition, the next in turn."""
        if self.partitions == 1:
            return {0: batch} if batch.values else {}
        get, partition = self.cache.get, self.partition
        where: list[int] = []
        keyless = -1
        for key in batch.keys:
            if key is None:
                if keyless < 0:
                    keyless = self.next_keyless()
                where.append(keyless)
            else:
                found = get(key)
                where.append(partition(key) if found is None else found)
        return _parted(batch, where)


def _parted(batch: Batch, where: Sequence[int]) -> dict[int, Batch]:
    chosen: dict[int, list[int]] = {}
    for index, number in enumerate(where):
        chosen.setdefault(number, []).append(index)
    if len(chosen) == 1:
        return {next(iter(chosen)): batch}
    keys, values, times, headers = batch.keys, batch.values, batch.timestamps, batch.headers
    return {
        number: Batch(
            [keys[i] for i in rows],
            [values[i] for i in rows],
            [times[i] for i in rows],
            None if headers is None else [headers[i] for i in rows],
        )
        for number, rows in sorted(chosen.items())
    }
