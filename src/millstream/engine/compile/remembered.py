"""What generated code works out once a key and remembers: a dictionary of bounded size. No knowledge of what the keys are for."""

from __future__ import annotations

from typing import Any, TypeVar

K = TypeVar("K")
V = TypeVar("V")

#: How many keys are remembered, and after how many others the memory starts again.
REMEMBERED = 100_000
PATIENCE = 10 * REMEMBERED


class Remembered(dict[K, V]):
    """``self[key]`` is ``find(key)``, kept from then on.

    When it is full it stays as it is for a while: keys that keep coming are in it, and storing those of a stream of ever new keys would
    cost more than finding them.
    """

    def __init__(self) -> None:
        super().__init__()
        self._missed = 0

    def find(self, key: Any) -> V:
        """What belongs to a key, worked out anew."""
        raise NotImplementedError

    def __missing__(self, key: K) -> V:
        found = self.find(key)
        if len(self) < REMEMBERED:
            self[key] = found
            return found
        self._missed += 1
        if self._missed > PATIENCE:
            self._missed = 0
            self.clear()
        return found
