"""What is due when: a time index beside a store, in the same transaction, so that expiry costs what expires and not what is kept."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from millstream.log.base import Log, Transaction

_TIME = struct.Struct(">Q")
_SIGN = 1 << 63


def pack_time(time: int) -> bytes:
    """Eight bytes in the order of times, negative ones included."""
    return _TIME.pack(time + _SIGN)


def unpack_time(raw: bytes) -> int:
    number: int = _TIME.unpack(raw)[0]
    return number - _SIGN


class Timers:
    """(time, key) pairs, ordered by time. Keys are those of the store beside it, encoded."""

    def __init__(self, log: Log, name: str, partition: int) -> None:
        self._log = log
        self._name = f"{name}.time"
        self._partition = partition
        self._changes: dict[bytes, bytes | None] = {}

    def set(self, time: int, key: bytes) -> None:
        self._changes[pack_time(time) + key] = b""

    def clear(self, time: int, key: bytes) -> None:
        self._changes[pack_time(time) + key] = None

    def due(self, before: int) -> Iterator[tuple[int, bytes]]:
        """Committed timers with a time below ``before`` that were not cleared since, oldest first."""
        for raw, _ in self._log.scan(self._name, self._partition, None, pack_time(before)):
            if self._changes.get(raw, b"") is not None:
                yield unpack_time(raw[:8]), raw[8:]

    def flush(self, transaction: Transaction) -> None:
        if self._changes:
            transaction.put(self._name, self._partition, self._changes.items())

    def committed(self) -> None:
        self._changes.clear()

    def rollback(self) -> None:
        self._changes.clear()
