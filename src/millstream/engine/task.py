"""The loop of one query: read, run, commit. The commit order is written here and nowhere else.

A commit is one transaction: the records of the sink, the changed state, the rows of the processing log, the input offsets. It is due
``COMMIT_MS`` after the first uncommitted record, and at once when the inputs are drained, though never sooner after the one before than
the settings say. Time comes from the injected clock. What may not live here: how records are transformed (``compile``), threads, sockets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from time import perf_counter, thread_time

from millstream.dataclass import dataclass
from millstream.engine.compile.program import Program
from millstream.engine.inputs import SLICE, Input, choose
from millstream.engine.opening import open_inputs, refuse_lost_offsets
from millstream.engine.pacing import Pace
from millstream.errors import LogError, MillstreamError, RegistryDown, StateError
from millstream.log.base import Batch, Log, NoTopic, TakenOver, Transaction, TransactionLost, Unavailable
from millstream.log.crash import point
from millstream.runtime import QueryStatus, Row

#: Longest time between a record and the commit that makes its results visible, in ms.
COMMIT_MS = 100
#: How long a slice, and a commit beside others that wait for few records, take at most, in seconds of this thread's time.
SLICE_S, BRIEF_S = 0.002, 0.005
#: How often a query looks whether it can go on, in ms, when what it needs is not there. So long the lag is not asked for either.
RETRY_MS = 1000
#: For how long a query that starts restores its state before others have their turn, in ms.
_RESTORE_MS = 50

Clock = Callable[[], int]


@dataclass(frozen=True, slots=True)
class TaskSettings:
    """``group`` keeps the input offsets (None for a push query, which keeps none); ``failures_topic`` takes the processing log's rows.

    ``slice``: records that go without a look at the clock, at most; fewer where they take long. ``apart_ms``: how far apart a query that is
    drained begins its commits, at least: each is work for the brokers, however little is in it. After one that took long it also rests as
    long again, up to ``apart_ms``: a transaction that begins while the brokers still end the last one is refused, and tried again late.
    """

    group: str | None
    failures_topic: str | None = None
    commit_ms: int = COMMIT_MS
    slice: int = SLICE
    apart_ms: int = 0


class Task:
    """A running query that owns all partitions of its inputs. One thread uses it."""

    def __init__(self, log: Log, program: Program, settings: TaskSettings, clock: Clock, *, again: bool = False) -> None:
        """``again``: it ran before. What keeps it from going on shows in its status then, and is tried again; else it is raised."""
        self.log = log
        self.program = program
        self.settings = settings
        self.paused = False
        self.error: str | None = None
        self._again = again
        self.on_rows: Callable[[list[Row]], None] | None = None
        #: Whether it had read everything when it last had its turn; and whether others like that must not wait long for this one.
        self.drained = False
        self.brief = False
        self._clock = clock
        self._slices = Pace(SLICE_S, 64, settings.slice)
        self._commits = Pace(BRIEF_S, 256, 1 << 30)
        self._uncommitted = 0
        self._records_in = 0
        self._records_out = 0
        #: What /metrics shows besides: times in seconds since the query started here.
        self._counts = {"commits": 0.0, "commit-seconds": 0.0, "restarts": 0.0}
        self._dirty_since: int | None = None
        #: When the last commit began and how long it took, in ms; and whether the next one only waits until it is not too soon.
        self._committed_at, self._took_ms, self._waits = 0, 0, False
        #: Why the query does not run now, though it will; and when that is tried next.
        self.lost: str | None = None
        self._lost_state = "UNRESPONSIVE"
        self._retry_at = 0
        #: State that is being restored, and how far that is.
        self._recovery: Iterator[tuple[str, int, int]] | None = None
        self._restored: tuple[str, int, int] | None = None
        self._lag, self._lag_at = 0, 0
        #: Topics that the query has read: of one that was made anew it misses nothing.
        self._seen: set[str] = set()
        self.inputs: list[Input] = []
        #: Up to where results are visible.
        self._committed: dict[tuple[str, int], int] = {}
        try:
            self._begin()
            self._restore(_RESTORE_MS)
        except (Unavailable, RegistryDown) as failure:
            if not again:
                raise
            self._wait(failure)
        except StateError as lost:
            self.error = str(lost)

    def _begin(self) -> None:
        """Forget everything that is not committed; what is will be restored."""
        program = self.program
        for store in program.stores:
            store.rollback()
        program.output.take(), program.rows.take(), program.failures.take()
        self._dirty_since, self._waits = None, False
        self._uncommitted = 0
        self.inputs = []
        self._restored = None
        self._recovery = self.log.recovery(program.plan.query_id) if self.settings.group is not None else iter(())

    def _restore(self, budget_ms: int) -> None:
        """Go on restoring; once all is there, open the inputs."""
        started = self._clock()
        assert self._recovery is not None
        for progress in self._recovery:
            self._restored = progress
            if self._clock() - started >= budget_ms:
                return
        self._recovery = self._restored = None
        group = self.settings.group
        committed = self.log.committed(group) if group is not None else self._committed
        if group is not None and self._again and not committed:
            refuse_lost_offsets(self.log, self.program)
        self.inputs = open_inputs(self.log, self.program, committed, self._seen, self.settings.slice)
        if group is not None and any((i.topic, i.partition) not in committed for i in self.inputs):
            # A query that starts at the end must find the same end again after a crash.
            with self.log.begin(self.program.plan.query_id) as transaction:
                transaction.offsets(group, self._positions())
        self._committed = self._positions()
        self._seen.update(i.topic for i in self.inputs)

    @property
    def waits_ms(self) -> int | None:
        """How long until the query goes on, or commits, without being told; None when it is not waiting for that."""
        if self.paused or self.error is not None:
            return None
        if self.lost is not None:
            return max(0, self._retry_at - self._clock())
        return self._early_ms() if self._waits else None

    def _early_ms(self) -> int:
        """How long it is too soon to commit again."""
        apart, took = self.settings.apart_ms, self._took_ms
        wanted = max(apart, took + min(took, apart))
        early = self._committed_at + wanted - self._clock()
        return early if 0 < early <= wanted else 0  # more than that where the clock was put back

    def step(self, budget_ms: int = 2, *, hurry: bool = False) -> bool:
        """Work for about ``budget_ms``; whether anything was done. Never raises: a query that fails is in ``error`` afterwards.

        ``hurry``: commit when drained, however short a time ago the last commit was.
        """
        if self.paused or self.error is not None or (self.lost is not None and self._retry_at > self._clock()):
            return False
        try:
            if self.lost is not None:
                self._begin()
                self.lost = None
            if self._recovery is not None:
                self._restore(budget_ms)
                return True
            return self._step(budget_ms, hurry)
        except TakenOver as failure:
            self.error = f"{type(failure).__name__}: {failure}"
        except TransactionLost as lost:
            self._wait(lost, 0)
            return True
        except (Unavailable, RegistryDown) as missing:
            self._wait(missing)
        except Exception as failure:
            self.error = f"{type(failure).__name__}: {failure}"
        return False

    def _wait(self, reason: MillstreamError, pause_ms: int = RETRY_MS) -> None:
        """Go on later from what is committed."""
        if self.lost is None:
            self._counts["restarts"] += 1
        self.lost = str(reason)
        self._lost_state = "ERROR" if isinstance(reason, NoTopic) else "UNRESPONSIVE"
        self._retry_at = self._clock() + pause_ms

    def _step(self, budget_ms: int, hurry: bool) -> bool:
        started = self._clock()
        worked = False
        while True:
            for source in self.inputs:
                source.fill(self.log)
            chosen = choose(self.inputs, self.program.tolerance)
            self.drained = chosen is None
            if chosen is None:
                self._waits = self._dirty_since is not None
                if self._waits and (hurry or not self._early_ms()):
                    self.commit()
                return worked
            source, limit = chosen
            self._run(source, limit)
            worked = True
            now = self._clock()
            if self._dirty_since is None:
                self._dirty_since = now
            elif now - self._dirty_since >= self.settings.commit_ms or (self._waits and not self._early_ms()):
                self.commit()
            if self.brief and self._uncommitted >= self._commits.most:
                self.commit()
            if now - started >= budget_ms:
                return True

    def _run(self, source: Input, limit: int | None) -> None:
        """Push a slice through the program."""
        began = thread_time()
        source.size = self._slices.most
        try:
            count = source.run(limit)
            self.program.output.settle()
        finally:
            for store in self.program.stores:
                store.settle()
        self._slices.took(count, thread_time() - began)
        self._records_in += count
        self._uncommitted += count

    def commit(self) -> None:
        """Make everything since the last commit visible: output, state, failures, offsets, in this order and together."""
        if self.lost is not None or self._recovery is not None:
            return  # nothing was read since
        began, busy = perf_counter(), thread_time()
        self._committed_at, self._waits = self._clock(), False
        program, group = self.program, self.settings.group
        output, rows, failures = program.output.take(), program.rows.take(), program.failures.take()
        self._records_out += sum(len(batch) for _, batch in output) + len(rows)
        for expire in program.housekeeping:
            expire()
        point("task.commit")
        with program.log.begin(program.plan.query_id) as transaction:
            for partition, batch in output:
                transaction.append(program.output.topic, partition, batch)
            for store in program.stores:
                store.flush(transaction)
            if group is not None:
                self._report(transaction, failures)
                transaction.offsets(group, self._positions())
        point("task.committed")
        self._committed = self._positions()
        self._took_ms = max(0, self._clock() - self._committed_at)
        for store in program.stores:
            store.committed()
        self._dirty_since = None
        self._commits.took(self._uncommitted, thread_time() - busy)
        self._uncommitted = 0
        self._counts["commits"] += 1
        self._counts["commit-seconds"] += perf_counter() - began
        if failures and group is None:
            with self.log.begin(program.plan.query_id) as transaction:  # its state is not in this log
                self._report(transaction, failures)
        if rows and self.on_rows is not None:
            self.on_rows(rows)

    def _positions(self) -> dict[tuple[str, int], int]:
        return {(i.topic, i.partition): i.next for i in self.inputs}

    def _report(self, transaction: Transaction, failures: list[bytes]) -> None:
        """Write to the processing log. A query that reads it only counts: it would never come to an end."""
        topic = self.settings.failures_topic
        read = any(i.topic == topic for i in self.inputs)
        if failures and topic is not None and not read and self.log.topic(topic) is not None:
            now = self._clock()
            transaction.append(topic, 0, Batch([None] * len(failures), list(failures), [now] * len(failures)))

    def passed(self, positions: Mapping[tuple[str, int], int]) -> bool:
        """Whether every input has gone as far as these positions say of it."""
        return all(i.next >= positions.get((i.topic, i.partition), 0) for i in self.inputs)

    def ends(self) -> dict[tuple[str, int], int]:
        """The ends of the inputs as they are now."""
        ends = {topic: self.log.end_offsets(topic) for topic in {i.topic for i in self.inputs}}
        return {(i.topic, i.partition): ends[i.topic][i.partition] for i in self.inputs}

    def lag(self) -> int:
        """Records in the inputs that were not yet read, as far as is known: where no broker answers, what it was."""
        if self.lost is not None or self._recovery is not None or self._clock() < self._lag_at:
            return self._lag
        try:
            ends = self.ends()
        except LogError as failure:
            self._lag_at = self._clock() + RETRY_MS
            if isinstance(failure, Unavailable):
                self._wait(failure)
            return self._lag
        self._lag = sum(max(0, ends[i.topic, i.partition] - i.next) for i in self.inputs)
        return self._lag

    def _state(self) -> tuple[str, str | None]:
        """The state that lists show, and why it is not RUNNING."""
        if self.error is not None:
            return "ERROR", self.error
        if self.paused:
            return "PAUSED", self.lost
        if self.lost is not None:
            return self._lost_state, self.lost
        if self.restoring is not None:
            return "UNRESPONSIVE", self.restoring
        return "RUNNING", None

    @property
    def failed(self) -> str | None:
        """Why it does not go on, where waiting does not help a client: it failed, or its topic is gone."""
        return self.error or (self.lost if self._lost_state == "ERROR" else None)

    @property
    def restoring(self) -> str | None:
        """How far the state is restored; None when it is there, if only as it was before something went away."""
        if self._recovery is None or (self.lost is not None and self._seen):
            return None
        store, done, total = self._restored or ("its stores", 0, 0)
        return f"The state is being restored: {done:,} of {total:,} records of {store.rpartition('/')[2]}."

    def status(self) -> QueryStatus:
        lag = self.lag()
        state, reason = self._state()
        failures = self.program.failures
        counts = (self._records_in, self._records_out, failures.late, failures.count)
        return QueryStatus(state, reason, *counts, lag, dict(self._committed), dict(self._counts))
