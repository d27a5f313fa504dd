"""GROUP BY: aggregation of streams and tables, with and without windows.

A group's row is ``(timestamp, state, state, ...)`` under the group's key bytes (and window start), in the cache with a note behind it where
somebody notes (``flow.Spot``). New states are computed before any is stored, so a failing aggregate leaves the row as it was. Sessions are
in ``sessions``; closing windows for EMIT FINAL in ``operators.closing``.
"""

# ruff: noqa: ARG002 - steps share one contract.
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from millstream.catalog import WindowSpec
from millstream.engine.compile.calls import Calls
from millstream.engine.compile.expressions import Code
from millstream.engine.compile.flow import LAST, Flow, Spot, variable
from millstream.engine.compile.keys import KeyCode, group_key, write_key_columns
from millstream.engine.compile.step import Step, columns_of
from millstream.engine.operators.closing import Closing
from millstream.plan import nodes as n

if TYPE_CHECKING:
    from millstream.engine.compile.build import Build


class AggregateStep(Step):
    """Aggregation without sessions."""

    node: n.Aggregate

    def __init__(self, build: Build, node: n.Aggregate, inputs: Sequence[Step]) -> None:
        super().__init__(build, node, inputs)
        #: EMIT FINAL: rows go on only when their window is closed.
        self.final = False
        self.calls = Calls(self, node.calls)
        self.store: Any = self.make_store(build, node)

    def make_store(self, build: Build, node: n.Aggregate) -> Any:
        """The store of the groups' rows."""
        kinds = [int] + [Any] * len(node.calls)
        return build.window_store("aggregate", kinds) if node.window_spec else build.store("aggregate", kinds)

    @property
    def gives_raw(self) -> bool:
        return True

    @property
    def notes(self) -> bool:
        return True

    def require(self, columns: set[str], old: bool) -> None:
        self.needed, self.wants_old = columns, old
        exprs = [e for _, e in self.node.keys] + [a for c in self.node.calls for a in c.args]
        self.inputs[0].require(columns_of(exprs), self.node.input.is_table)

    def consume(self, flow: Flow, side: int) -> None:
        key = group_key(self, flow, flow.scope, "continue")
        part = key.part or self.build.partition_of_key(key.raw, flow)
        args = self.calls.arguments(flow.scope, None)
        flow = flow.but(part=part)
        if self.node.window_spec is None:
            self._update(flow, key, key.raw, args, None)
        else:
            self._windows(flow, key, args, self.node.window_spec)

    def _windows(self, flow: Flow, key: KeyCode, args: list[list[Code]], window: WindowSpec) -> None:
        source, now = self.source, self.build.stream_times("aggregate").now
        self.build.housekeeping.append(expiry(self.store, now, window))
        times = source.bind("s", now)
        st, ws, we, wk = (source.fresh(p) for p in ("x", "ws", "we", "wk"))
        grace = window.grace if window.grace is not None else max(0, 86_400_000 - window.size)
        advance = window.advance or window.size
        if advance == window.size and not self.final:
            # The window of the record before is the record's own more often than not.
            source.first(f"{ws} = {we} = 0")
            with source.block(f"if not {ws} <= {flow.ts} < {we}:"):
                source.line(f"{ws} = {flow.ts} - {flow.ts} % {window.size}")
                self._end(we, ws, window.size)
            source.line(f"{st} = {times}[{flow.part}]")
            with source.block(f"if {flow.ts} > {st}:"):
                source.line(f"{times}[{flow.part}] = {flow.ts}")
            self._late(f"elif {we} <= {st} - {grace}:")
            source.line(f"{wk} = ({key.raw}, {ws})")
            self._update(flow, key, wk, args, (ws, we))
            return
        source.line(f"{st} = {times}[{flow.part}]")
        with source.block(f"if {flow.ts} > {st}:"):
            source.line(f"{times}[{flow.part}] = {st} = {flow.ts}")
        if advance == window.size:
            head = f"for {ws} in ({flow.ts} - {flow.ts} % {window.size},):"
        else:
            head = f"for {ws} in range(max(0, {flow.ts} - {window.size - advance}) // {advance} * {advance}, {flow.ts} + 1, {advance}):"
        with source.block(head):
            self._end(we, ws, window.size)
            self._late(f"if {we} <= {st} - {grace}:")
            source.line(f"{wk} = ({key.raw}, {ws})")
            self._update(flow, key, wk, args, (ws, we))
        if self.final:
            self._close(flow, f"{st} - {grace}", window.size)

    def _end(self, we: str, ws: str, size: int) -> None:
        """Write the end of a window, which is no later than the last time there is."""
        self.source.line(f"{we} = {ws} + {size}")
        self.source.line(f"if {we} > {LAST}: {we} = {LAST}")

    def _late(self, condition: str) -> None:
        with self.source.block(condition):
            self.source.line(f"{self.source.bind('f', self.build.failures.is_late)}()")
            self.source.line("continue")

    def _update(self, flow: Flow, key: KeyCode, where: str, args: list[list[Code]], window: tuple[str, str] | None) -> None:
        """Write the update of one group's row by one record of a stream, and what goes on from there."""
        source = self.source
        row, ts, had = source.fresh("g"), source.fresh("ts"), source.fresh("b")
        states = [source.fresh("s") for _ in self.calls.calls]
        self.store.noted = not self.final and self.parent is not None and self.parent.notes
        notes = [source.fresh("n")] * self.store.noted
        self._find(row, where)
        with source.block(f"if {row} is None:"):
            self._new(flow, ts, states)
            for note in notes:
                source.line(f"{note} = None")
        old = self._known(flow, row, had, ts, states, notes)
        after = self.calls.add(states, args)
        self._keep(where, ts, [*after, *notes])
        if self.final:
            closing = source.bind("s", self._closing())
            source.line(f"{closing}.open({flow.part}, {key.raw}, {window[0] if window else 0})")
            return
        results = self.calls.results(after, self.needed)
        self._emit(flow, key, results, ts, window, old, had if self.wants_old else None, spot=self._spot(where, [ts, *after], notes))

    def _new(self, flow: Flow, ts: str, states: Sequence[str]) -> None:
        """Write the start of a group that has no row."""
        self.source.line(f"{ts} = {flow.ts}")
        for state, init in zip(states, self.calls.inits(), strict=True):
            self.source.line(f"{state} = {init}")

    def _known(self, flow: Flow, row: str, had: str, ts: str, states: list[str], notes: Sequence[str] = ()) -> dict[str, Code] | None:
        """Write, behind the case of no row, how a row is taken apart; what the group gave before, where somebody wants it."""
        source = self.source
        with source.block("else:"):
            source.line(f"{', '.join([ts, *states, *notes])}, = {row}")
            with source.block(f"if {flow.ts} > {ts}:"):
                source.line(f"{ts} = {flow.ts}")
        if not self.wants_old:
            return None
        source.line(f"{had} = {row} is not None")
        return self.calls.results(states, self.needed, had)

    def _spot(self, where: str, row: list[str], notes: list[str]) -> Spot | None:
        """Where what follows from the group can be noted, if somebody does: in its row, which was stored without."""
        keys = frozenset(name for name, _ in self.node.keys)
        return Spot(self.source, notes[0], self.store.cache, where, f"({', '.join([*row, *notes])},)", keys) if notes else None

    def _emit(
        self,
        flow: Flow,
        key: KeyCode,
        results: dict[str, Code],
        ts: str,
        window: tuple[str, str] | None,
        old: dict[str, Code] | None,
        had: str | None,
        final: bool = False,
        spot: Spot | None = None,
    ) -> None:
        pseudo = {"ROWTIME": variable(ts, nullable=False)}
        self.forward(
            flow.but(
                keys=key.columns,
                row=results,
                ts=ts,
                live=None,
                old=old,
                had=had,
                raw=key.raw,
                window=window,
                keyless=None,
                pseudo=pseudo,
                final=final,
                spot=spot,
            )
        )

    def _close(self, flow: Flow, close: str, size: int) -> None:
        """Write the loop over windows that the record's time has closed."""
        source = self.source
        closing = source.bind("s", self._closing())
        raw, ws, we, row = (source.fresh(p) for p in ("kb", "ws", "we", "g"))
        with source.block(f"for {raw}, {ws}, {row} in {closing}.close({flow.part}, {close}):"):
            self._end(we, ws, size)
            self.write_row(flow, raw, (ws, we), row, self.needed)

    def write_row(self, flow: Flow, raw: str, window: tuple[str, str] | None, row: str, needed: set[str] | None = None) -> None:
        """Write a stored row as a record of this node, and what goes on from there. ``needed``: key columns that are read (None: all)."""
        source = self.source
        ts = source.fresh("ts")
        states = [source.fresh("s") for _ in self.calls.calls]
        source.line(f"{', '.join([ts, *states])}{'' if states else ','} = {row}")
        names = [name for name, _ in self.node.keys]
        columns = write_key_columns(self, raw, self.node.schema.key, names, set(names) if needed is None else needed)
        results = self.calls.results(states, self.needed)
        self._emit(flow, KeyCode(raw, columns), results, ts, window, None, None, final=True)

    def _closing(self) -> Closing:
        window = self.node.window_spec
        size, grace = (window.size, window.grace or 0) if window else (0, 0)
        keep = (window.retention if window else None) or size + grace
        observed = self.build.stream_times("aggregate.observed").now
        times, part_of = self.build.stream_times("aggregate").now, self.build.partition_from_bytes

        def closed(key: bytes) -> tuple[int, int]:
            part = part_of(key)
            return part, times[part] - grace

        def make() -> Closing:
            return Closing(self.store, (size, keep), observed, closed)

        return self.build.once("closing", lambda: self.build.derived(self.store, make))

    def _find(self, row: str, where: str) -> None:
        """Write the look-up of a group's row."""
        source = self.source
        source.line(f"{row} = {source.bind('s', self.store.cache)}.get({where})")
        with source.block(f"if {row} is None:"):
            source.line(f"{row} = {source.bind('f', self.store.get)}({where})")

    def _keep(self, where: str, ts: str, states: Sequence[str]) -> None:
        """Write the storing of a group's row."""
        source = self.source
        source.line(f"{source.bind('s', self.store.cache)}[{where}] = ({', '.join([ts, *states])},)")
        source.line(f"{source.bind('f', self.store.dirty.add)}({where})")


def expiry(store: Any, times: list[int], window: WindowSpec) -> Callable[[], None]:
    """What deletes the windows that are older than the retention, at a commit."""
    keep = max(window.retention or 86_400_000, window.size + (window.grace or 0))

    def expire() -> None:
        now = min((t for t in times if t >= 0), default=-1)
        if now > keep:
            store.expire(now - keep)

    return expire
