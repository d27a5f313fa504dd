"""The worker's errors, under the product's one tree.

ConnectError
├── RestError         an answer of the REST API: HTTP status and text
├── TaskError         a task cannot go on: it becomes FAILED with this text
└── RetriableError    it may work later: the framework tries again (errors.retry.*, connection.attempts, ...)
RecordError
└── DataError         one record cannot be converted, transformed or written; ``errors.tolerance`` decides
"""

from __future__ import annotations

from millstream.errors import ConnectError, RecordError


class RestError(ConnectError):
    """An answer other than success. ``http`` is the HTTP status."""

    def __init__(self, http: int, message: str) -> None:
        super().__init__(message, code=http * 100)
        self.http = http


class TaskError(ConnectError):
    """The task cannot go on. Operator action: read the text, cure the cause, restart the task."""


class RetriableError(ConnectError):
    """A failure that may pass by itself, such as a database that restarts."""


class DataError(RecordError):
    """One record that cannot be taken. Tolerated, logged or put on the dead-letter queue, as configured."""
