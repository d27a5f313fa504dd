"""The bridge from qualified names to the columns of a plan node."""

from __future__ import annotations

from millstream.errors import BindError
from millstream.plan.bind.context import BindContext
from millstream.plan.bind.expressions import ExpressionBinder
from millstream.plan.bind.expressions.binder import Replace
from millstream.plan.bind.sources import BOUND_NAMES, Sources
from millstream.plan.bind.text import show
from millstream.plan.expr import ColumnRef, TypedExpr
from millstream.plan.nodes import Node
from millstream.sql import tree


def binder_over(context: BindContext, sources: Sources, node: Node, replace: Replace | None = None) -> ExpressionBinder:
    """A binder whose columns are those of ``node``."""

    def column(name: tree.Name) -> TypedExpr:
        found = node.schema.find(sources.plan_name(name))
        if found is None and name.name in BOUND_NAMES:
            raise BindError(
                f"Window bounds column {name.name} can only be used in the SELECT clause of windowed aggregations", position=name.at
            )
        if found is None:
            raise BindError(f"Unknown column {show(name)}.", position=name.at)
        return ColumnRef(found.type, found.name)

    return ExpressionBinder(context.catalog.functions, context.catalog.types, column, replace)
