"""What a query gives: a header, then rows, then an end. Rows are pulled from an iterator or pushed by callbacks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from millstream.dataclass import dataclass
from millstream.runtime import PushHandle, Row
from millstream.types import Schema

#: Starts a push query: rows handler (False pauses), end handler (error text or None).
Start = Callable[[Callable[[list[Row]], bool], Callable[[str | None], None]], PushHandle]


@dataclass(slots=True)
class QueryAnswer:
    """An accepted query. Exactly one of ``batches`` (it ends by itself) and ``start`` (push) is set.

    ``keyed``: the header marks key columns (pull queries on tables). ``finite``: ended by itself with "Query Completed" (pull on a stream).
    ``limit`` is LIMIT. ``close`` must be called when the client is gone. ``warnings`` are hints for people.
    """

    query_id: str
    schema: Schema
    keyed: bool
    batches: Iterator[list[Row]] | None = None
    start: Start | None = None
    finite: bool = False
    limit: int | None = None
    close: Callable[[], None] = lambda: None
    warnings: tuple[str, ...] = ()


@dataclass(slots=True)
class Printed:
    """PRINT: formats found at the start, then lines without newline. The iterator gives None when there is nothing new for a while."""

    topic: str
    lines: Iterator[str | None]
    formats: tuple[str, str]
    close: Callable[[], None] = lambda: None
