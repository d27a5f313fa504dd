"""Table-table and stream-stream joins: generated code calls their operators and inlines what follows."""

# ruff: noqa: ARG002 - steps share one contract.
from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from millstream.engine.compile.build import Build
from millstream.engine.compile.flow import Flow, variable
from millstream.engine.compile.keys import write_key_columns
from millstream.engine.compile.sides import Side, key_bytes, row_source, sides_of, split_key, unpack
from millstream.engine.compile.step import Step
from millstream.engine.operators.stream_stream import Bounds, StreamStreamJoin
from millstream.engine.operators.table_table import TableTableJoin
from millstream.plan import nodes as n
from millstream.state import RowCodec
from millstream.types import Column


class JoinStep(Step):
    """Both inputs are kept by key; the result's key is given as bytes."""

    operator: Any

    @property
    def gives_raw(self) -> bool:
        return True

    def require(self, columns: set[str], old: bool) -> None:
        self.needed, self.wants_old = columns, old
        self.sides = sides_of(self, columns)
        self.operator = self.make()

    def make(self) -> Any:
        """The operator over new stores of the query."""
        raise NotImplementedError


class TableTableJoinStep(JoinStep):
    node: n.TableTableJoin

    def make(self) -> TableTableJoin:
        left, right = (self.build.store(f"join.{name}", [int, *s.kinds]) for name, s in zip(("left", "right"), self.sides, strict=True))
        return TableTableJoin(self.node.kind, left, right)

    def consume(self, flow: Flow, side: int) -> None:
        source = self.source
        raw = key_bytes(self, flow, self.sides[side])
        row = row_source(flow, self.sides[side], flow.ts)
        row = row if flow.live is None else f"{row} if {flow.live} else None"
        joined = source.fresh("j")
        source.line(f"{joined} = {source.bind('f', self.operator.change)}({side}, {raw}, {flow.ts}, {row})")
        with source.block(f"if {joined} is None:"):
            source.line("continue")
        left, right, old_left, old_right, live, had, ts = (source.fresh(p) for p in ("g", "g", "g", "g", "b", "b", "ts"))
        source.line(f"{left}, {right}, {old_left}, {old_right}, {live}, {had}, {ts} = {joined}")
        keys = list(flow.keys.values())
        columns = self._columns(left, right, keys)
        old = self._columns(old_left, old_right, keys) if self.wants_old else None
        self.forward(
            Flow(
                keys=dict(zip(self.node.key_names, keys, strict=True)),
                row=columns,
                ts=ts,
                part=flow.part,
                live=live,
                old=old,
                had=had if self.wants_old else None,
                raw=flow.raw if flow.window is not None else raw,
                window=flow.window,
                pseudo={"ROWTIME": variable(ts, nullable=False)},
            )
        )

    def _columns(self, left: str, right: str, keys: list[Any]) -> dict[str, Any]:
        first, second = self.sides
        return {**unpack(self, first, left, 1, self.needed, keys), **unpack(self, second, right, 1, self.needed, keys)}


class StreamStreamJoinStep(JoinStep):
    """One operator a partition; each keeps its own buffers and times."""

    node: n.StreamStreamJoin

    def make(self) -> list[StreamStreamJoin]:
        node, build = self.node, self.build
        # ksqlDB runs RIGHT as LEFT with the streams exchanged, the window's bounds as they are.
        self.exchanged = node.kind == "RIGHT"
        bounds = Bounds("LEFT" if self.exchanged else node.kind, node.before, node.after, node.grace)
        first, second = reversed(self.sides) if self.exchanged else self.sides
        codecs = (RowCodec(first.kinds), RowCodec(second.kinds))
        names = [build.name(f"join.{part}") for part in ("left", "right", "waiting", "stream")]
        operators = []
        for partition in range(build.partitions):
            buffers = (build.join_buffer(names[0], partition, codecs[0]), build.join_buffer(names[1], partition, codecs[1]))
            waiting = build.partition_store(names[2], partition, [list[bytes]])
            times = build.partition_times(names[3], partition, 3).now
            operators.append(build.derived(waiting, partial(StreamStreamJoin, bounds, buffers, waiting, codecs, times)))
        build.housekeeping += [op.expire for op in operators]
        return operators

    def takes_null_key(self, side: int) -> bool:
        return self.node.kind in (("LEFT", "OUTER"), ("RIGHT", "OUTER"))[side]

    @property
    def passes_null(self) -> bool:
        return True

    def null(self, flow: Flow, side: int) -> None:
        times = self.source.bind("s", tuple(op.time for op in self.operator))
        self.source.line(f"{times}[{flow.part}]({flow.ts})")

    def consume(self, flow: Flow, side: int) -> None:
        source = self.source
        keys = list(flow.keys.values())
        test = f"{flow.raw} is None" if flow.raw is not None else " or ".join(f"{k.src} is None" for k in keys if k.nullable)
        if test and not self.takes_null_key(side):
            with source.block(f"if {test}:"):
                source.line(f"{self.build.dropped('the key of the join is NULL')}()")
                source.line("continue")
            raw = key_bytes(self, flow, self.sides[side])
        elif test and flow.raw is None:
            raw = source.fresh("kb")
            with source.block(f"if {test}:"):
                source.line(f"{raw} = None")
            with source.block("else:"):
                source.line(f"{raw} = {key_bytes(self, flow, self.sides[side])}")
        else:
            raw = key_bytes(self, flow, self.sides[side])
        records = tuple(op.record for op in self.operator)
        given = f"{1 - side if self.exchanged else side}, {raw}, {flow.ts}, {row_source(flow, self.sides[side])}"
        call = f"{source.bind('s', records)}[{flow.part}]({given})"
        key, left, right, ts = (source.fresh(p) for p in ("kb", "g", "g", "ts"))
        pair = f"{right}, {left}" if self.exchanged else f"{left}, {right}"
        with source.block(f"for {key}, {pair}, {ts} in {call}:"):
            window = None
            if flow.window is not None:
                key, window = split_key(self, key)
            wanted = self.needed
            key_columns: Sequence[Column] = self.node.left.schema.key
            names = list(self.node.key_names)
            sides = set(self.sides[0].keys) | set(self.sides[1].keys)
            columns = write_key_columns(self, key, key_columns, names, set(names) if wanted & (set(names) | sides) else set(), True)
            codes = list(columns.values())
            row = {**self._side(0, left, codes), **self._side(1, right, codes)}
            self.forward(
                Flow(
                    keys=columns,
                    row=row,
                    ts=ts,
                    part=flow.part,
                    raw=key,
                    window=window,
                    keyless=f"{key} is None",
                    pseudo={"ROWTIME": variable(ts, nullable=False)},
                )
            )

    def _side(self, index: int, row: str, keys: list[Any]) -> dict[str, Any]:
        side: Side = self.sides[index]
        return unpack(self, side, row, 0, self.needed, keys)


__all__ = ["Build", "StreamStreamJoinStep", "TableTableJoinStep"]
