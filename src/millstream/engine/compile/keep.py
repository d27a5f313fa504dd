"""Keeping a table query's result for pull queries, and the generated function that reads an aggregation's rows instead."""

# ruff: noqa: ARG002 - steps share one contract.
from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from millstream import formats
from millstream.catalog import FormatSpec, Relation, WindowSpec
from millstream.engine.compile.aggregate import AggregateStep
from millstream.engine.compile.flow import Flow
from millstream.engine.compile.keys import key_decoder, key_encoder, state_format, write_key_bytes
from millstream.engine.compile.stateless import FilterStep, ProjectStep, SuppressStep
from millstream.engine.compile.step import Step
from millstream.engine.compile.view import Places, Stored, View
from millstream.plan.nodes import SinkSpec
from millstream.types import Column, Role

if TYPE_CHECKING:
    from millstream.engine.compile.build import Build

_BOUNDS = ["ROWTIME", "WINDOWSTART", "WINDOWEND"]


class ReadStep(Step):
    """The top of a ``tail``: gives rows to whoever reads."""

    def __init__(self, build: Build, node: Any, columns: list[str]) -> None:
        super().__init__(build, node)
        self.columns = columns

    def require(self, columns: set[str], old: bool) -> None:
        """Nothing to ask for: what the query's own sink needs is there."""

    def consume(self, flow: Flow, side: int) -> None:
        start, end = flow.window or ("None", "None")
        scope = flow.scope
        values = "".join(f"{scope[c].src}, " for c in self.columns)
        if flow.live is not None:
            with self.source.block(f"if not {flow.live}:"):
                self.source.line("continue")
        self.source.line(f"out(({values}{flow.ts}, {start}, {end}))")


def aggregate_below(root: Step) -> AggregateStep | None:
    """The aggregation whose rows are the query's result but for filters and projections."""
    step = root
    while isinstance(step, FilterStep | ProjectStep | SuppressStep):
        step = step.inputs[0]
    return step if isinstance(step, AggregateStep) else None


def write_tail(build: Build, root: Step, aggregate: AggregateStep, columns: list[str]) -> None:
    """Write ``tail(items, out)`` over an aggregation's rows."""
    source = build.source
    top, side = root.parent, root.side
    root.parent, root.side = ReadStep(build, root.node, columns), 0
    with source.block("def tail(items, out):"), source.block("for kb, ws, we, g in items:"):
        aggregate.write_row(Flow(keys={}, row={}, ts="ts", part="0"), "kb", ("ws", "we") if aggregate.node.window_spec else None, "g")
    source.line("")
    root.parent, root.side = top, side


def tail_view(build: Build, aggregate: AggregateStep, spec: SinkSpec) -> View:
    """The view over an aggregation, once the source was executed."""
    names, key = [c.name for c in (*spec.schema.key, *spec.schema.value)], spec.schema.key
    tail = build.source.namespace["tail"]
    view = View(
        [*names, *_BOUNDS], aggregate.store, tail, key_encoder(key), spec.window, places(build, key, spec.key_format, spec.partitions)
    )
    return as_written(build, view, spec)


def as_written(build: Build, view: View, spec: SinkSpec) -> View:
    """The view with the values that a reader of the sink's topic would get, where those differ."""
    if spec.value_format.name == "PROTOBUF":
        found, options, columns = formats.get("PROTOBUF"), spec.value_format.options, spec.schema.value
        encode, decode = found.encoder(columns, options, build.schemas), found.decoder(columns, options, build.schemas)
        view.recode = (len(spec.schema.key), encode, decode)
    return view


def places(build: Build, key: Sequence[Column], spec: FormatSpec, partitions: int) -> Places:
    """Where the keys of a topic are whose keys have this format."""
    if spec.name == state_format(key).name == "KAFKA":
        return Places(partitions, None)
    return Places(partitions, (key_decoder(key), formats.get(spec.name).encoder(key, spec.options, build.schemas)))


class ResultKeeper:
    """The result store of a table query that ends in no aggregation."""

    def __init__(self, step: Step, key: tuple[Column, ...], values: tuple[Column, ...], window: WindowSpec | None) -> None:
        self.step = step
        self.key, self.values, self.window = key, values, window
        kinds: list[Any] = [int, int | None, *(c.type for c in values)]
        self.store: Any = step.build.window_store("result", kinds) if window is not None else step.build.store("result", kinds)

    def write(self, flow: Flow, keys: list[str], values: list[str]) -> None:
        """Write the keeping of a change. ``keys`` and ``values`` are the flow's names for the columns, in order."""
        source = self.step.source
        raw = write_key_bytes(self.step, [flow.keys[k] for k in keys], self.key, flow.raw)
        where = raw
        end = "None"
        if self.window is not None and flow.window is not None:
            where, end = f"({raw}, {flow.window[0]})", flow.window[1]
        scope = flow.scope
        row = f"({flow.ts}, {end}, {''.join(f'{scope[v].src}, ' for v in values)})"
        source.line(f"{source.bind('f', self.store.put)}({where}, {row if flow.live is None else f'{row} if {flow.live} else None'})")

    def view(self, found: Places) -> View:
        """The view over the kept rows."""
        decode = key_decoder(self.key)

        def tail(items: Any, out: Any) -> None:
            item: Stored
            for item in items:
                raw, start, end, row = item
                out((*(decode(raw) or ()), *row[2:], row[0], start, end))

        names = [c.name for c in self.key] + [c.name for c in self.values]
        return View([*names, *_BOUNDS], self.store, tail, key_encoder(self.key), self.window, found)


class KeepStep(Step):
    """The top of the query behind a SOURCE TABLE: it keeps the table's rows, and writes nothing."""

    def __init__(self, build: Build, root: Step) -> None:
        super().__init__(build, root.node, [root])
        schema = root.node.schema
        self.values = tuple(c for c in schema if c.role is not Role.KEY and c.role is not Role.PSEUDO)
        self.relation: Relation = root.node.relation
        self.keeper = ResultKeeper(self, schema.key, self.values, self.relation.window)

    def view(self) -> View:
        """The view over the kept rows."""
        return self.keeper.view(places(self.build, self.keeper.key, self.relation.key_format, self.relation.partitions))

    def require(self, columns: set[str], old: bool) -> None:
        keys = set() if self.inputs[0].gives_raw else {c.name for c in self.node.schema.key}
        self.inputs[0].require({c.name for c in self.values} | keys, False)

    def consume(self, flow: Flow, side: int) -> None:
        self.keeper.write(flow, [c.name for c in self.node.schema.key], [c.name for c in self.values])
