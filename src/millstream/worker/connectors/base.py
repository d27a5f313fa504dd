"""The contract of connectors: a Connector declares its keys and cuts the work into tasks; a task moves records.

A third party's connector subclasses ``Connector`` and is named by an entry point of the group ``millstream.connectors``.
Tasks run in threads of their own. They wait with ``context.wait`` only, and return soon when it says that they should stop.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from millstream.worker.clock import Clock
from millstream.worker.definition import ConfigDef, KeyResult
from millstream.worker.records import Polled, Records


class TaskContext(Protocol):
    """What a task may ask of the worker."""

    connector: str
    task: int
    clock: Clock

    @property
    def stopping(self) -> bool: ...

    @property
    def tolerates(self) -> bool:
        """Whether bad records may be left out (``errors.tolerance=all``)."""

    def wait(self, timeout_ms: float) -> bool:
        """Wait; True when the task should stop."""

    def offset(self, partition: Mapping[str, Any]) -> dict[str, Any] | None:
        """The committed source offset of a partition; for sinks, what ``SinkTask.position`` said."""

    def report(self, records: Records, error: Exception) -> None:
        """A sink could not take these records: tolerate them (log, dead-letter queue), or raise."""


class SourceTask(ABC):
    """Reads from outside."""

    @abstractmethod
    def start(self, config: Mapping[str, str], context: TaskContext) -> None:
        """Open what is needed. Raises TaskError, or RetriableError."""

    @abstractmethod
    def poll(self) -> list[Polled]:
        """New records; empty when there are none yet (after waiting through the context)."""

    def stop(self) -> None:
        """Close everything. Called once, also after a failed start."""
        return


class SinkTask(ABC):
    """Writes to outside."""

    @abstractmethod
    def start(self, config: Mapping[str, str], context: TaskContext) -> None:
        """Open what is needed. Raises TaskError, or RetriableError."""

    @abstractmethod
    def put(self, records: Records) -> None:
        """Take a batch of one topic, partition and schema, in order. RetriableError: the batch is given again."""

    def flush(self) -> None:
        """Make everything that was put durable: the positions behind it are committed next."""
        return

    def position(self) -> tuple[Mapping[str, Any], Mapping[str, Any]] | None:
        """After start and flush: (what the sink writes to, how far), committed with the positions; ``context.offset`` gives it back."""
        return None

    def stop(self) -> None:
        """Close everything. Called once, also after a failed start."""
        return


class Connector(ABC):
    """One kind of connector. ``class_names``: every full name people give it; the first is ours to show."""

    kind: str = "source"
    class_names: tuple[str, ...] = ()
    version = "0.1.0"
    definition: ConfigDef = ConfigDef([])
    #: A keyed topic of this source holds rows (a table): it is compacted unless configured otherwise.
    rows = False

    def validate(self, given: Mapping[str, str], results: dict[str, KeyResult]) -> None:
        """Add errors that need more than one key, or a look outside."""
        return

    def expand(self, config: Mapping[str, str]) -> dict[str, str]:
        """The configuration with its shortcuts spelled out."""
        return dict(config)

    def task_configs(self, config: Mapping[str, str], tasks_max: int) -> list[dict[str, str]]:
        """One configuration a task, at most ``tasks_max``."""
        return [dict(config)]

    def check_offsets(self, moved: Sequence[tuple[Mapping[str, Any], Mapping[str, Any] | None]]) -> bool:
        """Judge source offsets that somebody sets (None: forgets). Raises ValueError for one that no task could go on from.

        True: the connector knows its offsets, and keeps none elsewhere.
        """
        return False

    def monitor_ms(self, config: Mapping[str, str]) -> int | None:
        """How often ``task_configs`` should be asked again (tables come and go); None: never."""
        return None

    @abstractmethod
    def task(self) -> SourceTask | SinkTask:
        """A new task."""
