"""Session windows as source: the operator merges, generated code goes on with each session that changed."""

# ruff: noqa: ARG002 - steps share one contract.
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from millstream.engine.compile.aggregate import AggregateStep, expiry
from millstream.engine.compile.build import Build
from millstream.engine.compile.flow import Flow, variable
from millstream.engine.compile.keys import KeyCode, group_key, write_key_columns
from millstream.engine.compile.step import Step
from millstream.engine.operators.sessions import Change, Sessions
from millstream.plan import nodes as n


class SessionAggregateStep(AggregateStep):
    """Aggregation in session windows."""

    def make_store(self, build: Build, node: n.Aggregate) -> Any:
        return build.session_store("aggregate", [Any] * len(node.calls))

    def __init__(self, build: Build, node: n.Aggregate, inputs: Sequence[Step]) -> None:
        super().__init__(build, node, inputs)
        window = node.window_spec
        makers = self.calls.makers
        widths = [len(c.args) for c in node.calls]

        def init() -> tuple[Any, ...]:
            return tuple(m.init() for m in makers)

        def add(states: tuple[Any, ...], args: tuple[Any, ...]) -> tuple[Any, ...]:
            out, at = [], 0
            for maker, state, width in zip(makers, states, widths, strict=True):
                out.append(maker.add(state, *args[at : at + width]))
                at += width
            return tuple(out)

        def merge(left: tuple[Any, ...], right: tuple[Any, ...]) -> tuple[Any, ...]:
            return tuple(m.merge(a, b) for m, a, b in zip(makers, left, right, strict=True))

        times = build.stream_times("aggregate").now
        if window is not None:
            build.housekeeping.append(expiry(self.store, times, window))
        gap, grace = (window.size, window.grace or 0) if window is not None else (0, 0)
        keep = max((window.retention if window is not None else None) or 0, gap + grace)
        observed = build.stream_times("aggregate.observed").now

        def make() -> Sessions:
            sessions = Sessions(self.store, (gap, grace, keep), (times, observed), (init, add, merge), build.failures.is_late)
            if self.final:
                for key, found in self.store.scan():
                    part = build.partition_from_bytes(key)
                    if found.end >= times[part] - grace - gap:  # else it was closed before
                        sessions.track(part, key, [Change(found.start, found.end, found.row, None)])
            return sessions

        self._make = make

    def require(self, columns: set[str], old: bool) -> None:
        super().require(columns, old)
        self.sessions = self.build.derived(self.store, self._make)  # by now it is known whether it is for EMIT FINAL

    def consume(self, flow: Flow, side: int) -> None:
        source = self.source
        key = group_key(self, flow, flow.scope, "continue")
        part = key.part or self.build.partition_of_key(key.raw, flow)
        args = [a.src for call in self.calls.arguments(flow.scope, None) for a in call]
        changes = source.fresh("l")
        given = f"{part}, {key.raw}, {flow.ts}, ({''.join(f'{a}, ' for a in args)})"
        with source.block("try:"):
            source.line(f"{changes} = {source.bind('f', self.sessions.record)}({given})")
        with source.block("except Exception as e:"):
            source.line(f"{self.build.failure('an aggregate')}(e)")
            source.line("continue")
        flow = flow.but(part=part)
        if self.final:
            self._final(flow, key, part, changes)
            return
        start, end, states, before, live = (source.fresh(p) for p in ("ws", "we", "l", "l", "b"))
        with source.block(f"for {start}, {end}, {states}, {before} in {changes}:"):
            source.line(f"{live} = {states} is not None")
            names = [f"{states}[{i}]" for i in range(len(self.node.calls))]
            results = self.calls.results(names, self.needed, live)
            old, had = None, None
            if self.wants_old:
                had = source.fresh("b")
                source.line(f"{had} = {before} is not None")
                old = self.calls.results([f"{before}[{i}]" for i in range(len(self.node.calls))], self.needed, had)
            self._forward_session(flow, key, results, (start, end), live, old, had)

    def _final(self, flow: Flow, key: KeyCode, part: str, changes: str) -> None:
        source = self.source
        source.line(f"{source.bind('f', self.sessions.track)}({part}, {key.raw}, {changes})")
        raw, start, end, states = (source.fresh(p) for p in ("kb", "ws", "we", "l"))
        with source.block(f"for {raw}, {start}, {end}, {states} in {source.bind('f', self.sessions.closed)}({part}):"):
            columns = write_key_columns(self, raw, self.node.schema.key, [name for name, _ in self.node.keys], self.needed)
            results = self.calls.results([f"{states}[{i}]" for i in range(len(self.node.calls))], self.needed)
            self._forward_session(flow.but(final=True), KeyCode(raw, columns), results, (start, end), None, None, None)

    def _forward_session(
        self, flow: Flow, key: KeyCode, results: Any, window: tuple[str, str], live: str | None, old: Any, had: str | None
    ) -> None:
        """A session's record has the time of its end."""
        self.forward(
            flow.but(
                keys=key.columns,
                row=results,
                ts=window[1],
                live=live,
                old=old,
                had=had,
                raw=key.raw,
                window=window,
                keyless=None,
                pseudo={"ROWTIME": variable(window[1], nullable=False)},
            )
        )
