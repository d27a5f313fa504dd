"""What sources and sinks have alike: what their tasks work with, the connector's own task from start to stop, TaskContext for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Generic, TypeVar

from millstream.dataclass import dataclass
from millstream.log.base import Log
from millstream.worker.clock import Clock
from millstream.worker.connectors.base import SinkTask, SourceTask
from millstream.worker.converters.base import Converter
from millstream.worker.herder.store import Store
from millstream.worker.records import Records
from millstream.worker.secrets import Scrubber
from millstream.worker.tasks.thread import TaskThread
from millstream.worker.tasks.tolerate import Tolerance
from millstream.worker.transforms.chain import Chain

T = TypeVar("T", bound=SourceTask | SinkTask)


@dataclass(frozen=True, slots=True)
class Work:
    """``config``: the task's; ``parsed``: the values of the framework's keys in it. ``tasks``: how many the connector has.

    ``rows``: its records are rows of tables. ``make`` gives the connector's task, ``pipeline`` the converters of keys and values.
    """

    log: Log
    store: Store
    config: Mapping[str, str]
    parsed: Mapping[str, Any]
    tasks: int
    rows: bool
    make: Callable[[], Any]
    pipeline: Callable[[], tuple[Chain, Converter, Converter]]


class MovingThread(TaskThread, Generic[T]):
    """A thread that moves records through a connector's task. Implements TaskContext for it."""

    #: Where records were that the task itself reports.
    stage: ClassVar[str]

    def __init__(self, connector: str, task: int, clock: Clock, scrub: Scrubber, on_state: Callable[[], None], work: Work) -> None:
        super().__init__(connector, task, clock, scrub, on_state)
        self._work = work
        self._owner = f"connect-{connector}-{task}"
        self._log_of_topics, self._store = work.log, work.store
        self.tolerance = Tolerance(work.parsed, connector, task, clock, self.wait)
        self._made: T | None = None

    def offset(self, partition: Mapping[str, Any]) -> dict[str, Any] | None:
        return self._store.offset(self.connector, partition)

    @property
    def tolerates(self) -> bool:
        return self.tolerance.everything

    def report(self, records: Records, error: Exception) -> None:
        self.tolerance.tolerate(self.stage, records, error, type(self._made).__name__)

    def open(self) -> None:
        self._log_of_topics.recover(self._owner)  # what was left open when this task was killed is not waited for
        self.tolerance.take_dead()  # what was not committed comes again
        self._chain, self._keys, self._values = self._work.pipeline()
        made: T = self._work.make()
        self._made = made
        self.tolerance.retry(lambda: made.start(self._work.config, self))

    def close(self) -> None:
        if self._made is not None:
            made, self._made = self._made, None
            made.stop()
