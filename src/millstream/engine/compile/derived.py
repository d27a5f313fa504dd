"""What operators remember of their stores besides what these hold, such as which windows are open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from millstream.log.base import Transaction


class Derived:
    """An operator that is made anew once its stores have forgotten changes: it may know of rows that are not there, and miss some that are.

    One of a program's stores, which come back to what is committed at ``rollback``. What is committed may still have to be restored then,
    so the operator is made when the next records come (``renew``). It stays the same object: generated code holds its methods.
    """

    def __init__(self, store: Any, make: Callable[[], Any]) -> None:
        """``store``: what most of it follows from."""
        self.name, self.partition = store.name, store.partition
        self._make = make
        self.operator = make()
        #: Whether there were records since it was made; and whether what it remembers is wrong.
        self._used = self._wrong = False

    def renew(self) -> None:
        """Records come next."""
        if self._wrong:
            vars(self.operator).update(vars(self._make()))
        self._used, self._wrong = True, False

    def rollback(self) -> None:
        self._wrong = self._wrong or self._used

    def flush(self, transaction: Transaction) -> None:
        """Nothing is stored."""

    def settle(self) -> None:
        """Nothing is held between two calls."""

    def committed(self) -> None:
        """What is remembered has been right all along."""
