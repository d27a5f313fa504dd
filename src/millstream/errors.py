"""The one error tree. Every error a person can meet is one of these; foreign errors are mapped to them at one seam each.

    MillstreamError
    ├── StatementError            a statement that cannot be accepted (ksqlDB code 40001); points into the SQL
    │   ├── SqlSyntaxError        it does not parse
    │   └── BindError             names, types, keys or windows do not fit
    ├── RequestError              a request that makes no sense apart from its SQL (40000, 40400, 40900, ...)
    ├── ExecutionError            a valid statement that failed while being carried out (50000)
    ├── ConfigError               a setting or a connector configuration that cannot be used
    ├── ConnectError              Kafka Connect answered with an error, or could not be reached
    ├── RegistryError             the schema registry answered with an error
    │   └── RegistryDown          it does not answer, or refuses the login
    ├── LogError                  a topic, a segment file or the data directory cannot be used
    ├── StateError                a keyed store cannot be read or written
    └── RecordError               one record cannot be decoded, evaluated or encoded; never stops a query

What may not live here: anything that imports from the rest of the package (but ``dataclass``, which imports nothing).
"""

from __future__ import annotations

from millstream.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the text of a statement: line from 1, column from 1 (as editors count)."""

    line: int
    column: int


class MillstreamError(Exception):
    """Base of all errors shown to people.

    ``code`` is ksqlDB's error code (HTTP status x 100 + n), so the REST layer needs no table of its own.
    ``hint`` says what to do; it is kept apart from the message so that clients can show it as they like.
    """

    code = 50000

    def __init__(self, message: str, *, hint: str | None = None, position: Position | None = None, code: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.position = position
        if code is not None:
            self.code = code

    @property
    def status(self) -> int:
        """The HTTP status that goes with the code."""
        return self.code // 100

    def __str__(self) -> str:
        place = f"line {self.position.line}:{self.position.column}: " if self.position else ""
        return f"{place}{self.message}" + (f"\n{self.hint}" if self.hint else "")


class StatementError(MillstreamError):
    """A statement that cannot be accepted. ``statement`` is its (masked) text, set by whoever knows it."""

    code = 40001
    statement: str | None = None


#: What a statement is told whose expressions nest deeper than can be carried out, and what to do.
TOO_DEEP = "An expression of this statement nests too deeply."
SPLIT = "Split it: compute a part of it in a stream of its own."


class SqlSyntaxError(StatementError):
    """The text does not follow the grammar."""


class BindError(StatementError):
    """The statement parses, but its names, types, keys or windows do not fit the catalog."""


class RequestError(MillstreamError):
    """A request that makes no sense apart from its SQL."""

    code = 40000


class ExecutionError(MillstreamError):
    """A valid statement that failed while being carried out."""

    code = 50000


class ConfigError(MillstreamError):
    """A setting, or a connector's configuration, that cannot be used."""

    code = 40000


class ConnectError(MillstreamError):
    """Kafka Connect answered with an error (``code`` carries its status) or could not be reached."""


class RegistryError(MillstreamError):
    """The schema registry answered with an error."""


class RegistryDown(RegistryError):
    """The schema registry does not answer, or refuses the login. That says nothing of any schema: who needs one waits."""


class LogError(MillstreamError):
    """A topic, a segment file or the data directory cannot be used."""


class StateError(MillstreamError):
    """A keyed store cannot be read or written."""


class RecordError(MillstreamError):
    """One record cannot be decoded, evaluated or encoded. It goes to the processing log and never stops a query."""

    code = 40000
