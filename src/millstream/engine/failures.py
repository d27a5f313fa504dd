"""Rows of the processing log: what went wrong with which record. Collected while a task runs, written with its commit.

The shape is ksqlDB's (stream KSQL_PROCESSING_LOG): type 0 a record that cannot be decoded, 1 an expression that failed, 3 a row that cannot
be encoded. Nothing here decides what happens to the record.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import msgspec

from millstream.errors import RegistryDown

Clock = Callable[[], int]

#: Rows kept between two commits; beyond it only the count goes on, so that a feed of nothing but bad records cannot fill the memory.
LIMIT = 10_000
_encode = msgspec.json.Encoder().encode


class Failures:
    """The failures of one query since they were last taken."""

    def __init__(self, query_id: str, clock: Clock) -> None:
        self._logger = f"processing.{query_id}"
        self._clock = clock
        self._rows: list[dict[str, Any]] = []
        #: All failures ever, kept rows or not; and records dropped for what they lack (a key, a window that is still open).
        self.count = 0
        self.late = 0

    def undecodable(self, topic: str, target: str) -> Callable[[Exception, bytes | None], None]:
        """What reports a record of ``topic`` whose key or value cannot be decoded."""

        def report(error: Exception, data: bytes | None) -> None:
            if isinstance(error, RegistryDown):
                raise error  # it says nothing of the record, which waits
            record = None if data is None else base64.b64encode(data).decode()
            detail = {"target": target, "errorMessage": _text(error), "recordB64": record, "cause": _causes(error), "topic": topic}
            self._add(f"{topic}.deserializer", 0, "deserializationError", detail)

        return report

    def failed(self, what: str) -> Callable[[Exception], None]:
        """What reports an expression that failed; ``what`` names it (``column X``, ``WHERE``)."""

        def report(error: Exception) -> None:
            detail = {"errorMessage": f"Error computing {what}: {_text(error)}", "record": None, "cause": _causes(error)}
            self._add("expression", 1, "recordProcessingError", detail)

        return report

    def dropped(self, why: str) -> Callable[[], None]:
        """What reports a record that is left out for ``why``."""

        def report() -> None:
            self._add("record", 1, "recordProcessingError", {"errorMessage": why, "record": None, "cause": []})

        return report

    def unwritable(self, topic: str) -> Callable[[Exception], None]:
        """What reports a row that cannot be encoded for ``topic``."""

        def report(error: Exception) -> None:
            detail = {"target": "value", "errorMessage": _text(error), "record": None, "cause": _causes(error), "topic": topic}
            self._add(f"{topic}.serializer", 3, "serializationError", detail)

        return report

    def is_late(self) -> None:
        """Count a record that came after its window was closed."""
        self.late += 1

    def take(self) -> list[bytes]:
        """The rows as JSON values of the processing log's topic; nothing is left."""
        rows, self._rows = self._rows, []
        return [_encode(row) for row in rows]

    def _add(self, logger: str, kind: int, field: str, detail: dict[str, Any]) -> None:
        self.count += 1
        if len(self._rows) < LIMIT:
            message = {"type": kind, field: detail}
            self._rows.append({"level": "ERROR", "logger": f"{self._logger}.{logger}", "time": self._clock(), "message": message})


def _text(error: BaseException) -> str:
    # Half a surrogate pair has no form in UTF-8, and an error quotes what it was given.
    return (str(error) or type(error).__name__).encode("utf-8", "backslashreplace").decode()


def _causes(error: Exception) -> list[str]:
    found: list[str] = []
    cause = error.__cause__
    while cause is not None and len(found) < 8:
        found.append(_text(cause))
        cause = cause.__cause__
    return found
