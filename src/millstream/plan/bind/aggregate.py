"""GROUP BY, aggregate functions, HAVING and windows -> Aggregate, Filter, Suppress.

What may not live here: aggregate functions themselves.
"""

from __future__ import annotations

from millstream.catalog import WindowSpec
from millstream.errors import BindError
from millstream.plan.bind.context import BindContext
from millstream.plan.bind.expressions import ExpressionBinder
from millstream.plan.bind.expressions.calls import bind_aggregate, is_aggregate, is_table_function
from millstream.plan.bind.items import Item
from millstream.plan.bind.names import Aliases
from millstream.plan.bind.scope import binder_over
from millstream.plan.bind.sources import BOUND_NAMES, BOUNDS, Sources
from millstream.plan.bind.text import show
from millstream.plan.bind.walk import children, every
from millstream.plan.expr import ColumnRef, TypedExpr
from millstream.plan.nodes import Aggregate, AggregateCall, Filter, Node, Suppress
from millstream.sql import tree
from millstream.types import Column, Role, Schema

DAY_MS = 86_400_000
#: Hopping windows that a record may belong to: each costs an update of state.
_MOST_WINDOWS = 50_000
#: Aggregates whose state is no plain value, so that a DELIMITED source cannot hold it.
_NESTED_STATE = frozenset(
    {
        "ATTR",
        "AVG",
        "COLLECT_LIST",
        "COLLECT_SET",
        "CORRELATION",
        "COUNT_DISTINCT",
        "EARLIEST_BY_OFFSET",
        "HISTOGRAM",
        "LATEST_BY_OFFSET",
        "STDDEV_POP",
        "STDDEV_SAMP",
        "STDDEV_SAMPLE",
        "TOPK",
        "TOPKDISTINCT",
    }
)


def aggregates_in(context: BindContext, expr: tree.Expr) -> list[tree.Call]:
    """All aggregate calls inside, outermost first. Raises BindError for one inside another."""
    if isinstance(expr, tree.Call) and is_aggregate(context.catalog.functions, expr.name):
        if any(aggregates_in(context, a) for a in expr.args):
            raise BindError(f"Aggregate functions can not be nested: {show(expr)}", position=expr.at)
        return [expr]
    return [call for child in children(expr) for call in aggregates_in(context, child)]


def group_names(group: list[tree.Expr], items: list[Item], aliases: Aliases) -> list[str]:
    """The key column's name of each group expression: its name in the SELECT list, else one of its own."""
    names: list[str] = []
    for expr in group:
        given = next((i.name for i in items if i.expr == expr), None)
        names.append(given if given is not None else aliases.of(expr))
    return names


class AggregateBinder:
    """Binds one GROUP BY over ``node``. Expressions above it see group columns, aggregates and window bounds only."""

    def __init__(
        self, context: BindContext, sources: Sources, node: Node, group: list[tree.Expr], names: list[str], window: WindowSpec | None
    ) -> None:
        self.context = context
        self.node = node
        self.group = group
        self.window = window
        self.below = binder_over(context, sources, node)
        self.keys = [(n, self._group(e)) for n, e in zip(names, group, strict=True)]
        self.delimited = sources.first.relation.value_format.name == "DELIMITED"
        self.calls: dict[tree.Call, AggregateCall] = {}
        self._check(group)

    def _check(self, group: list[tree.Expr]) -> None:
        for index, expr in enumerate(group):
            if expr in group[:index]:
                raise BindError(f"Duplicate GROUP BY expression: {show(expr)}", position=expr.at)

    def _group(self, expr: tree.Expr) -> TypedExpr:
        functions = self.context.catalog.functions
        for inner in every(expr):
            if isinstance(inner, tree.Call) and is_aggregate(functions, inner.name):
                raise BindError(f"GROUP BY does not support aggregate functions: {inner.name} is an aggregate function.", position=inner.at)
            if isinstance(inner, tree.Call) and is_table_function(functions, inner.name):
                raise BindError("Table functions cannot be used with aggregations.", position=inner.at)
        typed = self.below.bind(expr)
        if typed.type is None:
            raise BindError("GROUP BY NULL is not supported.", hint="Group by a constant to get one group.", position=expr.at)
        return typed

    def above(self, clause: str) -> ExpressionBinder:
        """A binder for expressions of SELECT or HAVING."""

        def replace(expr: tree.Expr) -> TypedExpr | None:
            for (name, typed), group in zip(self.keys, self.group, strict=True):
                if expr == group:
                    return ColumnRef(typed.type, name)
            if isinstance(expr, tree.Call) and is_aggregate(self.context.catalog.functions, expr.name):
                aggregates_in(self.context, expr)
                column = self._call(expr).column
                return ColumnRef(column.type, column.name)
            if isinstance(expr, tree.Name) and expr.name in BOUND_NAMES:
                return self._bound(expr, clause)
            return None

        def column(name: tree.Name) -> TypedExpr:
            if clause == "SELECT":
                raise BindError(
                    f"Non-aggregate SELECT expression(s) not part of GROUP BY: {name.name}",
                    hint="Either add the column(s) to the GROUP BY or remove them from the SELECT.",
                    position=name.at,
                )
            raise BindError(f"Non-aggregate {clause} expression not part of GROUP BY: {name.name}", position=name.at)

        return ExpressionBinder(self.context.catalog.functions, self.context.catalog.types, column, replace)

    def _bound(self, name: tree.Name, clause: str) -> TypedExpr | None:
        if self.window is None or clause != "SELECT":
            raise BindError(
                f"Window bounds column {name.name} can only be used in the SELECT clause of windowed aggregations", position=name.at
            )
        return ColumnRef(BOUNDS[0].type, name.name)

    def _call(self, expr: tree.Call) -> AggregateCall:
        found = self.calls.get(expr)
        if found is None:
            for inner in (i for a in expr.args for i in every(a)):
                if isinstance(inner, tree.Name) and inner.name in BOUND_NAMES and self.window is not None:
                    raise BindError(
                        f"Window bounds column {inner.name} can only be used in the SELECT clause of windowed aggregations",
                        position=inner.at,
                    )
            if self.delimited and expr.name in _NESTED_STATE:
                raise BindError(
                    "One of the functions used in the statement has an intermediate type that the value format can not handle. "
                    "Please remove the function or change the format.",
                    hint=f"{expr.name} over a DELIMITED source is not possible; copy it into a JSON stream first.",
                    position=expr.at,
                )
            name = f"KSQL_AGG_VARIABLE_{len(self.calls)}"
            found = bind_aggregate(self.below, expr, name, over_table=self.node.is_table)
            self.calls[expr] = found
        return found

    def build(self, having: TypedExpr | None, *, final: bool) -> Node:
        """The aggregate node, with HAVING and EMIT FINAL above it. To be called when SELECT and HAVING are bound."""
        keys = [Column(n, t.type, Role.KEY) for n, t in self.keys if t.type is not None]
        bounds = BOUNDS if self.window is not None else ()
        schema = Schema((*keys, *bounds, *(c.column for c in self.calls.values())))
        node: Node = Aggregate(schema, True, self.window, self.node, tuple(self.keys), tuple(self.calls.values()), self.window)
        if having is not None:
            node = Filter(schema, True, self.window, node, having, having=True)
        return Suppress(schema, True, self.window, node) if final else node


def window_spec(window: tree.Window, *, final: bool = False) -> WindowSpec:
    """The window with its grace resolved: where nothing else is said none for EMIT FINAL, else 24 hours less the size."""
    size = window.size.millis
    advance = window.advance.millis if window.advance is not None else size
    if size <= 0:
        what = "Size" if window.kind != "SESSION" else "Gap"
        raise BindError(f"{what} must be positive", hint=f"Got {window.size.value} {window.size.unit}.", position=window.at)
    if not 0 < advance <= size:
        raise BindError(
            "Window advancement interval should be more than zero and less than window duration "
            f"which is {size} ms, but given advancement interval is: {advance} ms",
            position=window.at,
            code=50000,
        )
    if size // advance > _MOST_WINDOWS:
        raise BindError(
            f"Each record would be in {size // advance} windows; at most {_MOST_WINDOWS} are allowed.",
            hint="Give a longer ADVANCE BY.",
            position=window.at,
        )
    grace = window.grace.millis if window.grace is not None else 0 if final else max(DAY_MS - size, 0)
    if grace < 0:
        raise BindError("Grace period must not be negative.", position=window.at)
    retention = window.retention.millis if window.retention is not None else None
    if retention is not None and retention < size + grace:
        raise BindError(
            "The retention period of the window store must be no smaller than its window size plus the grace period. "
            f"Got size=[{size}], grace=[{grace}], retention=[{retention}]",
            hint="Give a smaller GRACE PERIOD, or a longer RETENTION.",
            position=window.at,
            code=50000,
        )
    return WindowSpec(window.kind, size, advance if window.kind != "SESSION" else 0, grace, retention)
