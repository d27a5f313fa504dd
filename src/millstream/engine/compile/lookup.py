"""Stream-table join: each record of the stream looks up the table's row of its key, as it is at that moment."""

# ruff: noqa: ARG002 - steps share one contract.
from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from millstream.engine.compile.expressions import Code
from millstream.engine.compile.flow import Flow, Spot, variable
from millstream.engine.compile.keys import write_key_bytes
from millstream.engine.compile.output import window_bytes
from millstream.engine.compile.remembered import SharedRows
from millstream.engine.compile.step import Step, key_names
from millstream.plan import nodes as n
from millstream.types import Base, Column, Role

if TYPE_CHECKING:
    from millstream.engine.compile.build import Build


#: Types whose equal values are the same in every way, as 0.0 and -0.0 are not.
_EXACT = (Base.STRING, Base.INTEGER, Base.BIGINT, Base.BOOLEAN, Base.BYTES, Base.DATE, Base.TIME, Base.TIMESTAMP)


class StreamTableJoinStep(Step):
    """Side 0 is the stream, side 1 the table. The table's rows are kept here, with the columns that somebody reads.

    The look-up waits for memory more than for anything else. So rows that are equal are one object where there are few different ones, and
    a row carries a note: the place of its key's records in the sink, or the key of the group it makes. One dictionary is read, not two.
    """

    node: n.StreamTableJoin

    def __init__(self, build: Build, node: n.StreamTableJoin, inputs: Sequence[Step]) -> None:
        super().__init__(build, node, inputs)
        self.store: Any = None
        self.shared: SharedRows | None = None
        #: The source of the place that was looked up last.
        self.where = ""

    @property
    def gives_raw(self) -> bool:
        return True

    def require(self, columns: set[str], old: bool) -> None:
        left, right = self.node.left, self.node.right
        self.needed = columns
        right_keys = set(key_names(right))
        self.right: list[Column] = [c for c in right.schema if c.name in columns and c.role is not Role.KEY]
        from_left = columns & {c.name for c in left.schema}
        if columns & (right_keys | set(self.node.key_names)):
            from_left |= set(key_names(left))
        if not self.inputs[0].gives_raw:
            from_left |= set(key_names(left))
        self.inputs[0].require(from_left, False)
        from_right = {c.name for c in self.right}
        if not self.inputs[1].gives_raw:
            from_right |= right_keys
        self.inputs[1].require(from_right, False)
        self.store = self.build.store("join", [c.type for c in self.right])
        self.store.noted = self.parent is not None and self.parent.notes
        self.shared = SharedRows() if all(c.type.base in _EXACT for c in self.right) else None

    def takes_null_key(self, side: int) -> bool:
        return side == 0 and self.node.kind == "LEFT"

    def consume(self, flow: Flow, side: int) -> None:
        if side == 1:
            self._keep(flow)
        else:
            self._look_up(flow)

    def _keep(self, flow: Flow) -> None:
        source = self.source
        raw = self._place(flow, write_key_bytes(self, list(flow.keys.values()), self.node.right.schema.key, flow.raw))
        scope = flow.scope
        values = self._row([scope[c.name].src for c in self.right] + ["None"] * self.store.noted)
        row = values if flow.live is None else f"{values} if {flow.live} else None"
        source.line(f"{source.bind('s', self.store.cache)}[{raw}] = {row}")
        source.line(f"{source.bind('f', self.store.dirty.add)}({raw})")

    def _look_up(self, flow: Flow) -> None:
        source = self.source
        inner = self.node.kind == "INNER"
        keys = list(flow.keys.values())
        test = f"{flow.raw} is None" if flow.raw is not None else " or ".join(f"{k.src} is None" for k in keys if k.nullable)
        row = source.fresh("g")
        if test and inner:
            with source.block(f"if {test}:"):
                source.line(f"{self.build.dropped('the key of the join is NULL')}()")
                source.line("continue")
            raw = self._get(flow, keys, row)
        elif test:
            raw = source.fresh("kb")
            with source.block(f"if {test}:"):
                source.line(f"{raw} = {row} = None")
            with source.block("else:"):
                source.line(f"{raw} = {self._get(flow, keys, row)}")
        else:
            raw = self._get(flow, keys, row)
        found, notes = [source.fresh("c") for _ in self.right], [source.fresh("n")] * self.store.noted
        parts = [*found, *notes]
        if inner:
            with source.block(f"if {row} is None:"):
                source.line("continue")
            if parts:
                source.line(f"{', '.join(parts)}, = {row}")
        elif parts:
            with source.block(f"if {row} is None:"):
                source.line(f"{' = '.join(parts)} = None")
            with source.block("else:"):
                source.line(f"{', '.join(parts)}, = {row}")
        joined = self._joined(flow, raw, row, dict(zip([c.name for c in self.right], map(variable, found), strict=True)))
        columns = frozenset([c.name for c in self.right] + key_names(self.node.right) + list(joined.keys))
        there = None if inner else f"{row} is not None"
        spots = [Spot(source, note, self.store.cache, self.where, self._row(parts), columns, there) for note in notes]
        self.forward(joined.but(spot=spots[0] if spots else None))

    def _row(self, values: list[str]) -> str:
        """The source of a row as the cache holds it."""
        row = "(" + "".join(f"{value}, " for value in values) + ")"
        return row if self.shared is None else f"{self.source.bind('s', self.shared)}[{row}]"

    def _get(self, flow: Flow, keys: list[Code], row: str) -> str:
        source = self.source
        raw = write_key_bytes(self, keys, self.node.left.schema.key, flow.raw)
        place = self.where = self._place(flow, raw)
        source.line(f"{row} = {source.bind('s', self.store.cache)}.get({place})")
        with source.block(f"if {row} is None:"):
            source.line(f"{row} = {source.bind('f', self.store.get)}({place})")
        return raw

    def _place(self, flow: Flow, raw: str) -> str:
        """Where a row is kept: under its key, and its window if it has one."""
        if flow.window is None:
            return raw
        name, stamps = self.source.fresh("kb"), self.source.bind("s", window_bytes)
        self.source.line(f"{name} = {raw} + {stamps}[{flow.window[0]}] + {stamps}[{flow.window[1]}]")
        return name

    def _joined(self, flow: Flow, raw: str, row: str, right: dict[str, Code]) -> Flow:
        """The joined record: columns of both sides, keys of both sides as values too."""
        keys = list(flow.keys.values())
        columns: dict[str, Code] = {**flow.scope, **right}
        for name, code in zip(key_names(self.node.right), keys, strict=True):
            if name not in self.needed:
                continue
            if self.node.kind == "INNER":
                columns[name] = code
            else:
                copy = self.source.fresh("c")
                self.source.line(f"{copy} = {code.src} if {row} is not None else None")
                columns[name] = variable(copy)
        return flow.but(keys=dict(zip(self.node.key_names, keys, strict=True)), row=columns, raw=raw, window=flow.window)
