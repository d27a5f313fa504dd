"""GROUP BY over a table: the row a change replaces is undone in its group."""

# ruff: noqa: ARG002 - steps share one contract.
from __future__ import annotations

from millstream.engine.compile.aggregate import AggregateStep
from millstream.engine.compile.expressions import Code
from millstream.engine.compile.flow import Flow, variable
from millstream.engine.compile.keys import KeyCode, group_key


class TableAggregateStep(AggregateStep):
    """Aggregation of a table: the old row is undone in its group, the new one added to its own; in one step where both are the same."""

    def consume(self, flow: Flow, side: int) -> None:
        source = self.source
        changes, keys = source.fresh("l"), source.fresh("l")
        undo, add = source.fresh("u"), source.fresh("u")
        new_raw, new_keys, new_args, new_ok = self._side(flow, flow.scope, flow.live)
        old_raw, old_keys, old_args, old_ok = self._side(flow, flow.old_scope, flow.had)
        with source.block(f"if {old_ok} and {new_ok} and {old_raw} == {new_raw}:"):
            source.line(f"{changes} = (({new_raw}, {new_keys}, {old_args}, {new_args}),)")
        with source.block("else:"):
            source.line(f"{changes} = []")
            with source.block(f"if {old_ok}:"):
                source.line(f"{changes}.append(({old_raw}, {old_keys}, {old_args}, None))")
            with source.block(f"if {new_ok}:"):
                source.line(f"{changes}.append(({new_raw}, {new_keys}, None, {new_args}))")
        raw = source.fresh("kb")
        with source.block(f"for {raw}, {keys}, {undo}, {add} in {changes}:"):
            names = [name for name, _ in self.node.keys]
            variables = [source.fresh("c") for _ in names]
            source.line(f"{', '.join(variables)}, = {keys}")
            columns = {name: variable(v, nullable=False) for name, v in zip(names, variables, strict=True)}
            self._change(flow, KeyCode(raw, columns), undo, add)

    def _side(self, flow: Flow, scope: dict[str, Code], exists: str | None) -> tuple[str, str, str, str]:
        """Write key and arguments of the row on one side of the change: (name of bytes, keys, arguments, whether it counts)."""
        source = self.source
        ok, raw, keys, args = (source.fresh(p) for p in ("b", "kb", "l", "l"))
        source.line(f"{ok} = False")
        source.line(f"{raw} = {keys} = {args} = None")
        with source.block(f"while {exists if exists is not None else 'True'}:"):
            key = group_key(self, flow, scope, "break")
            given = self.calls.arguments(scope, None)
            source.line(f"{raw} = {key.raw}")
            source.line(f"{keys} = ({''.join(f'{c.src}, ' for c in key.columns.values())})")
            source.line(f"{args} = ({''.join(f'{a.src}, ' for call in given for a in call)})")
            source.line(f"{ok} = True")
            source.line("break")
        return raw, keys, args, ok

    def _change(self, flow: Flow, key: KeyCode, undo: str, add: str) -> None:
        source = self.source
        row, ts, had = source.fresh("g"), source.fresh("ts"), source.fresh("b")
        states = [source.fresh("s") for _ in self.calls.calls]
        self._find(row, key.raw)
        with source.block(f"if {row} is None:"):
            with source.block(f"if {add} is None:"):
                source.line("continue")
            source.line(f"{undo} = None")
            self._new(flow, ts, states)
        old = self._known(flow, row, had, ts, states)
        after = self.calls.change(states, undo, add)
        self._keep(key.raw, ts, after)
        results = self.calls.results(after, self.needed)
        self._emit(flow, key, results, ts, None, old, had if self.wants_old else None)
