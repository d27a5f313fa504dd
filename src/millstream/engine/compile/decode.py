"""What generated code calls while it decodes: fast JSON with its fallback, header columns, timestamp columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from millstream.engine.compile.source import Source
from millstream.errors import RecordError
from millstream.formats.json.fast import fast_decoder
from millstream.log.base import Headers
from millstream.types import Base, Column, SqlType

#: What ``JsonRows.slow`` gives for a record that was reported and must be skipped.
SKIP: Any = object()
#: After so many records in a row that left the fast path, its decoder learns the feed's spelling.
_LEARN_AFTER = 32


class JsonRows:
    """The decoder of one scan: a name in the namespace for the fast call, which ``slow`` replaces when it has learnt something."""

    def __init__(self, columns: Sequence[Column], namespace: dict[str, Any], report: Callable[[Exception, bytes], None]) -> None:
        self._fast = fast_decoder(columns)
        self._namespace = namespace
        self._report = report
        self._name = ""
        self._misses = 0

    def name_in(self, source: Source) -> str:
        """The name under which generated code calls the fast decoder."""
        self._name = source.fresh("d")
        source.namespace[self._name] = self._fast.decode
        return self._name

    def slow(self, data: bytes) -> Any:
        """The row by the exact path; SKIP where there is none."""
        try:
            row = self._fast.exact(data)
        except (RecordError, RecursionError) as error:
            self._report(error, data)
            return SKIP
        self._misses += 1
        if self._misses % _LEARN_AFTER == 0 and self._fast.learn(data):
            self._namespace[self._name] = self._fast.decode
        return row


def header_reader(key: str | None) -> Callable[[Headers], Any]:
    """The value of a HEADERS column (all headers) or of a HEADER('key') column (the last of that key)."""
    if key is None:
        return lambda headers: [{"KEY": name, "VALUE": value} for name, value in headers]

    def last(headers: Headers) -> bytes | None:
        return next((value for name, value in reversed(headers) if name == key), None)

    return last


def timestamp_reader(kind: SqlType, pattern: str | None) -> Callable[[Any], int]:
    """A record's timestamp from its TIMESTAMP column. Raises RecordError for NULL, a negative one, or text that does not fit."""
    parse: Callable[[Any], int]
    parse = _text_timestamp(pattern) if kind.base is Base.STRING else int

    def read(value: Any) -> int:
        if value is None:
            raise RecordError("the timestamp column is NULL")
        stamp = parse(value)
        if stamp < 0:
            raise RecordError(f"the timestamp column is negative: {stamp}")
        return stamp

    return read


def _text_timestamp(pattern: str | None) -> Callable[[str], int]:
    if pattern is None:
        return lambda text: int(text)
    from millstream.engine.values.javatime.resolving import parse_pattern

    return lambda text: parse_pattern(text, pattern)
