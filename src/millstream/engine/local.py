"""The runtime in this process: synchronous, one thread, driven by whoever calls ``step``.

Tests and the conformance runner use it as it is; the engine process runs it in a loop. ``feed`` appends a record and runs every query to the
end, so records are processed in exactly the order they are fed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

from millstream.engine.compile.program import Program, compile_plan
from millstream.engine.failures import Failures
from millstream.engine.task import Task, TaskSettings
from millstream.errors import ExecutionError, MillstreamError
from millstream.formats.base import Registry
from millstream.functions import FunctionRegistry
from millstream.log.base import Batch, Headers, Log
from millstream.log.partitioner import Partitioner
from millstream.plan.nodes import PullPlan, QueryPlan
from millstream.runtime import PushHandle, QueryStatus, Row


def wall_clock() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


class LocalRuntime:
    """Implements ``runtime.Runtime``. ``failures_topic`` is where the processing log's rows go, if that topic exists."""

    def __init__(
        self,
        log: Log,
        functions: FunctionRegistry,
        registry: Registry | None = None,
        clock: Callable[[], int] = wall_clock,
        failures_topic: str | None = None,
    ) -> None:
        self.log = log
        self._functions = functions
        self._registry = registry
        self._clock = clock
        self._failures_topic = failures_topic
        self.tasks: dict[str, Task] = {}
        self._pushes: dict[int, LocalPush] = {}
        self._count = 0

    def supports(self, plan: QueryPlan) -> str | None:
        """This engine runs every plan."""
        return None

    def compile(self, plan: QueryPlan) -> Program:
        """The program of a plan, without starting it (EXPLAIN prints its text)."""
        return compile_plan(plan, self._functions, self._registry, Failures(plan.query_id, self._clock), self.log)

    def start(self, plan: QueryPlan) -> None:
        if plan.query_id in self.tasks:
            raise ExecutionError(f"Query {plan.query_id} runs already.")
        settings = TaskSettings(group=plan.query_id, failures_topic=self._failures_topic)
        self.tasks[plan.query_id] = Task(self.log, self.compile(plan), settings, self._clock)

    def stop(self, query_id: str, *, drop: bool) -> None:
        task = self._task(query_id)
        if task.error is None:
            task.commit()
        del self.tasks[query_id]
        if drop:
            self.log.drop_group(query_id)
            self.log.drop_store(f"{query_id}/")

    def pause(self, query_id: str) -> None:
        self._task(query_id).paused = True

    def resume(self, query_id: str) -> None:
        self._task(query_id).paused = False

    def status(self) -> dict[str, QueryStatus]:
        return {query_id: task.status() for query_id, task in self.tasks.items()}

    def pull(self, plan: PullPlan, after: dict[tuple[str, int], int] | None = None) -> Iterator[list[Row]]:
        raise NotImplementedError

    def push(self, plan: QueryPlan, on_rows: Callable[[list[Row]], bool], on_end: Callable[[str | None], None]) -> PushHandle:
        raise NotImplementedError

    def close(self) -> None:
        for query_id in list(self.tasks):
            self.stop(query_id, drop=False)

    def step(self, budget_ms: int = 2) -> bool:
        """One slice of every query; whether any of them did something."""
        worked = False
        for task in list(self.tasks.values()):
            worked = task.step(budget_ms) or worked
        return worked

    def run_until_idle(self) -> None:
        """Run until no query has anything to read."""
        while self.step(budget_ms=1000):
            pass

    def feed(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        timestamp: int,
        partition: int | None = None,
        headers: Headers = (),
    ) -> None:
        """Append one record and run every query to the end."""
        info = self.log.topic(topic)
        if info is None:
            raise ExecutionError(f"Topic '{topic}' does not exist.", hint="Create it before feeding it.")
        if partition is None:
            partition = 0 if key is None else Partitioner(info.partitions).partition(key)
        with self.log.begin("feed") as transaction:
            transaction.append(topic, partition, Batch([key], [value], [timestamp], [headers] if headers else None))
        self.run_until_idle()

    def _task(self, query_id: str) -> Task:
        task = self.tasks.get(query_id)
        if task is None:
            raise MillstreamError(f"Query {query_id} does not run here.", hint="SHOW QUERIES lists the running ones.")
        return task


class LocalPush:
    pass


__all__: Sequence[str] = ("LocalRuntime", "wall_clock")
