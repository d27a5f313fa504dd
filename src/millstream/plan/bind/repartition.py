"""PARTITION BY -> SelectKey, and how its expressions look from the SELECT list."""

from __future__ import annotations

from millstream.errors import BindError
from millstream.plan.bind.context import BindContext
from millstream.plan.bind.items import Item
from millstream.plan.bind.names import Aliases
from millstream.plan.bind.scope import binder_over
from millstream.plan.bind.sources import Sources
from millstream.plan.bind.text import show
from millstream.plan.expr import ColumnRef, TypedExpr
from millstream.plan.nodes import Node, SelectKey
from millstream.sql import tree
from millstream.types import Column, Role, Schema


class Repartition:
    """PARTITION BY of one query; does nothing where there is none."""

    def __init__(self, context: BindContext, sources: Sources, partition: list[tree.Expr], items: list[Item], aliases: Aliases) -> None:
        self.context = context
        self.sources = sources
        self.partition = partition
        self.items = items
        self.aliases = aliases
        self._columns: dict[tree.Expr, ColumnRef] = {}

    def apply(self, node: Node) -> Node:
        """``node`` with the new key."""
        if not self.partition:
            return node
        self._check(node)
        if any(isinstance(p, tree.Null) for p in self.partition):
            return SelectKey(_rekeyed(node, []), False, None, node, ())
        binder = binder_over(self.context, self.sources, node)
        keys = [(self._name(p), binder.bind(p)) for p in self.partition]
        current = [c.name for c in node.schema.key]
        for written, (name, typed) in zip(self.partition, keys, strict=True):
            if typed.type is None:
                raise BindError(f"PARTITION BY {show(written)} has no type.", hint="CAST the NULL.", position=written.at)
            self._columns[written] = ColumnRef(typed.type, name)
        if [t.name if isinstance(t, ColumnRef) else None for _, t in keys] == current:
            return node
        if node.window is not None:
            raise BindError(
                "Implicit repartitioning of windowed sources is not supported. See https://github.com/confluentinc/ksql/issues/4385.",
                hint="A windowed stream keeps its key.",
            )
        columns = [Column(n, t.type, Role.KEY) for n, t in keys if t.type is not None]
        return SelectKey(_rekeyed(node, columns), False, None, node, tuple(keys))

    def _check(self, node: Node) -> None:
        if node.is_table:
            raise BindError(
                "Cannot repartition a TABLE source: PARTITION BY works on streams only.",
                hint="A table's primary key cannot be changed; GROUP BY gives a table with another key.",
                position=self.partition[0].at,
            )
        nulls = [p for p in self.partition if isinstance(p, tree.Null)]
        if nulls and len(self.partition) > 1:
            raise BindError("Cannot PARTITION BY multiple columns including NULL", position=nulls[0].at)
        for index, expr in enumerate(self.partition):
            if expr in self.partition[:index]:
                raise BindError(f"Duplicate PARTITION BY expression: {show(expr)}", position=expr.at)

    def _name(self, expr: tree.Expr) -> str:
        """A column keeps its name; another expression takes the one it has in the SELECT list, unless a column has that."""
        if isinstance(expr, tree.Name):
            return self.sources.plan_name(expr)
        given = next((i.name for i in self.items if i.expr == expr), None)
        taken = {self.sources.plan_name(tree.Name(c, s.qualifier)) for s in self.sources.items for c in s.columns}
        return given if given is not None and given not in taken else self.aliases.of(expr)

    def key_column(self, expr: tree.Expr) -> TypedExpr | None:
        """The key column that an item which repeats a PARTITION BY expression stands for."""
        return self._columns.get(expr)


def _rekeyed(node: Node, keys: list[Column]) -> Schema:
    names = {k.name for k in keys}
    rest = (Column(c.name, c.type, Role.VALUE if c.role is Role.KEY else c.role) for c in node.schema if c.name not in names)
    return Schema((*keys, *rest))
