"""The local runtime, driven by a thread: for tests of a whole server in one process."""

from __future__ import annotations

import threading
from typing import Any

from millstream.config import Config
from millstream.engine.local import LocalRuntime
from millstream.formats.base import Registry
from millstream.functions import FunctionRegistry
from millstream.log.base import Log
from millstream.plan.nodes import QueryPlan


class DrivenRuntime(LocalRuntime):
    """Steps its queries whenever the log has news. One lock keeps statements and steps apart."""

    def __init__(self, log: Log, functions: FunctionRegistry, registry: Registry | None, config: Config) -> None:
        super().__init__(log, functions, registry)
        self._ended = threading.Event()
        self._turn = threading.RLock()
        self._thread = threading.Thread(target=self._drive, name="engine", daemon=True)
        self._thread.start()

    def _drive(self) -> None:
        while not self._ended.is_set():
            with self._turn:
                worked = self.step()
            if not worked:
                self._ended.wait(0.005)

    def start(self, plan: QueryPlan) -> None:
        with self._turn:
            super().start(plan)

    def stop(self, query_id: str, *, drop: bool) -> None:
        with self._turn:
            super().stop(query_id, drop=drop)

    def status(self) -> dict[str, Any]:
        with self._turn:
            return super().status()

    def close(self) -> None:
        self._ended.set()
        self._thread.join()
        super().close()
