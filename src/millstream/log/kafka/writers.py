"""The writers of one process, a producer an owner, and which of them others have fenced.

What may not live here: whether this process may write at all (``leader``), how a transaction ends (``writer``).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from millstream.log.kafka.errors import Faults
from millstream.log.kafka.names import Names
from millstream.log.kafka.settings import Settings
from millstream.log.kafka.writer import Writer

#: Who forgets groups.
GROUPS = "_groups"
#: Writers that every process of a server has one of. All others are the service's: whoever becomes one fences the one before.
_OF_A_PROCESS = ("_insert-", "schema-registry", GROUPS)


class Writers:
    """Safe to use from several threads. ``role`` names the process among those of its server.

    ``may_write`` raises where this process may not write now, ``may_again`` where it may not take back what it was fenced from.
    """

    def __init__(
        self, settings: Settings, names: Names, faults: Faults, role: str, may_write: Callable[[], None], may_again: Callable[[str], None]
    ) -> None:
        self._settings = settings
        self._names = names
        self._faults = faults
        self._role = role
        self._may_write = may_write
        self._may_again = may_again
        self._lock = threading.Lock()
        self._made: dict[str, Writer] = {}
        self._fenced: set[str] = set()

    def of(self, owner: str) -> Writer:
        """The owner's producer, made (and all earlier ones fenced) the first time and after a loss."""
        with self._lock:
            if owner in self._fenced:
                self._may_again(owner)
                self._fenced.discard(owner)
            writer = self._made.get(owner)
            if writer is None or writer.lost:
                named = f"{self._role}-{owner}" if owner.startswith(_OF_A_PROCESS) else owner
                writer = self._made[owner] = Writer(owner, self._settings.producer(self._names.owner(named)), self._faults)
                self._may_write()  # again: whoever leads by now has perhaps just lost this id to a server that slept meanwhile
            return writer

    def fenced(self, owner: str) -> bool:
        """Whether another has become this owner since."""
        return owner in self._fenced

    @contextmanager
    def noting(self, writer: Writer) -> Iterator[None]:
        """Find out whether the writer is fenced by what is done inside."""
        try:
            yield
        finally:
            if writer.fenced:
                self._fenced.add(writer.owner)

    def close(self) -> None:
        with self._lock:
            writers, self._made = list(self._made.values()), {}
        for writer in writers:
            writer.close()
