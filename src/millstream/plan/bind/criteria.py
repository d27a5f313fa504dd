"""The ON clauses of joins: what each side reads, and which expressions are equal to the key that comes out.

What may not live here: plan nodes (``joins``), types.
"""

from __future__ import annotations

import re

from millstream.dataclass import dataclass
from millstream.errors import BindError
from millstream.plan.bind.names import Qualifier
from millstream.plan.bind.sources import Source, Sources
from millstream.plan.bind.text import show
from millstream.plan.bind.walk import every
from millstream.sql import tree

SYNTHETIC = re.compile(r"ROWKEY(?:_(\d+))?$")


@dataclass(frozen=True, slots=True)
class Criterion:
    """``left = right`` of one ON, turned so that ``right`` belongs to the joined source."""

    join: tree.Join
    left: tree.Expr
    right: tree.Expr
    right_source: Source


@dataclass(frozen=True, slots=True)
class JoinKey:
    """What can be the key of the whole join. ``viable`` columns, or none: then the key is the synthetic column ``synthetic``."""

    viable: tuple[tree.Name, ...]
    synthetic: str

    @property
    def loose(self) -> frozenset[str]:
        return frozenset() if self.viable else frozenset({self.synthetic})


class Criteria:
    """All criteria of a query's joins, left to right. Raises BindError for those that are no equality of two sources."""

    def __init__(self, sources: Sources, query: tree.Query) -> None:
        self.sources = sources
        self.items = [self._criterion(j, s) for j, s in zip(query.joins, sources.items[1:], strict=True)]
        last = len(self.items) - 1
        self.key = JoinKey(tuple(e for e in self.equal(last) if isinstance(e, tree.Name)), self._synthetic_name())

    def _criterion(self, join: tree.Join, source: Source) -> Criterion:
        on = join.on
        if isinstance(on, tree.Binary) and on.op == "AND":
            raise BindError(
                f"Invalid join condition: joins on multiple conditions are not yet supported. Got {show(on)}.",
                hint="Join on one pair of columns and put the rest into WHERE.",
                position=join.at,
            )
        if not (isinstance(on, tree.Binary) and on.op == "="):
            raise BindError("Only equality join criteria is supported.", hint=f"Got {show(on)}.", position=join.at)
        qualify = Qualifier(self.sources)
        left, right = qualify(on.left, "JOIN ON"), qualify(on.right, "JOIN ON")
        left_of, right_of = self._source_of(left, on), self._source_of(right, on)
        if left_of.alias == right_of.alias:
            raise BindError(
                "Each side of the join must reference exactly one source and not the same source. "
                f"Left side references `{left_of.alias}` and right references `{right_of.alias}`",
                position=join.at,
            )
        if left_of.alias == source.alias:
            left, right, left_of, right_of = right, left, right_of, left_of
        if right_of.alias != source.alias:
            raise BindError(
                f"A join criteria is expected to reference the source (`{source.alias}`) in the FROM clause, instead the right source "
                f"references `{right_of.alias}` and the left source references `{left_of.alias}`",
                position=join.at,
            )
        return Criterion(join, left, right, source)

    def _source_of(self, side: tree.Expr, on: tree.Binary) -> Source:
        aliases = {e.source for e in every(side) if isinstance(e, tree.Name) and e.source is not None}
        if len(aliases) != 1:
            raise BindError(
                f"Invalid comparison expression '{show(side)}' in join '{show(on)}'. "
                "Each side of the join comparision must contain references from exactly one source.",
                position=side.at,
            )
        found = self.sources.get(aliases.pop() or "")
        assert found is not None
        return found

    @property
    def foreign(self) -> bool:
        """Whether the joins begin with one on a foreign key."""
        return self.is_foreign(0)

    def is_foreign(self, index: int) -> bool:
        """Whether a table-table join is on something else than the left table's primary key."""
        criterion = self.items[index]
        tables = all(s.relation.is_table for s in self.sources.items[: index + 2])
        return tables and index == 0 and not self.is_primary(criterion.left, self.sources.first)

    @staticmethod
    def is_primary(side: tree.Expr, source: Source) -> bool:
        keys = source.relation.schema.key
        return isinstance(side, tree.Name) and len(keys) == 1 and keys[0].name == side.name and side.source == source.alias

    def equal(self, index: int) -> list[tree.Expr]:
        """Expressions that equal the key of the join ``index``: no new key is needed to join on one of them."""
        if index < 0 or self.items[index].join.kind == "OUTER":
            return []
        if self.is_foreign(index):
            first = self.sources.first
            return [tree.Name(c.name, first.alias) for c in first.relation.schema.key]
        sides = [self.items[index].left, self.items[index].right]
        earlier = self.equal(index - 1)
        if any(s in earlier for s in sides):
            return earlier + [s for s in sides if s not in earlier]
        return sides

    def _synthetic_name(self) -> str:
        taken = [SYNTHETIC.match(name) for name in self.sources.all_names()]
        numbers = [int(m[1] or 0) for m in taken if m]
        return f"ROWKEY_{max(numbers) + 1}" if numbers else "ROWKEY"
