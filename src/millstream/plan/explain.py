"""A plan as indented text: one node a line, its input below it. EXPLAIN prints it; snapshot tests compare it.

What may not live here: decisions. The text is for people and may change between versions.
"""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from millstream.catalog import WindowSpec
from millstream.plan import expr as e
from millstream.plan.nodes import (
    Aggregate,
    Filter,
    FlatMap,
    ForeignKeyJoin,
    Node,
    Project,
    PullPlan,
    QueryPlan,
    Scan,
    SelectKey,
    StreamStreamJoin,
    StreamTableJoin,
    TableTableJoin,
)
from millstream.plan.rewrites.traverse import inputs
from millstream.types import Schema, quote


def explain(plan: QueryPlan | PullPlan) -> str:
    """The plan, outermost step first."""
    if isinstance(plan, PullPlan):
        return _pull(plan)
    lines: list[str] = []
    depth = 0
    if plan.sink is not None:
        sink = plan.sink
        kind = "table" if sink.is_table else "stream"
        lines.append(
            f"Sink {kind} {quote(sink.relation)} topic={sink.topic} partitions={sink.partitions} "
            f"key={sink.key_format.name} value={sink.value_format.name}"
            + (f" timestamp={sink.timestamp.column}" if sink.timestamp is not None else "")
        )
        depth = 1
    elif plan.limit is not None:
        lines.append(f"Limit {plan.limit}")
        depth = 1
    _node(plan.root, depth, lines)
    return "\n".join(lines)


def _pull(plan: PullPlan) -> str:
    items = ", ".join(f"{quote(c.name)} := {show(x)}" for c, x in plan.items)
    lines = [f"Limit {plan.limit}"] if plan.limit is not None else []
    lines.append(f"Project {items}")
    if plan.residual is not None:
        lines.append(f"Filter {show(plan.residual)}")
    keys = "scan" if plan.lookup.keys is None else f"keys={list(plan.lookup.keys)}"
    bounds = "".join(
        f" {name}={value}" for name, value in (("windowstart", plan.lookup.window_start), ("windowend", plan.lookup.window_end)) if value
    )
    lines.append(f"Lookup {quote(plan.relation.name)} {keys}{bounds}")
    return "\n".join("  " * i + line for i, line in enumerate(lines))


def _node(node: Node, depth: int, lines: list[str]) -> None:
    lines.append("  " * depth + _line(node) + f"  [{_columns(node.schema)}]")
    for child in inputs(node):
        _node(child, depth + 1, lines)


def _columns(schema: Schema) -> str:
    marks = {"KEY": " KEY", "PSEUDO": " *"}
    return ", ".join(f"{c.name} {c.type}{marks.get(c.role.value, '')}" for c in schema)


def _line(node: Node) -> str:
    kind = "table" if node.is_table else "stream"
    name = type(node).__name__
    if isinstance(node, Scan):
        alias = f" as {node.alias}" if node.alias != node.relation.name else ""
        return f"Scan {kind} {quote(node.relation.name)}{alias}{' materialized' if node.materialize else ''}{_window(node.window)}"
    if isinstance(node, Filter):
        return f"{'Having' if node.having else 'Filter'} {show(node.predicate)}"
    if isinstance(node, Project):
        return "Project " + ", ".join(f"{quote(c.name)} := {show(x)}" for c, x in node.items)
    if isinstance(node, FlatMap):
        return "FlatMap " + ", ".join(f"{quote(n)} := {show(x)}" for n, x in node.functions)
    if isinstance(node, SelectKey):
        return "SelectKey " + (", ".join(f"{quote(n)} := {show(x)}" for n, x in node.keys) or "none") + (" (join)" if node.internal else "")
    if isinstance(node, Aggregate):
        keys = ", ".join(f"{quote(n)} := {show(x)}" for n, x in node.keys)
        calls = ", ".join(
            f"{quote(c.column.name)} := {c.function}({', '.join([*map(show, c.args), *map(repr, c.constants)])})" for c in node.calls
        )
        return f"Aggregate {calls} by {keys}{_window(node.window_spec)}"
    if isinstance(node, StreamStreamJoin):
        grace = f" grace={node.grace}ms" if node.grace is not None else ""
        return f"StreamStreamJoin {node.kind} before={node.before}ms after={node.after}ms{grace} key={', '.join(node.key_names)}"
    if isinstance(node, ForeignKeyJoin):
        return f"ForeignKeyJoin {node.kind} on {show(node.foreign_key)} key={', '.join(node.key_names)}"
    if isinstance(node, StreamTableJoin | TableTableJoin):
        return f"{name} {node.kind} key={', '.join(node.key_names)}"
    return name


def _window(window: WindowSpec | None) -> str:
    if window is None:
        return ""
    advance = f" advance={window.advance}ms" if window.kind == "HOPPING" else ""
    grace = f" grace={window.grace}ms" if window.grace is not None else ""
    return f" window={window.kind} {window.size}ms{advance}{grace}"


@singledispatch
def show(expr: e.TypedExpr) -> str:
    """A typed expression as text."""
    return f"{type(expr).__name__}(...)"


@show.register
def _(expr: e.ColumnRef) -> str:
    return expr.name


@show.register
def _(expr: e.LambdaVar) -> str:
    return expr.name


@show.register
def _(expr: e.Literal) -> str:
    return _value(expr.value)


def _value(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return str(value).upper() if isinstance(value, bool) else str(value)


@show.register
def _(expr: e.Call) -> str:
    return f"{expr.name}({', '.join(map(show, expr.args))})"


@show.register
def _(expr: e.LambdaExpr) -> str:
    return f"({', '.join(n for n, _ in expr.params)}) => {show(expr.body)}"


@show.register
def _(expr: e.Cast) -> str:
    return f"CAST({show(expr.operand)} AS {expr.type})"


@show.register(e.Arithmetic)
@show.register(e.Compare)
@show.register(e.Logical)
def _binary(expr: e.Arithmetic | e.Compare | e.Logical) -> str:
    return f"({show(expr.left)} {expr.op} {show(expr.right)})"


@show.register
def _(expr: e.Chain) -> str:
    steps = "".join(f" {step.op} {show(step.right)}" for step in expr.steps)
    return f"({show(expr.first)}{steps})"


@show.register
def _(expr: e.Negate) -> str:
    return f"-{show(expr.operand)}"


@show.register
def _(expr: e.Not) -> str:
    return f"(NOT {show(expr.operand)})"


@show.register
def _(expr: e.IsNull) -> str:
    return f"({show(expr.operand)} IS {'NOT ' if expr.negated else ''}NULL)"


@show.register
def _(expr: e.InList) -> str:
    return f"({show(expr.operand)} {'NOT ' if expr.negated else ''}IN ({', '.join(map(show, expr.items))}))"


@show.register
def _(expr: e.Between) -> str:
    return f"({show(expr.operand)} {'NOT ' if expr.negated else ''}BETWEEN {show(expr.low)} AND {show(expr.high)})"


@show.register
def _(expr: e.Like) -> str:
    return f"({show(expr.operand)} {'NOT ' if expr.negated else ''}LIKE {show(expr.pattern)})"


@show.register
def _(expr: e.Case) -> str:
    whens = "".join(f" WHEN {show(c)} THEN {show(r)}" for c, r in expr.whens)
    return f"CASE{whens}{f' ELSE {show(expr.default)}' if expr.default is not None else ''} END"


@show.register
def _(expr: e.FieldOf) -> str:
    return f"{show(expr.operand)}->{expr.field}"


@show.register
def _(expr: e.ElementOf) -> str:
    return f"{show(expr.operand)}[{show(expr.index)}]"


@show.register
def _(expr: e.MakeArray) -> str:
    return f"ARRAY[{', '.join(map(show, expr.items))}]"


@show.register
def _(expr: e.MakeMap) -> str:
    return f"MAP({', '.join(f'{show(k)} := {show(v)}' for k, v in expr.entries)})"


@show.register
def _(expr: e.MakeStruct) -> str:
    return f"STRUCT({', '.join(f'{n} := {show(v)}' for n, v in expr.fields)})"
