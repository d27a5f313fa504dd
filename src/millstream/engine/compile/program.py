"""A compiled query: its source text, one function a scan, its stores and its output. ``compile_plan`` makes it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import field
from itertools import repeat
from types import CodeType
from typing import Any

from millstream.catalog import Relation
from millstream.dataclass import dataclass
from millstream.engine.compile.aggregate import AggregateStep
from millstream.engine.compile.build import Build, nodes_of
from millstream.engine.compile.derived import Derived
from millstream.engine.compile.foreign_key import ForeignKeyJoinStep
from millstream.engine.compile.joins import StreamStreamJoinStep, TableTableJoinStep
from millstream.engine.compile.keep import KeepStep, aggregate_below, as_written, places, tail_view, write_tail
from millstream.engine.compile.lookup import StreamTableJoinStep
from millstream.engine.compile.output import ClientRows, SinkTopic
from millstream.engine.compile.scan import ScanStep
from millstream.engine.compile.sessions import SessionAggregateStep
from millstream.engine.compile.sink import ClientStep, SinkStep
from millstream.engine.compile.stateless import FilterStep, FlatMapStep, ProjectStep, SelectKeyStep, SuppressStep
from millstream.engine.compile.step import Step
from millstream.engine.compile.undo import TableAggregateStep
from millstream.engine.compile.view import View
from millstream.engine.failures import Failures
from millstream.errors import SPLIT, TOO_DEEP, ExecutionError, StatementError
from millstream.formats.base import Registry
from millstream.functions import FunctionRegistry
from millstream.log.base import Batch, Log
from millstream.plan import nodes as n

ScanFunction = Callable[[Sequence[Any], Sequence[Any], Sequence[int], Sequence[int], Any, int], None]


@dataclass(slots=True)
class ScanInput:
    """One scan: what it reads, and its function."""

    relation: Relation
    function: ScanFunction
    renewed: list[Derived] = field(default_factory=list)

    def run(self, batch: Batch, partition: int) -> None:
        """Push a batch of one partition's records through the query."""
        for derived in self.renewed:
            derived.renew()
        headers: Any = repeat(()) if batch.headers is None else batch.headers
        self.function(batch.keys, batch.values, batch.timestamps, batch.offsets, headers, partition)


@dataclass(slots=True)
class Program:
    """A compiled query. ``text`` is the generated source."""

    plan: n.QueryPlan
    text: str
    scans: list[ScanInput]
    output: SinkTopic
    rows: ClientRows
    failures: Failures
    #: Where the state is: the log itself, or one in memory for a query that keeps nothing.
    log: Log
    stores: list[Any] = field(default_factory=list)
    housekeeping: list[Callable[[], None]] = field(default_factory=list)

    #: How far apart, in ms, partitions of one topic may be read; None where their records never meet in a window.
    tolerance: int | None = None
    #: The rows for pull queries; None where there are none.
    view: View | None = None


def compile_plan(
    plan: n.QueryPlan, functions: FunctionRegistry, schemas: Registry | None, failures: Failures, log: Log, keep: bool = False
) -> Program:
    """Write a query's source and make its functions. ``log`` holds its state; ``keep``: a plan without a sink keeps its rows for pulls."""
    build = Build(plan, functions, schemas, failures, log)
    root = make_step(build, plan.root)
    top: Step
    top = SinkStep(build, plan.sink, root) if plan.sink is not None else KeepStep(build, root) if keep else ClientStep(build, root)
    top.require(set(), False)
    for scan in build.scans:
        scan.write()
    aggregate = aggregate_below(root) if isinstance(top, SinkStep) and top.spec.is_table else None
    if aggregate is not None and isinstance(top, SinkStep):
        write_tail(build, root, aggregate, [*top.keys, *top.values])
    text = build.source.text
    with warnings.catch_warnings():
        # Constants are written where variables usually are: "1 is None" is meant.
        warnings.simplefilter("ignore", SyntaxWarning)
        code = _code(text, plan.query_id)
    exec(code, build.source.namespace)
    scans = [ScanInput(s.relation, build.source.namespace[s.function], build.renewed) for s in build.scans]
    program = Program(plan, text, scans, build.output, build.rows, failures, log, build.stores, build.housekeeping, tolerance(plan))
    program.view = _view(build, top, aggregate)
    return program


def _code(text: str, query_id: str) -> CodeType:
    """The text as Python takes it, which is nested about a hundred levels deep. Raises StatementError beyond."""
    try:
        return compile(text, f"<query {query_id}>", "exec")
    except (MemoryError, RecursionError, SyntaxError) as error:
        if isinstance(error, SyntaxError) and "nested" not in error.msg:
            raise  # the text itself is wrong, which no statement may bring about
        raise StatementError(TOO_DEEP, hint=SPLIT) from error


def _view(build: Build, top: Step, aggregate: AggregateStep | None) -> View | None:
    if isinstance(top, KeepStep):
        return top.view()
    if not isinstance(top, SinkStep):
        return None
    spec = top.spec
    if top.keeper is not None:
        return as_written(build, top.keeper.view(places(build, spec.schema.key, spec.key_format, spec.partitions)), spec)
    return None if aggregate is None else tail_view(build, aggregate, spec)


def make_step(build: Build, node: n.Node) -> Step:
    """The step of a node, over the steps of its inputs."""
    inputs = [make_step(build, child) for name in ("input", "left", "right") if isinstance(child := getattr(node, name, None), n.Node)]
    if isinstance(node, n.Scan):
        return ScanStep(build, node)
    if isinstance(node, n.Aggregate) and node.input.is_table:
        return TableAggregateStep(build, node, inputs)
    if isinstance(node, n.Aggregate) and node.window_spec is not None and node.window_spec.kind == "SESSION":
        return SessionAggregateStep(build, node, inputs)
    step = _STEPS.get(type(node))
    if step is None:
        raise ExecutionError(f"This engine has no code for {type(node).__name__}.")
    return step(build, node, inputs)


_STEPS: dict[type, Callable[[Build, Any, list[Step]], Step]] = {
    n.Filter: FilterStep,
    n.Project: ProjectStep,
    n.FlatMap: FlatMapStep,
    n.SelectKey: SelectKeyStep,
    n.Aggregate: AggregateStep,
    n.Suppress: SuppressStep,
    n.StreamTableJoin: StreamTableJoinStep,
    n.StreamStreamJoin: StreamStreamJoinStep,
    n.TableTableJoin: TableTableJoinStep,
    n.ForeignKeyJoin: ForeignKeyJoinStep,
}


def tolerance(plan: n.QueryPlan) -> int | None:
    """How far apart partitions of one topic may be read: half the grace where a new key brings their records together in windows."""
    nodes = nodes_of(plan.root)
    graces = [i.window_spec.grace or 0 for i in nodes if isinstance(i, n.Aggregate) and i.window_spec is not None]
    graces += [i.grace if i.grace is not None else 86_400_000 for i in nodes if isinstance(i, n.StreamStreamJoin)]
    return min(graces) // 2 if graces else None


__all__ = ["Program", "ScanInput", "compile_plan"]
