"""The sources of a query: relations with their aliases, the columns each offers, and the scans that read them.

What may not live here: resolving names in expressions (``names``), joins.
"""

from __future__ import annotations

from functools import cached_property

from millstream.catalog import Relation
from millstream.dataclass import dataclass
from millstream.errors import BindError
from millstream.plan.bind.context import BindContext
from millstream.plan.nodes import Scan
from millstream.sql import tree
from millstream.types import BIGINT, INTEGER, Column, Role, Schema

PSEUDO = (Column("ROWTIME", BIGINT, Role.PSEUDO), Column("ROWPARTITION", INTEGER, Role.PSEUDO), Column("ROWOFFSET", BIGINT, Role.PSEUDO))
BOUNDS = (Column("WINDOWSTART", BIGINT, Role.PSEUDO), Column("WINDOWEND", BIGINT, Role.PSEUDO))
BOUND_NAMES = frozenset(c.name for c in BOUNDS)


@dataclass(frozen=True)
class Source:
    """One relation of FROM or JOIN under its alias. ``joined``: columns are called ``<alias>_<column>`` in the plan."""

    alias: str
    relation: Relation
    joined: bool
    written: tree.Source

    @cached_property
    def columns(self) -> dict[str, Column]:
        """Key, value (headers as values) and pseudo columns, by name."""
        real = [Column(c.name, c.type, Role.VALUE if c.role is Role.HEADERS else c.role) for c in self.relation.schema]
        bounds = BOUNDS if self.relation.window is not None else ()
        return {c.name: c for c in (*real, *PSEUDO, *bounds)}

    @property
    def qualifier(self) -> str | None:
        """What names of its columns are qualified with: the alias in a join, nothing where there is one source."""
        return self.alias if self.joined else None

    def plan_name(self, column: str) -> str:
        """What the column is called in the plan."""
        return f"{self.alias}_{column}" if self.joined else column

    def scan(self) -> Scan:
        """A scan of all columns; ``rewrites`` drops those nobody reads."""
        columns = list(self.columns.values())
        schema = Schema(tuple(Column(self.plan_name(c.name), c.type, c.role) for c in columns))
        return Scan(schema, self.relation.is_table, self.relation.window, self.relation, self.alias, tuple(c.name for c in columns))


class Sources:
    """All sources of a query, the left-most first."""

    def __init__(self, context: BindContext, query: tree.Query) -> None:
        written = [query.source, *(j.source for j in query.joins)]
        joined = bool(query.joins)
        self.items = [Source(s.alias or s.name, context.relation(s.name, s.at), joined, s) for s in written]
        self.joined = joined
        self._check_repeats(query)

    def _check_repeats(self, query: tree.Query) -> None:
        names = [s.relation.name for s in self.items]
        if len(self.items) == 2 and names[0] == names[1]:
            raise BindError(
                f"Can not join '{names[0]}' to '{names[1]}': self joins are not yet supported.",
                hint=f"CREATE {self.items[0].relation.kind} COPY AS SELECT * FROM {names[0]}; and join with the copy.",
                position=query.joins[0].source.at,
            )
        for index, source in enumerate(self.items):
            if source.relation.name in names[:index]:
                raise BindError(
                    f"N-way joins do not support multiple occurrences of the same source. Source: '{source.relation.name}'.",
                    position=source.written.at,
                )
            if source.alias in [s.alias for s in self.items[:index]]:
                raise BindError(f"Duplicate alias '{source.alias}' in FROM and JOIN.", position=source.written.at)

    @property
    def first(self) -> Source:
        return self.items[0]

    def get(self, alias: str) -> Source | None:
        return next((s for s in self.items if s.alias == alias), None)

    def having(self, column: str) -> list[Source]:
        """The sources that offer a column of this name."""
        return [s for s in self.items if column in s.columns]

    def plan_name(self, name: tree.Name) -> str:
        """The plan's name of a qualified column."""
        source = self.get(name.source) if name.source is not None else None
        return source.plan_name(name.name) if source is not None else name.name

    def all_names(self) -> list[str]:
        """Every column name, pseudo columns left out."""
        return [c.name for s in self.items for c in s.columns.values() if c.role is not Role.PSEUDO]
