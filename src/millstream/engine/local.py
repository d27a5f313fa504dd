"""The runtime in this process: whoever calls ``step`` drives it, or a thread of its own (``drive``).

Tests and the conformance runner drive it themselves; the engine process runs it in its loop. ``feed`` appends a record and runs every query
to the end, so records are processed in exactly the order they are fed. All calls are safe from several threads.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain

from millstream.engine.compile.program import Program, compile_plan
from millstream.engine.driver import Driver
from millstream.engine.failures import Failures
from millstream.engine.pull import pull_stream, pull_table, stream_plan
from millstream.engine.pushing import Push
from millstream.engine.task import COMMIT_MS, Task, TaskSettings
from millstream.engine.waiting import Waiting
from millstream.errors import ExecutionError, RegistryDown
from millstream.formats.base import Registry
from millstream.functions import FunctionRegistry
from millstream.log.base import Batch, Headers, Log
from millstream.log.memory import MemoryLog
from millstream.log.partitioner import Partitioner
from millstream.plan.nodes import PullPlan, QueryPlan
from millstream.runtime import QueryStatus, Row

#: How long a pull query waits for its table to reach the session's own records, in ms.
CATCH_UP_MS = 1000
#: Records that a push query reads at a time: what they give is in memory together, whatever the client does.
PUSH_SLICE = 500
#: How often a pull query looks, in ms, where nobody tells.
LOOK_MS = 5


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
        commit_ms: int = COMMIT_MS,
        apart_ms: int = 0,
    ) -> None:
        """``commit_ms`` and ``apart_ms`` are those of persistent queries: see ``TaskSettings``."""
        self.log = log
        self._functions = functions
        self._registry = registry
        self._clock = clock
        self._failures_topic = failures_topic
        self._commit_ms, self._apart_ms = commit_ms, apart_ms
        self._lock = threading.RLock()
        self._driver: Driver | None = None
        #: Whether somebody steps this runtime in a loop, so that it needs no thread of its own.
        self.driven = False
        self.tasks: dict[str, Task | Waiting] = {}
        self.pushes: dict[str, Push] = {}

    def supports(self, _plan: QueryPlan) -> str | None:
        """This engine runs every plan."""
        return None

    def compile(self, plan: QueryPlan, state: Log | None = None, keep: bool = False) -> Program:
        """The program of a plan, without starting it (EXPLAIN prints its text)."""
        failures = Failures(plan.query_id, self._clock)
        return compile_plan(plan, self._functions, self._registry, failures, state or MemoryLog(), keep)

    def source(self, plan: QueryPlan) -> str:
        """The Python functions that a plan becomes."""
        return self.compile(plan).text

    def start(self, plan: QueryPlan, *, again: bool = False) -> None:
        with self._lock:
            if plan.query_id in self.tasks:
                raise ExecutionError(f"Query {plan.query_id} runs already.")
            settings = TaskSettings(plan.query_id, self._failures_topic, self._commit_ms, apart_ms=self._apart_ms)

            def make() -> Task:
                return Task(self.log, self.compile(plan, self.log, keep=True), settings, self._clock, again=again)

            try:
                self.tasks[plan.query_id] = make()
            except RegistryDown as down:
                if not again:
                    raise
                became = partial(self.tasks.__setitem__, plan.query_id)
                self.tasks[plan.query_id] = Waiting(make, became, down, self._clock)
        self._wake()

    def stop(self, query_id: str, *, drop: bool) -> None:
        with self._lock:
            task = self._task(query_id)
            if task.error is None:
                task.commit()
            del self.tasks[query_id]
            self.forget(query_id, drop=drop)

    def forget(self, query_id: str, *, drop: bool) -> None:
        """Delete what a query that does not run here has left."""
        if drop:
            self.log.drop_store(f"{query_id}/")
            self.log.drop_group(query_id)

    def pause(self, query_id: str) -> None:
        with self._lock:
            task = self._task(query_id)
            task.step(0, hurry=True)  # what it has read and not committed
            task.paused = True

    def resume(self, query_id: str) -> None:
        with self._lock:
            self._task(query_id).paused = False
        self._wake()

    def status(self) -> dict[str, QueryStatus]:
        with self._lock:
            return {query_id: task.status() for query_id, task in self.tasks.items()}

    def waits_ms(self) -> int | None:
        """How long until some query tries to go on that cannot now; None where none does."""
        return min((wait for task in list(self.tasks.values()) if (wait := task.waits_ms) is not None), default=None)

    def pull(self, plan: PullPlan, after: dict[tuple[str, int], int] | None = None) -> Iterator[list[Row]]:
        """See ``runtime``. The first batch is there when this returns; errors are raised here then."""
        if self._driver is None and not self.driven:
            self._run_for(CATCH_UP_MS)  # nobody else does
        batches = self._locked(self.reading(plan, after))
        first = next(batches, None)
        return iter(()) if first is None else chain([first], batches)

    def reading(self, plan: PullPlan, after: dict[tuple[str, int], int] | None = None) -> Iterator[list[Row] | None]:
        """A pull query's batches, some of them empty. None while the table is not restored, or not as far as ``after``: run the queries,
        ask again."""
        if plan.materialized_by is None:
            inner = stream_plan(plan)
            reader = Task(self.log, self.compile(inner), TaskSettings(None, self._failures_topic), self._clock)
            yield from pull_stream(reader, plan.limit)
            return
        deadline = time.monotonic_ns() + CATCH_UP_MS * 1_000_000
        task = self._task(plan.materialized_by)
        while time.monotonic_ns() < deadline and (task.restoring or (after and not (task.passed(after) or task.paused or task.error))):
            yield None
            task = self._task(plan.materialized_by)
        if task.restoring is not None:
            raise ExecutionError(
                f"The table cannot be read yet. {task.restoring}", hint="Try again in a while; SHOW QUERIES tells how far it is."
            )
        if task.program.view is None:
            raise ExecutionError(f"Query {plan.materialized_by} keeps no rows that could be pulled.")
        yield from pull_table(plan, task.program.view, self._functions, task.program.failures)

    def _run_for(self, limit_ms: int) -> None:
        """Run until no query has anything to read, for this long at most."""
        deadline = time.monotonic_ns() + limit_ms * 1_000_000
        while self.step(50) and time.monotonic_ns() < deadline:
            pass

    def _locked(self, batches: Iterator[list[Row] | None]) -> Iterator[list[Row]]:
        """Batches with rows. Whoever waits runs the queries meanwhile."""
        ended: list[Row] = []
        while True:
            with self._lock:
                batch = next(batches, ended)
            if batch is ended:
                return
            if batch:
                yield batch
            elif batch is None and not self.step():
                self.log.wait({}, LOOK_MS)

    def push(self, plan: QueryPlan, on_rows: Callable[[list[Row]], bool], on_end: Callable[[str | None], None]) -> Push:
        with self._lock:
            settings = TaskSettings(None, self._failures_topic, commit_ms=0, slice=PUSH_SLICE)
            task = Task(self.log, self.compile(plan), settings, self._clock)
            push = Push(task, plan.limit, on_rows, on_end, self._ended, self._wake)
            self.pushes[plan.query_id] = push
        self.drive()
        self._wake()
        return push

    def _ended(self, push: Push) -> None:
        with self._lock:
            self.pushes.pop(push.task.program.plan.query_id, None)

    def drive(self) -> None:
        """Have a thread of this runtime's own run the queries from now on."""
        with self._lock:
            if self._driver is None and not self.driven:
                self._driver = Driver(self.log, lambda: self.step(2), self.waits_ms)
                self._driver.start()

    def close(self) -> None:
        driver, self._driver = self._driver, None
        if driver is not None:
            driver.close()
        with self._lock:
            for push in list(self.pushes.values()):
                push.close()
            for query_id in list(self.tasks):
                self.stop(query_id, drop=False)

    def kill(self) -> None:
        """See ``runtime``."""
        with self._lock:
            self.tasks.clear()
        self.close()

    def step(self, budget_ms: int = 2, between: Callable[[], bool] = lambda: False, *, hurry: bool = False) -> bool:
        """One slice of every query; whether any of them did something.

        ``between`` is called after each slice. It may start or stop queries, and tells whether records may have arrived: then queries
        that had read everything go first, so that what is new does not wait for what is late. ``hurry``: see ``Task.step``.
        """
        worked = False
        with self._lock:
            every = [*self.pushes.items(), *self.tasks.items()]
            drained = [one for one in every if one[1].drained]
            for query_id, query in [*drained, *(one for one in every if not one[1].drained)]:
                query.brief = bool(drained)
                if self._runs(query_id, query) and query.step(budget_ms, hurry=hurry):
                    worked = True
                    if between():
                        self._catch_up(budget_ms)
        return worked

    def _catch_up(self, budget_ms: int) -> None:
        for query_id, query in [*self.pushes.items(), *self.tasks.items()]:
            if query.drained and self._runs(query_id, query):
                query.step(budget_ms)

    def _runs(self, query_id: str, query: object) -> bool:
        """Whether it was not stopped meanwhile."""
        return self.tasks.get(query_id) is query or self.pushes.get(query_id) is query

    def run_until_idle(self) -> None:
        """Run until no query has anything to read."""
        while self.step(budget_ms=1000, hurry=True):
            pass

    def feed(
        self, topic: str, key: bytes | None, value: bytes | None, timestamp: int, partition: int | None = None, headers: Headers = ()
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

    def _wake(self) -> None:
        if self._driver is not None:
            self._driver.wake()

    def _task(self, query_id: str) -> Task | Waiting:
        task = self.tasks.get(query_id)
        if task is None:
            raise ExecutionError(f"Query {query_id} does not run here.", hint="SHOW QUERIES lists the running ones.")
        return task
