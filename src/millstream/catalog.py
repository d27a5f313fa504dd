"""What exists: relations (streams and tables), custom types, persistent queries. A plain in-memory value, copied for sandboxes.

Nobody below ``plan`` knows the catalog; only ``session`` changes it, and only by replaying or extending the journal.
What may not live here: SQL text handling, plans' inner structure, anything that does I/O.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from typing import Any

from millstream.dataclass import dataclass
from millstream.formats.base import FormatOptions
from millstream.functions import FunctionRegistry
from millstream.types import Column, Schema, SqlType


@dataclass(frozen=True, slots=True)
class FormatSpec:
    """A format and what the relation says about its use."""

    name: str
    options: FormatOptions = field(default_factory=FormatOptions)


@dataclass(frozen=True, slots=True)
class WindowSpec:
    """The window of a windowed key, or of an aggregation. ``kind``: TUMBLING, HOPPING, SESSION. All lengths in ms.

    ``size`` is the gap of a session (0 for a declared session-windowed relation). ``grace`` None means ksqlDB's default (24 h minus size,
    at least 0, for aggregations without GRACE PERIOD); it is resolved by the binder, so plans always carry a number.
    """

    kind: str
    size: int
    advance: int = 0
    grace: int | None = None
    retention: int | None = None


@dataclass(frozen=True, slots=True)
class TimestampSpec:
    """Column that gives ROWTIME (WITH TIMESTAMP), and the pattern its text has, if it is a STRING."""

    column: str
    format: str | None = None


@dataclass(frozen=True, slots=True)
class Relation:
    """A stream or table over a topic. ``schema`` holds key, value and header columns (no pseudo columns)."""

    name: str
    is_table: bool
    schema: Schema
    topic: str
    key_format: FormatSpec
    value_format: FormatSpec
    window: WindowSpec | None = None
    timestamp: TimestampSpec | None = None
    #: CREATE SOURCE ...: no inserts, and a SOURCE TABLE can be pulled from.
    read_only: bool = False
    #: The persistent query that created it (CREATE ... AS), None for a declared one.
    query_id: str | None = None
    #: The statement's (masked) text, as DESCRIBE EXTENDED shows it.
    text: str = ""
    partitions: int = 1
    #: Relations that the statement which created it (CREATE ... AS) reads: they cannot be dropped before it.
    sources: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        return "TABLE" if self.is_table else "STREAM"

    def column(self, name: str) -> Column | None:
        return self.schema.find(name)


@dataclass(frozen=True, slots=True)
class QueryEntry:
    """A persistent query: id, text, what it reads and writes, its plan (a ``plan.nodes.QueryPlan``) and session properties."""

    id: str
    text: str
    sources: tuple[str, ...]
    sink: str
    plan: Any
    properties: dict[str, str] = field(default_factory=dict)
    paused: bool = False
    #: CREATE_AS, INSERT or CREATE_SOURCE (the query behind a SOURCE TABLE).
    kind: str = "CREATE_AS"


class Catalog:
    """All definitions. Names are exact (already in catalog form)."""

    def __init__(self, functions: FunctionRegistry) -> None:
        self.functions = functions
        self.relations: dict[str, Relation] = {}
        self.types: dict[str, SqlType] = {}
        self.queries: dict[str, QueryEntry] = {}
        #: Number used for the next query id; every statement that reaches the journal raises it.
        self.sequence = 0

    def copy(self) -> Catalog:
        """A sandbox: changes to it do not reach this catalog. The values inside are immutable."""
        twin = Catalog(self.functions)
        twin.relations = dict(self.relations)
        twin.types = dict(self.types)
        twin.queries = dict(self.queries)
        twin.sequence = self.sequence
        return twin

    def readers(self, name: str) -> list[QueryEntry]:
        """Persistent queries that read the relation."""
        return [q for q in self.queries.values() if name in q.sources]

    def writers(self, name: str) -> list[QueryEntry]:
        """Persistent queries that write to the relation."""
        return [q for q in self.queries.values() if q.sink == name]

    def over_topic(self, topic: str) -> Iterable[Relation]:
        return (r for r in self.relations.values() if r.topic == topic)
