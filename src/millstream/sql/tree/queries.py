"""Syntax tree of SELECT: sources, joins, windows, projections. Same rules as ``expressions``."""

from __future__ import annotations

from dataclasses import field

from millstream.dataclass import dataclass
from millstream.errors import Position
from millstream.sql.tree.expressions import Expr


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time as written: ``5 MINUTES``. ``millis`` is its length in milliseconds."""

    value: int
    unit: str

    @property
    def millis(self) -> int:
        return self.value * UNIT_MS[self.unit.removesuffix("S")]


#: Milliseconds of each window unit (singular). ksqlDB counts a month as 30 days and a year as 365.
UNIT_MS = {
    "MILLISECOND": 1,
    "SECOND": 1000,
    "MINUTE": 60_000,
    "HOUR": 3_600_000,
    "DAY": 86_400_000,
    "MONTH": 30 * 86_400_000,
    "YEAR": 365 * 86_400_000,
}


@dataclass(frozen=True, slots=True)
class Window:
    """``kind`` is TUMBLING, HOPPING or SESSION; ``size`` is the gap of a session."""

    kind: str
    size: Duration
    advance: Duration | None = None
    retention: Duration | None = None
    grace: Duration | None = None
    name: str | None = None
    at: Position | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Source:
    """A relation in FROM or JOIN, with its alias if one was written."""

    name: str
    alias: str | None = None
    at: Position | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Within:
    """WITHIN of a stream-stream join: one length for both sides, or one for each."""

    before: Duration
    after: Duration
    grace: Duration | None = None
    symmetric: bool = True


@dataclass(frozen=True, slots=True)
class Join:
    """``kind`` is INNER, LEFT, RIGHT or OUTER (full)."""

    kind: str
    source: Source
    on: Expr
    within: Within | None = None
    at: Position | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class SelectItem:
    """One item of the projection: an expression with its alias, or a star.

    ``star`` is set for ``*``, with ``source`` for ``s.*``, and with ``expr`` for ``struct_column->*``.
    """

    expr: Expr | None = None
    alias: str | None = None
    star: bool = False
    source: str | None = None
    at: Position | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Query:
    """A SELECT. ``emit`` is CHANGES, FINAL or None (a pull query, or a C*AS / INSERT INTO without EMIT)."""

    select: tuple[SelectItem, ...]
    source: Source
    joins: tuple[Join, ...] = ()
    window: Window | None = None
    where: Expr | None = None
    group_by: tuple[Expr, ...] = ()
    partition_by: tuple[Expr, ...] = ()
    having: Expr | None = None
    emit: str | None = None
    limit: int | None = None
    at: Position | None = field(default=None, compare=False, repr=False)
