"""Very many changes of one store, gathered to be put into their places together. The compiled ``Pairs`` of the Kafka log is one, too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

#: What a record takes besides its bytes, about.
_OBJECTS = 100


class Piece(Protocol):
    """Changes by key, of which the last one counts. Nothing is added once it was asked for any."""

    @property
    def longest(self) -> int:
        """Bytes of the longest key."""

    @property
    def used(self) -> int:
        """Bytes of memory, about."""

    def add(self, keys: list[bytes | None], values: list[bytes | None], /) -> None:
        """Records in their order; those without a key are left out, and those without a value delete theirs."""

    def deleted(self) -> Sequence[bytes]:
        """Keys that are deleted, in order."""

    def items(self, prefix: bytes, /) -> Iterator[tuple[bytes, bytes]]:
        """``prefix`` + key, and value, of all others, in order."""


class PlainPiece:
    """In Python's own objects."""

    def __init__(self) -> None:
        self._changes: dict[bytes, bytes | None] = {}
        self._size = 0

    @property
    def longest(self) -> int:
        return max(map(len, self._changes), default=0)

    @property
    def used(self) -> int:
        return self._size + _OBJECTS * len(self._changes)

    def add(self, keys: list[bytes | None], values: list[bytes | None], /) -> None:
        self._changes.update((key, value) for key, value in zip(keys, values, strict=True) if key is not None)
        self._size += sum(map(len, filter(None, keys))) + sum(map(len, filter(None, values)))

    def deleted(self) -> Sequence[bytes]:
        return sorted(key for key, value in self._changes.items() if value is None)

    def items(self, prefix: bytes, /) -> Iterator[tuple[bytes, bytes]]:
        changes = self._changes
        return ((prefix + key, value) for key in sorted(changes) if (value := changes[key]) is not None)
