"""What generated code works out once a key and remembers: a dictionary of bounded size. No knowledge of what the keys are for."""

from __future__ import annotations

from typing import Any, TypeVar

K = TypeVar("K")
V = TypeVar("V")

#: How many keys are remembered, and after how many times as many others the memory starts again.
REMEMBERED = 100_000
PATIENCE = 10


class Remembered(dict[K, V]):
    """``self[key]`` is ``find(key)``, kept from then on.

    When it is full it stays as it is for a while: keys that keep coming are in it, and storing those of a stream of ever new keys would
    cost more than finding them.
    """

    def __init__(self, most: int = REMEMBERED) -> None:
        super().__init__()
        self._most = most
        self._missed = 0

    def find(self, key: Any) -> V:
        """What belongs to a key, worked out anew."""
        raise NotImplementedError

    def __missing__(self, key: K) -> V:
        found = self.find(key)
        if len(self) < self._most:
            self[key] = found
            return found
        self._missed += 1
        if self._missed > PATIENCE * self._most:
            self._missed = 0
            self.clear()
        return found


class SharedRows(Remembered[tuple[Any, ...], tuple[Any, ...]]):
    """A row -> the first one that was equal to it: where few differ, all of them stay in the processor's cache."""

    def __init__(self) -> None:
        super().__init__(1000)

    def find(self, key: tuple[Any, ...]) -> tuple[Any, ...]:
        return key
