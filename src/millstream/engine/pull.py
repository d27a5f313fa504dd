"""Pull queries: a table's rows from the query that keeps them, or a stream's topic read to its present end; then filter, project, limit.

Batches are made one by one, so that whoever serves many queries can do other things between them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from millstream.engine.compile.build import Build
from millstream.engine.compile.flow import Flow, variable
from millstream.engine.compile.step import Step
from millstream.engine.compile.view import Values, View
from millstream.engine.failures import Failures
from millstream.engine.task import Task
from millstream.errors import ExecutionError
from millstream.functions import FunctionRegistry
from millstream.log.memory import MemoryLog
from millstream.plan import nodes as n
from millstream.plan.expr import ColumnRef, Compare, Literal, Logical, TypedExpr
from millstream.runtime import Row
from millstream.types import BIGINT, BOOLEAN, Column, Role

#: Stored rows that are read for one batch.
BATCH = 500
#: How long a stream is read for one batch, in ms.
SLICE_MS = 2
Bounds = tuple[int | None, bool, int | None, bool]


class _Evaluate(Step):
    """Writes ``pull(rows, out)``: the residual filter and the items over rows of a view."""

    def require(self, columns: set[str], old: bool) -> None:
        """Everything is there."""

    def write(self, plan: n.PullPlan, columns: list[str]) -> None:
        source = self.source
        names = {name: source.fresh("c") for name in columns}
        with source.block("def pull(rows, out):"), source.block(f"for {', '.join(names.values())}, in rows:"):
            scope = {name: variable(v) for name, v in names.items()}
            if plan.residual is not None:
                test = self.condition(self.expressions(scope).truth(plan.residual), "WHERE")
                with source.block(f"if not {test}:"):
                    source.line("continue")
            compiler = self.expressions(scope)
            values = [self.assign(compiler.compile(e), "c", f"column {c.name}", None).src for c, e in plan.items]
            source.line(f"out(({''.join(f'{v}, ' for v in values)}))")

    def consume(self, flow: Flow, side: int) -> None:
        """Nothing is pushed here."""


def pull_table(plan: n.PullPlan, view: View, functions: FunctionRegistry, failures: Failures) -> Iterator[list[Row]]:
    """Rows of a table. Batches may be empty."""
    evaluate = _evaluator(plan, view.columns, functions, failures)
    starts, ends = plan.lookup.window_start, plan.lookup.window_end
    left = plan.limit
    for found in view.rows(plan.lookup.keys, BATCH):
        if left == 0:
            return
        if starts is not None or ends is not None:
            found = [r for r in found if _within(r[-2], starts) and _within(r[-1], ends)]
        out: list[Values] = []
        evaluate(found, out.append)
        if left is not None:
            del out[left:]
            left -= len(out)
        yield [Row(values) for values in out]


def pull_stream(task: Task, limit: int | None) -> Iterator[list[Row]]:
    """Rows of a stream's topic up to its end as it is now; ``task`` runs ``stream_plan``. Batches may be empty."""
    ends = task.ends()
    rows: list[Row] = []
    task.on_rows = rows.extend
    left = limit
    done = False
    while not done and left != 0:
        done = task.passed(ends) or not task.step(SLICE_MS) or task.passed(ends)
        if task.error is not None or task.lost is not None:
            raise ExecutionError(f"The query failed: {task.error or task.lost}")
        task.commit()
        taken = rows if left is None else rows[:left]
        if left is not None:
            left -= len(taken)
        yield list(taken)
        rows.clear()


def _evaluator(plan: n.PullPlan, columns: list[str], functions: FunctionRegistry, failures: Failures) -> Callable[[Any, Any], None]:
    scan = n.Scan(plan.input_schema, True, plan.relation.window, plan.relation, plan.relation.name, ())
    inner = n.QueryPlan(plan.query_id, scan, (plan.relation.name,), properties=plan.properties)
    build = Build(inner, functions, None, failures, MemoryLog())
    _Evaluate(build, scan).write(plan, columns)
    exec(compile(build.source.text, f"<pull {plan.query_id}>", "exec"), build.source.namespace)
    made: Callable[[Any, Any], None] = build.source.namespace["pull"]
    return made


def _within(value: int | None, bounds: Bounds | None) -> bool:
    if bounds is None:
        return True
    if value is None:
        return False
    low, with_low, high, with_high = bounds
    above = low is None or value > low or (with_low and value == low)
    below = high is None or value < high or (with_high and value == high)
    return above and below


def stream_plan(plan: n.PullPlan) -> n.QueryPlan:
    """A pull query on a stream as a query that reads the topic from its start."""
    relation = plan.relation
    schema = plan.input_schema
    scan: n.Node = n.Scan(schema, False, relation.window, relation, relation.name, tuple(c.name for c in schema))
    tests = [t for t in (plan.residual, _keys(plan), *_window_tests(plan)) if t is not None]
    for test in tests:
        scan = n.Filter(schema, False, relation.window, scan, test)
    columns = tuple(Column(c.name, c.type, Role.VALUE) for c, _ in plan.items)
    items = tuple((c, e) for c, (_, e) in zip(columns, plan.items, strict=True))
    root = n.Project(plan.schema, False, None, scan, items)
    properties = {**plan.properties, "auto.offset.reset": "earliest"}
    return n.QueryPlan(plan.query_id, root, (relation.name,), None, plan.limit, properties)


def _keys(plan: n.PullPlan) -> TypedExpr | None:
    if plan.lookup.keys is None:
        return None
    columns = plan.relation.schema.key
    result: TypedExpr = Literal(BOOLEAN, False)
    for key in plan.lookup.keys:
        one: TypedExpr | None = None
        for column, value in zip(columns, key, strict=True):
            same = Compare(BOOLEAN, "=", ColumnRef(column.type, column.name), Literal(column.type, value))
            one = same if one is None else Logical(BOOLEAN, "AND", one, same)
        if one is not None:
            result = Logical(BOOLEAN, "OR", result, one)
    return result


def _window_tests(plan: n.PullPlan) -> Iterator[TypedExpr]:
    for name, bounds in (("WINDOWSTART", plan.lookup.window_start), ("WINDOWEND", plan.lookup.window_end)):
        if bounds is None:
            continue
        low, with_low, high, with_high = bounds
        column = ColumnRef(BIGINT, name)
        if low is not None:
            yield Compare(BOOLEAN, ">=" if with_low else ">", column, Literal(BIGINT, low))
        if high is not None:
            yield Compare(BOOLEAN, "<=" if with_high else "<", column, Literal(BIGINT, high))


__all__ = ["pull_stream", "pull_table", "stream_plan"]
