"""What becomes of records that cannot be taken: the task fails, or they are skipped, logged, and put on the dead-letter queue."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from millstream.errors import MillstreamError
from millstream.log.base import Batch
from millstream.worker.clock import Clock
from millstream.worker.errors import DataError, RetriableError, TaskError
from millstream.worker.log_names import logger
from millstream.worker.records import Records

T = TypeVar("T")
_PREFIX = "__connect.errors."
_FIRST_PAUSE_MS = 300


class Tolerance:
    """The ``errors.*`` keys of one task."""

    def __init__(self, config: Mapping[str, Any], connector: str, task: int, clock: Clock, wait: Callable[[float], bool]) -> None:
        self._all: bool = config["errors.tolerance"] == "all"
        self._log_enabled = config["errors.log.enable"]
        self._log_records = config["errors.log.include.messages"]
        self._timeout_ms: int = config["errors.retry.timeout"]
        self._longest_ms: int = config["errors.retry.delay.max.ms"]
        self.dead_letters: str = config.get("errors.deadletterqueue.topic.name") or ""
        self._with_headers = bool(config.get("errors.deadletterqueue.context.headers.enable"))
        self._connector, self._task, self._clock, self._wait = connector, task, clock, wait
        self._dead = Batch([], [], [], [])
        self._log = logger("errors")

    @property
    def everything(self) -> bool:
        return self._all

    def retry(self, action: Callable[[], T]) -> T:
        """``action()``, again while it raises RetriableError and ``errors.retry.timeout`` has not passed."""
        deadline = self._clock.now_ms() + self._timeout_ms
        pause = _FIRST_PAUSE_MS
        while True:
            try:
                return action()
            except RetriableError as e:
                now = self._clock.now_ms()
                if self._timeout_ms >= 0 and now >= deadline:
                    raise
                self._log.warning("Connector %s, task %d: will try again: %s", self._connector, self._task, e)
                left = self._longest_ms if self._timeout_ms < 0 else min(self._longest_ms, deadline - now)
                if self._wait(min(pause, left)):
                    raise
                pause *= 2

    def each(self, stage: str, records: Records, action: Callable[[Records], list[T]], where: str) -> list[T]:
        """``action`` on the whole batch; where that fails on bad data, record by record, so that only bad ones are left out."""
        try:
            return self.retry(lambda: action(records))
        except DataError as e:
            if not self._all:
                raise TaskError(f"Tolerance exceeded in error handler: {self._where(stage, records, where)}: {e.message}") from e
            if len(records) == 1:
                self.tolerate(stage, records, e, where)
                return []
        out: list[T] = []
        for i in range(len(records)):
            out += self.each(stage, records.part([i]), action, where)
        return out

    def _where(self, stage: str, records: Records, where: str) -> str:
        place = f" of {records.topic}-{records.partition}@{records.offsets[0]}" if len(records.offsets) else ""
        return f"{stage}{place} in {where.rsplit('.', 1)[-1]}"

    def tolerate(self, stage: str, records: Records, error: Exception, where: str) -> None:
        """Skip these records; TaskError where nothing is tolerated."""
        text = error.message if isinstance(error, MillstreamError) else str(error)
        if not self._all:
            raise TaskError(f"Tolerance exceeded in error handler: {self._where(stage, records, where)}: {text}") from error
        if self._log_enabled:
            detail = f" Record: {self._where(stage, records, where)}, timestamps {records.timestamps}." if self._log_records else ""
            self._log.error("Connector %s, task %d: error in %s: %s.%s", self._connector, self._task, stage, text, detail)
        if self.dead_letters and records.raw_values is not None:
            self._bury(stage, records, error, text, where)

    def _bury(self, stage: str, records: Records, error: Exception, text: str, where: str) -> None:
        assert records.raw_values is not None
        assert self._dead.headers is not None
        for i, value in enumerate(records.raw_values):
            headers = list(records.headers[i]) if records.headers else []
            if self._with_headers:
                headers += self._context(stage, records, i, error, text, where)
            self._dead.keys.append(records.raw_keys[i] if records.raw_keys else None)
            self._dead.values.append(value)
            self._dead.timestamps.append(records.timestamps[i] if records.timestamps else self._clock.now_ms())
            self._dead.headers.append(headers)

    def _context(self, stage: str, records: Records, i: int, error: Exception, text: str, where: str) -> list[tuple[str, bytes]]:
        kind = "DataException" if isinstance(error, DataError) else "ConnectException"
        stack = "".join(traceback.format_exception(type(error), error, error.__traceback__))
        values = {
            "topic": records.topic,
            "partition": records.partition,
            "offset": records.offsets[i] if len(records.offsets) else None,
            "connector.name": self._connector,
            "task.id": self._task,
            "stage": stage,
            "class.name": where,
            "exception.class.name": f"org.apache.kafka.connect.errors.{kind}",
            "exception.message": text,
            "exception.stacktrace": stack,
        }
        return [(_PREFIX + k, str(v).encode()) for k, v in values.items()]

    def take_dead(self) -> Batch | None:
        """Records for the dead-letter queue since the last call, to be appended in the task's transaction."""
        dead, self._dead = self._dead, Batch([], [], [], [])
        return dead if dead.values else None
