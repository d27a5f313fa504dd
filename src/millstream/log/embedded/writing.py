"""The write transaction that every change goes through: it holds the writer lock, obeys the rules of ``durability`` and rings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from millstream.log.embedded.bells import Bells
from millstream.log.embedded.durability import Durability, NoDurability
from millstream.log.embedded.env import Environment, mapped


class Writing:
    """Begins write transactions. Everything in one becomes visible together, or nothing if its block raises."""

    def __init__(self, env: Environment, durability: Durability | NoDurability, bells: Bells) -> None:
        self._env = env
        self._bells = bells
        self.durability = durability

    @contextmanager
    def transaction(self, *, ring: bool = True) -> Iterator[Any]:
        """Raises LogError for what LMDB and the operating system raise inside."""
        with mapped(self._env.directory):
            txn = self._env.write()
            try:
                self.durability.committing()
                yield txn
                listeners = self._bells.listeners(txn) if ring else ()
                txn.commit()
            except BaseException:
                txn.abort()
                raise
        self.durability.committed()
        self._bells.ring(listeners)
