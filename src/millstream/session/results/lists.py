"""Answers of SHOW, TERMINATE of a push query, and ASSERT."""

from __future__ import annotations

from dataclasses import field

from millstream.catalog import Relation
from millstream.dataclass import dataclass
from millstream.session.results.base import Result
from millstream.types import SqlType


@dataclass(slots=True)
class SourceList(Result):
    is_table: bool
    relations: tuple[Relation, ...]


@dataclass(frozen=True, slots=True)
class TopicLine:
    """A topic: replicas of each partition, and (EXTENDED) consumers and consumer groups."""

    name: str
    replicas: tuple[int, ...]
    consumers: int = 0
    groups: int = 0


@dataclass(slots=True)
class TopicList(Result):
    topics: tuple[TopicLine, ...]
    extended: bool


@dataclass(frozen=True, slots=True)
class RunningQuery:
    """A query in a list. ``kind`` is PERSISTENT or PUSH; ``lag`` in records and ``error`` are Millstream's additions."""

    id: str
    text: str
    kind: str
    state: str
    sinks: tuple[str, ...] = ()
    sink_topics: tuple[str, ...] = ()
    lag: int | None = None
    error: str | None = None


@dataclass(slots=True)
class QueryList(Result):
    queries: tuple[RunningQuery, ...]


@dataclass(slots=True)
class PropertyList(Result):
    """``properties``: (name, scope, shown value, may a session set it, QUERY or SERVER)."""

    properties: tuple[tuple[str, str, str | None, bool, str], ...]
    overwritten: tuple[str, ...]
    defaults: tuple[str, ...]


@dataclass(slots=True)
class FunctionList(Result):
    """(name, SCALAR | AGGREGATE | TABLE, category)."""

    functions: tuple[tuple[str, str, str], ...]


@dataclass(slots=True)
class TypeList(Result):
    types: dict[str, SqlType] = field(default_factory=dict)


@dataclass(slots=True)
class VariableList(Result):
    variables: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Terminated(Result):
    """TERMINATE of a push query."""

    query_id: str
    was_running: bool


@dataclass(slots=True)
class TopicAsserted(Result):
    topic: str
    exists: bool


@dataclass(slots=True)
class RecordAsserted(Result):
    """``index`` counts the records before the one that was looked at."""

    source: str
    index: int


@dataclass(slots=True)
class SourceAsserted(Result):
    source: str
    kind: str


@dataclass(slots=True)
class SchemaAsserted(Result):
    subject: str | None
    schema_id: int | None
    exists: bool
