"""Bulk requests: how much goes at once, what is sent again and when, what became of each document."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from millstream.worker.connectors.base import TaskContext
from millstream.worker.connectors.opensearch.cluster import Cluster, TooLarge
from millstream.worker.connectors.opensearch.documents import index_of, mapping_of
from millstream.worker.errors import DataError, RetriableError, TaskError
from millstream.worker.records import Records
from millstream.worker.schema import ConnectSchema

_MISSING, _CONFLICT, _BUSY = 404, 409, (429, 503)
#: Longest pause between two tries, in ms.
_LONGEST_PAUSE_MS = 10_000


class Writer:
    """Writes lines that records became. ``refused`` is told of documents that the cluster does not take."""

    def __init__(
        self, cluster: Cluster, config: Mapping[str, Any], context: TaskContext, refused: Callable[[Records, int, DataError], None]
    ) -> None:
        self._cluster, self._config, self._context, self._refused = cluster, config, context, refused
        self._indices: set[str] = set()

    def write(self, records: Records, numbers: Sequence[int], lines: Sequence[bytes]) -> None:
        """All of them, in order. ``numbers``: which record each line was."""
        for part in _bulks(lines, self._config["batch.size"], self._config["bulk.size.bytes"]):
            self._send(records, list(zip(numbers[part], lines[part], strict=True)))

    def ensure(self, index: str, topic: str, schema: ConnectSchema | None) -> None:
        """See to it that the index is there, with the schema's mapping if it is new."""
        if index in self._indices:
            return
        ignore = self._config["schema.ignore"] or topic in self._config["topic.schema.ignore"]
        mapping = mapping_of(schema) if schema is not None and schema.type == "struct" and not ignore else None
        self._retry(lambda: self._cluster.ensure_index(index, mapping))
        self._indices.add(index)

    def _send(self, records: Records, todo: list[tuple[int, bytes]]) -> None:
        """Send, then again what the cluster was too busy for; in halves what it finds too large."""
        try:
            self._retry(lambda: self._attempt(records, todo))
        except TooLarge as e:
            if len(todo) == 1:
                self._refused(records, todo[0][0], DataError(e.message))
                return
            half = len(todo) // 2
            self._send(records, todo[:half])
            self._send(records, todo[half:])

    def _attempt(self, records: Records, todo: list[tuple[int, bytes]]) -> None:
        """One bulk request; in ``todo`` stays what has to be sent again, for which it raises RetriableError."""
        index = index_of(self._config, records.topic)
        self.ensure(index, records.topic, records.value_schema)
        outcomes = self._cluster.bulk(b"".join(line for _, line in todo))
        again = []
        waiting: set[str] = set()  # their later updates must not come before them
        for (i, line), outcome in zip(list(todo), outcomes, strict=True):
            status, action = outcome["status"], outcome["action"]
            if status == _MISSING and action != "delete":  # the index has been deleted meanwhile
                self._indices.discard(index)
                again.append((i, line))
            elif status in _BUSY or (action == "update" and (status == _CONFLICT or outcome["_id"] in waiting)):
                again.append((i, line))
                waiting.add(outcome["_id"])
            elif status >= 400 and status not in (_MISSING, _CONFLICT):  # gone already; a later version is there
                self._refused(records, i, DataError(_fault(outcome)))
        todo[:] = again
        if again:
            raise RetriableError(f"The cluster was too busy for {len(again)} documents.")

    def _retry(self, action: Any) -> None:
        attempts, pause = self._config["max.retries"] + 1, self._config["retry.backoff.ms"]
        for left in range(attempts - 1, -1, -1):
            try:
                action()
                return
            except RetriableError as e:
                if left == 0 or self._context.wait(pause):
                    raise TaskError(f"Gave up after {attempts} tries: {e.message}") from e
                pause = min(pause * 2, max(_LONGEST_PAUSE_MS, self._config["retry.backoff.ms"]))


def _bulks(lines: Sequence[bytes], most: int, most_bytes: int) -> Iterator[slice]:
    """The parts of ``lines`` that go together: so many, and so many bytes where there is more than one."""
    start = size = 0
    for i, line in enumerate(lines):
        if i > start and (i - start == most or size + len(line) > most_bytes):
            yield slice(start, i)
            start, size = i, 0
        size += len(line)
    if start < len(lines):
        yield slice(start, len(lines))


def _fault(outcome: dict[str, Any]) -> str:
    error = outcome.get("error") or {}
    cause = error.get("caused_by", {}).get("reason", "")
    text = f"{error.get('type')}: {error.get('reason')}" if isinstance(error, dict) else str(error)
    return f"The cluster refused document {outcome.get('_id')} of {outcome.get('_index')}: {text}" + (f" ({cause})" if cause else "")
