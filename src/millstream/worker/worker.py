"""The worker: connectors running in this process's threads, and the REST API over them."""

from __future__ import annotations

from typing import Self

from starlette.applications import Starlette

from millstream.formats.base import Registry
from millstream.log.base import Log
from millstream.worker.api.app import build
from millstream.worker.clock import Clock, SystemClock
from millstream.worker.herder.herder import Herder


class Worker:
    """``Worker(log, registry)``: ``start`` runs every stored connector, ``stop`` ends all threads, ``app`` is the REST API (ASGI).

    ``listen`` is the address that status shows as worker_id; serving ``app`` there is the caller's (see ``serve``).
    Does not close the log: whoever opened it does.
    """

    def __init__(
        self,
        log: Log,
        registry: Registry | None = None,
        *,
        listen: str | None = None,
        clock: Clock | None = None,
        cluster_id: str = "millstream",
    ) -> None:
        clock = clock or SystemClock()
        self.herder = Herder(log, registry, clock, listen or "127.0.0.1:8083")
        self.app: Starlette = build(self.herder, clock, cluster_id)

    def start(self) -> None:
        """Run what is stored."""
        self.herder.start()

    def stop(self) -> None:
        """Stop all connectors after their last commit; what is stored starts again with the next ``start``."""
        self.herder.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()
