"""Foreign-key joins: generated code calls the operator, and goes on with each left row that a change concerns."""

from __future__ import annotations

from typing import Any

from millstream.engine.compile.flow import Flow, variable
from millstream.engine.compile.joins import JoinStep
from millstream.engine.compile.keys import write_key_bytes, write_key_columns
from millstream.engine.compile.sides import key_bytes, row_source, sides_of, unpack
from millstream.engine.compile.step import columns_of, key_names
from millstream.engine.compile.undo import TableAggregateStep
from millstream.engine.operators.foreign_key import ForeignKeyJoin
from millstream.plan import nodes as n


class ForeignKeyJoinStep(JoinStep):
    node: n.ForeignKeyJoin
    #: The rows given, by the left key's bytes, where an aggregation takes them back.
    results: Any = None

    def require(self, columns: set[str], old: bool) -> None:
        self.needed, self.wants_old = columns, old
        left_keys = set(key_names(self.node.left))
        if columns & set(self.node.key_names):
            columns = columns | left_keys
        self.sides = sides_of(self, columns, (columns_of([self.node.foreign_key]) | left_keys, set()))
        self.operator = self.make()

    def make(self) -> ForeignKeyJoin:
        left = self.build.store("join.left", [int, bytes | None, *self.sides[0].kinds])
        right = self.build.store("join.right", [int, *self.sides[1].kinds])
        references = self.build.store("join.references", [list[bytes]])
        return ForeignKeyJoin(self.node.kind, left, right, references)

    def consume(self, flow: Flow, side: int) -> None:
        source = self.source
        if side == 1:
            raw = key_bytes(self, flow, self.sides[1])
            row = row_source(flow, self.sides[1], flow.ts)
            call = f"{source.bind('f', self.operator.right)}({raw}, {flow.ts}, {_or_none(row, flow)})"
        else:
            foreign = self._foreign_key(flow)
            raw = key_bytes(self, flow, self.sides[0])
            row = row_source(flow, self.sides[0], flow.ts, foreign)
            call = f"{source.bind('f', self.operator.left)}({raw}, {flow.ts}, {_or_none(row, flow)})"
        key, left, right, ts, live = (source.fresh(p) for p in ("kb", "g", "g", "ts", "b"))
        with source.block(f"for {key}, {left}, {right}, {ts} in {call}:"):
            source.line(f"{live} = {left} is not None")
            wanted = self.needed | (set(key_names(self.node.left)) if self.needed & set(self.node.key_names) else set())
            columns = write_key_columns(self, key, self.node.left.schema.key, key_names(self.node.left), wanted)
            row_columns = {
                **unpack(self, self.sides[0], left, 2, self.needed, list(columns.values())),
                **self._right_columns(right, left),
            }
            old, had = self._before(key, row_columns, live) if self._undone() else (None, None)
            self.forward(
                Flow(
                    keys=dict(zip(self.node.key_names, columns.values(), strict=True)),
                    row=row_columns,
                    ts=ts,
                    part=flow.part,
                    live=live,
                    old=old,
                    had=had,
                    raw=key,
                    pseudo={"ROWTIME": variable(ts, nullable=False)},
                )
            )

    def _undone(self) -> bool:
        """Whether an aggregation above takes back what it was given: only then results are kept. A filter does without, as in ksqlDB."""
        step = self.parent
        while step is not None and len(step.inputs) == 1 and not isinstance(step, TableAggregateStep):
            step = step.parent
        return isinstance(step, TableAggregateStep)

    def _before(self, key: str, row: dict[str, Any], live: str) -> tuple[dict[str, Any], str]:
        """Write the exchange of the result kept for a key: (its columns as they were, whether there was one)."""
        source = self.source
        schemas = (self.node.left.schema, self.node.right.schema)
        kinds = [next(c.type for schema in schemas if (c := schema.find(name)) is not None) for name in row]
        if self.results is None:
            self.results = self.build.store("join.results", kinds)
        store = self.results
        kept, had = source.fresh("g"), source.fresh("b")
        source.line(f"{kept} = {source.bind('f', store.get)}({key})")
        source.line(f"{had} = {kept} is not None")
        values = "".join(f"{code.src}, " for code in row.values())
        source.line(f"{source.bind('f', store.put)}({key}, ({values}) if {live} else None)")
        old = {name: variable(source.fresh("c")) for name in row}
        if old:
            source.line(f"{', '.join(c.src for c in old.values())}, = {kept} if {had} else {source.bind('k', (None,) * len(old))}")
        return old, had

    def _right_columns(self, right: str, left: str) -> dict[str, Any]:
        """The right row's columns; its key columns are the foreign key, where there is a row."""
        side = self.sides[1]
        source = self.source
        keys: list[Any] = []
        if set(side.keys) & self.needed:
            raw = source.fresh("kb")
            source.line(f"{raw} = None if {right} is None or {left} is None else {left}[1]")
            variables = [variable(source.fresh("c")) for _ in side.keys]
            with source.block(f"if {raw} is not None:"):
                found = write_key_columns(self, raw, side.node.schema.key, side.keys, self.needed)
                for code, value in zip(variables, found.values(), strict=True):
                    source.line(f"{code.src} = {value.src}")
            keys = variables
        return unpack(self, side, right, 1, self.needed, keys)

    def _foreign_key(self, flow: Flow) -> str:
        """Write the bytes of the foreign key; None where there is none, or it fails."""
        source = self.source
        raw = source.fresh("kb")
        code = self.assign(self.expressions(flow.scope).compile(self.node.foreign_key), "c", "the foreign key", flow.live)
        with source.block(f"if {code.src} is None:"):
            source.line(f"{raw} = None")
        with source.block("else:"):
            source.line(f"{raw} = {write_key_bytes(self, [code], self.node.right.schema.key)}")
        return raw


def _or_none(row: str, flow: Flow) -> str:
    return row if flow.live is None else f"{row} if {flow.live} else None"
