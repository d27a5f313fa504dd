"""What binding a statement gives to the session, beside plans and relations.

What may not live here: anything that binds.
"""

from __future__ import annotations

from dataclasses import field
from typing import Any

from millstream.catalog import FormatSpec, Relation
from millstream.dataclass import dataclass
from millstream.plan.nodes import QueryPlan
from millstream.types import Column


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """The topic a definition wants. None: what exists, or the server's default.

    ``replicas`` counts copies, ``retention_ms`` is in milliseconds, ``cleanup`` is Kafka's ``cleanup.policy``.
    """

    name: str
    partitions: int | None = None
    replicas: int | None = None
    retention_ms: int | None = None
    cleanup: str | None = None


@dataclass(frozen=True, slots=True)
class BoundSource:
    """CREATE STREAM | TABLE over a topic. ``connector``: SOURCED_BY_CONNECTOR."""

    relation: Relation
    topic: TopicSpec
    connector: str | None = None


@dataclass(frozen=True, slots=True)
class BoundQuery:
    """A persistent query and the relation it writes to. For INSERT INTO ``relation`` is the existing one and ``topic`` is its topic.

    ``plan.sink`` is never None here.
    """

    plan: QueryPlan
    relation: Relation
    topic: TopicSpec


@dataclass(frozen=True, slots=True)
class BoundInsert:
    """INSERT INTO ... VALUES: Python values by column name (key, value columns; absent ones are None).

    ``timestamp`` is ROWTIME in ms, None for now. ``headers`` cannot be inserted.
    """

    relation: Relation
    values: dict[str, Any] = field(default_factory=dict)
    timestamp: int | None = None

    @property
    def formats(self) -> tuple[FormatSpec, FormatSpec]:
        """Key and value format to encode with."""
        return self.relation.key_format, self.relation.value_format


@dataclass(frozen=True, slots=True)
class BoundAssertion:
    """ASSERT VALUES: what columns and pseudo columns of a record must hold. ``tombstone``: and that it has no value."""

    relation: Relation
    expected: tuple[tuple[Column, Any], ...]
    tombstone: bool = False
