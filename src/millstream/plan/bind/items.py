"""The SELECT list: stars expanded, names qualified, an alias for every item. Still untyped.

What may not live here: keys and types of the result (``projection``).
"""

from __future__ import annotations

from collections.abc import Callable

from millstream.dataclass import dataclass
from millstream.errors import BindError, Position
from millstream.plan.bind.expressions import ExpressionBinder
from millstream.plan.bind.names import Aliases, Qualifier
from millstream.plan.bind.relation import RESERVED
from millstream.plan.bind.sources import BOUNDS, PSEUDO, Source, Sources
from millstream.plan.bind.text import show
from millstream.sql import tree
from millstream.types import Role, StructType, quote


@dataclass(frozen=True, slots=True)
class Item:
    """One column of the result: its name and its qualified expression. ``given``: the name was written with AS. ``star``: from ``*``."""

    name: str
    expr: tree.Expr
    given: bool = False
    star: bool = False
    at: Position | None = None


@dataclass(frozen=True, slots=True)
class StarRules:
    """What ``*`` means here. ``synthetic``: name of a synthetic join key that it includes. ``partition_by``: the new key, which leads.

    ``bounds``: window bounds of windowed sources are part of it (push and pull queries). ``headers_first``: header columns stand before the
    values (pull queries on tables).
    """

    synthetic: str | None = None
    partition_by: tuple[tree.Expr, ...] = ()
    bounds: bool = False
    headers_first: bool = False


class ItemReader:
    """Reads a SELECT list against the sources."""

    def __init__(self, sources: Sources, qualify: Qualifier, rules: StarRules, types: Callable[[], ExpressionBinder]) -> None:
        self.sources = sources
        self.qualify = qualify
        self.rules = rules
        self.types = types
        self.aliases = Aliases(sources)

    def read(self, select: tuple[tree.SelectItem, ...]) -> list[Item]:
        items: list[Item] = []
        for written in select:
            if written.star and written.expr is not None:
                items += self._fields(written)
            elif written.star:
                items += self._star(written)
            else:
                items.append(self._one(written))
        return items

    def _one(self, written: tree.SelectItem) -> Item:
        assert written.expr is not None
        expr = self.qualify(written.expr, "SELECT")
        at = written.at or written.expr.at
        if written.alias is None:
            return Item(self.aliases.of(expr), expr, at=at)
        if written.alias in RESERVED:
            raise BindError(
                f"`{written.alias}` is a reserved column name. You cannot use it as an alias for a column.",
                hint="Every stream and table has it already, as a pseudo column.",
                position=at,
            )
        return Item(written.alias, expr, given=True, at=at)

    def _fields(self, written: tree.SelectItem) -> list[Item]:
        assert written.expr is not None
        base = self.qualify(written.expr, "SELECT")
        kind = self.types().bind(base).type
        if not isinstance(kind, StructType):
            raise BindError(f"Cannot expand {show(base)}->*: it is {kind}, not a STRUCT.", position=written.at or written.expr.at)
        exprs = [tree.Deref(base, f.name) for f in kind.fields]
        return [Item(self.aliases.of(e), e, at=written.at) for e in exprs]

    def _star(self, written: tree.SelectItem) -> list[Item]:
        if written.source is not None:
            source = self.sources.get(written.source)
            if source is None:
                raise self.qualify.unknown_source(written.source, written.at)
            names = self._repartitioned() if self.rules.partition_by and not self.sources.joined else self._columns(source)
        elif self.rules.partition_by:
            names = self._repartitioned()
        else:
            names = [tree.Name(self.rules.synthetic)] if self.rules.synthetic is not None else []
            names += [n for s in self.sources.items for n in self._columns(s)]
        return [Item(self._star_name(n), n, star=True, at=written.at) for n in names]

    def _star_name(self, expr: tree.Expr) -> str:
        if isinstance(expr, tree.Name):
            return self.sources.plan_name(expr)
        return self.aliases.of(expr)

    def _columns(self, source: Source) -> list[tree.Expr]:
        """Key columns, window bounds where they count, then the others."""
        real = [c for c in source.columns.values() if c.role is not Role.PSEUDO]
        keys = [c.name for c in real if c.role is Role.KEY]
        bounds = [c.name for c in BOUNDS if c.name in source.columns and (self.rules.bounds or source.joined)]
        rest = [c.name for c in real if c.role is not Role.KEY]
        if self.rules.headers_first:
            headers = {c.name for c in source.relation.schema.headers}
            rest.sort(key=lambda name: name not in headers)
        return [tree.Name(name, source.qualifier) for name in (*keys, *bounds, *rest)]

    def _repartitioned(self) -> list[tree.Expr]:
        """Behind PARTITION BY: the new key, then values, then what was the key. In a join each side brings its pseudo columns along."""
        keys = [k for k in self.rules.partition_by if not isinstance(k, tree.Null)]
        rest: list[tree.Expr] = []
        for source in self.sources.items:
            columns = source.columns.values()
            values = [c.name for c in columns if c.role is Role.VALUE]
            pseudo = [c.name for c in PSEUDO] if self.sources.joined else []
            old = [c.name for c in columns if c.role is Role.KEY]
            rest += [tree.Name(name, source.qualifier) for name in (*values, *pseudo, *old)]
        return [*keys, *(n for n in rest if n not in keys)]


def refuse_reserved(items: list[Item]) -> None:
    """Pseudo columns cannot become columns of a persistent result under their own names."""
    for item in items:
        if item.name in RESERVED and not item.star:
            raise BindError(
                f"Reserved column name in select: {quote(item.name)}. Please remove or alias the column.",
                hint=f"Write {item.name} AS another_name.",
                position=item.at,
            )
