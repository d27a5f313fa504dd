"""Answers of DESCRIBE and EXPLAIN."""

from __future__ import annotations

from dataclasses import field

from millstream.catalog import Relation
from millstream.dataclass import dataclass
from millstream.functions import AnyFunction
from millstream.session.results.base import Result
from millstream.session.results.lists import RunningQuery
from millstream.types import Column


@dataclass(frozen=True, slots=True)
class OffsetSummary:
    """How far a query has read: (topic, partition, log start, log end, the query's next offset)."""

    group: str
    positions: tuple[tuple[str, int, int, int, int], ...]


@dataclass(frozen=True, slots=True)
class SourceDescription:
    """A relation with what reads and writes it. ``metrics`` are (name, value) of the queries that touch it."""

    relation: Relation
    extended: bool
    readers: tuple[RunningQuery, ...] = ()
    writers: tuple[RunningQuery, ...] = ()
    partitions: int = 0
    replication: int = 0
    offsets: tuple[OffsetSummary, ...] = ()
    constraints: tuple[str, ...] = ()
    metrics: tuple[tuple[str, float], ...] = ()
    errors: tuple[tuple[str, float], ...] = ()


@dataclass(slots=True)
class SourceDescribed(Result):
    source: SourceDescription
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class SourceDescriptions(Result):
    sources: tuple[SourceDescription, ...]


@dataclass(frozen=True, slots=True)
class QueryDescription:
    """A query: what it gives, reads and writes, and its plan as text. ``state`` is None for one that does not run (EXPLAIN SELECT)."""

    id: str
    text: str
    columns: tuple[Column, ...]
    sources: tuple[str, ...]
    sinks: tuple[str, ...]
    plan: str
    kind: str
    window: str | None = None
    state: str | None = None
    properties: dict[str, str] = field(default_factory=dict)
    errors: tuple[str, ...] = ()
    group: str | None = None
    source_code: str = ""


@dataclass(slots=True)
class QueryDescribed(Result):
    query: QueryDescription


@dataclass(slots=True)
class QueryDescriptions(Result):
    queries: tuple[QueryDescription, ...]


@dataclass(slots=True)
class FunctionDescription(Result):
    function: AnyFunction
