"""Table functions of the SELECT list -> FlatMap."""

from __future__ import annotations

from collections.abc import Iterator

from millstream.errors import BindError
from millstream.plan.bind.context import BindContext
from millstream.plan.bind.expressions import ExpressionBinder
from millstream.plan.bind.expressions.calls import bind_table_call, is_table_function
from millstream.plan.bind.text import show
from millstream.plan.bind.walk import children
from millstream.plan.expr import ColumnRef, TypedExpr
from millstream.plan.nodes import FlatMap, Node
from millstream.sql import tree
from millstream.types import Column, Schema


def flatten(context: BindContext, binder: ExpressionBinder, node: Node, exprs: list[tree.Expr]) -> tuple[Node, dict[tree.Call, TypedExpr]]:
    """``node`` with all table functions of ``exprs`` applied, and the column that each call became."""
    calls: dict[tree.Call, TypedExpr] = {}
    functions: list[tuple[str, TypedExpr]] = []
    for call in (c for e in exprs for c in _calls(context, e)):
        if node.is_table:
            raise BindError("Table source is not supported with table functions", hint="Use a stream.", position=call.at)
        if call in calls:
            continue
        typed = bind_table_call(binder, call)
        name = f"KSQL_SYNTH_{len(functions)}"
        functions.append((name, typed))
        calls[call] = ColumnRef(typed.type, name)
    if not functions:
        return node, calls
    added = tuple(Column(n, t.type) for n, t in functions if t.type is not None)
    return FlatMap(Schema((*node.schema.columns, *added)), False, node.window, node, tuple(functions)), calls


def _calls(context: BindContext, expr: tree.Expr) -> Iterator[tree.Call]:
    if isinstance(expr, tree.Call) and is_table_function(context.catalog.functions, expr.name):
        for argument in expr.args:
            for inner in _calls(context, argument):
                raise BindError(f"Table functions cannot be nested: {show(expr)}", position=inner.at or expr.at)
        yield expr
        return
    for child in children(expr):
        for call in _calls(context, child):
            if isinstance(expr, tree.Case | tree.When):
                raise BindError(f"Table functions cannot be used in CASE: {show(expr)}", position=call.at or expr.at)
            yield call
