"""The sink: rows of the root become records of the sink's topic, or rows for a client.

Keys are encoded and given their partition once a key: the row they come from notes both (``flow.Spot``), else ``Route`` remembers them.
JSON values are kept as Structs and encoded when the slice is done, other formats are encoded at once.
"""

# ruff: noqa: ARG002 - steps share one contract.
from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from millstream import formats
from millstream.engine.compile.decode import timestamp_reader
from millstream.engine.compile.expressions import Code
from millstream.engine.compile.flow import Flow, variable
from millstream.engine.compile.keep import ResultKeeper, aggregate_below
from millstream.engine.compile.keys import state_format
from millstream.engine.compile.output import ClientRows, Route, window_bytes
from millstream.engine.compile.step import Step
from millstream.formats.json.encode import careful_encoder, struct_encoder
from millstream.plan import nodes as n
from millstream.plan.expr import ColumnRef
from millstream.types import Base, Role

if TYPE_CHECKING:
    from millstream.engine.compile.build import Build


class _Place(NamedTuple):
    """Names of what takes a record: three methods of a ``SinkPartition``, and itself."""

    put_key: str
    put_value: str
    put_time: str
    part: str


class SinkStep(Step):
    """Writes to a topic."""

    def __init__(self, build: Build, spec: n.SinkSpec, root: Step) -> None:
        super().__init__(build, root.node, [root])
        self.spec = spec
        self.keys = [c.name for c in root.node.schema.key]
        self.values = _value_names(root.node, spec)
        self.raw = self._raw_key()
        self.keeper: ResultKeeper | None = None
        if spec.is_table and aggregate_below(root) is None:
            self.keeper = ResultKeeper(self, spec.schema.key, spec.schema.value, spec.window)

    def require(self, columns: set[str], old: bool) -> None:
        self.inputs[0].require(set(self.values) | (set() if self.raw and self.inputs[0].gives_raw else set(self.keys)), False)

    @property
    def passes_null(self) -> bool:
        return True

    @property
    def notes(self) -> bool:
        return not (self.raw and len(self.build.output.partitions) == 1)

    def null(self, flow: Flow, side: int) -> None:
        self._append(flow, "None", null=True)

    def consume(self, flow: Flow, side: int) -> None:
        source, build = self.source, self.build
        codes = [flow.scope[name] for name in self.values]
        ts = self._timestamp(flow)
        if self.keeper is not None:
            self.keeper.write(flow.but(ts=ts), self.keys, self.values)
        columns = self.spec.schema.value
        if self.spec.value_format.name == "JSON" and not self.spec.value_format.options.unwrapped:
            row, encode = struct_encoder(columns)
            build.output.encode, build.output.careful = encode, careful_encoder(row, columns)
            value = f"{source.bind('s', row)}({', '.join(c.src for c in codes)})"
        else:
            encoder = formats.get(self.spec.value_format.name).encoder(columns, self.spec.value_format.options, build.schemas)
            value = source.fresh("w")
            call = f"{source.bind('f', encoder)}([{', '.join(c.src for c in codes)}])"
            with source.block("try:"):
                source.line(f"{value} = {call}" if flow.live is None else f"{value} = {call} if {flow.live} else None")
            with source.block("except Exception as e:"):
                source.line(f"{build.unwritable(self.spec.topic)}(e)")
                source.line("continue")
            self._append(flow.but(ts=ts, live=None, spot=flow.spot), value, null=True)
            return
        self._append(flow.but(ts=ts, spot=flow.spot), value, null=False)

    def _append(self, flow: Flow, value: str, null: bool) -> None:
        source = self.source
        output = source.bind("s", self.build.output)
        place, key = self._route(flow)
        with source.block("if h:"):
            source.line(f"{place.part}.header(h)")
        source.line(f"{place.put_key}({key})")
        source.line(f"{place.put_time}({flow.ts})")
        if flow.live is None:
            source.line(f"{place.put_value}({value})")
            if null:
                source.line(f"{output}.nulls = True")
            return
        with source.block(f"if {flow.live}:"):
            source.line(f"{place.put_value}({value})")
        with source.block("else:"):
            source.line(f"{place.put_value}(None)")
            source.line(f"{output}.nulls = True")

    def _route(self, flow: Flow) -> tuple[_Place, str]:
        """Write the look-up of the record's partition, unless there is only one; give what puts there, and the source of the key."""
        source, spot, place = self.source, flow.spot, _Place("put_key", "put_value", "put_time", "sink")
        raw = flow.raw if self.raw else None
        if raw is not None and len(self.build.output.partitions) == 1:
            part = self.build.output.partitions[0]
            puts = [source.bind("f", put) for put in (part.put_key, part.put_value, part.put_time)]
            return _Place(puts[0], puts[1], puts[2], source.bind("s", part)), self._with_window(raw, flow)
        if spot is None:
            return place, self._look_up(flow, raw)
        if raw is not None and flow.window is None:
            with source.block(f"if {spot.name} is None:"):
                source.line(f"{spot.name} = {source.bind('f', self.build.output.place)}({raw})")
                spot.keep(shared=True)
            source.line(f"put_key, put_value, put_time, sink = {spot.name}")
            return place, raw
        with source.block(f"if {spot.name} is None:"):
            key = self._look_up(flow, raw)
            source.line(f"{spot.name} = (kb := {key}), put_key, put_value, put_time, sink")
            spot.keep(shared=False)
        with source.block("else:"):
            source.line(f"kb, put_key, put_value, put_time, sink = {spot.name}")
        return place, "kb"

    def _look_up(self, flow: Flow, raw: str | None) -> str:
        """Write the look-up of partition and key bytes (unless ``raw`` are those); the source of the whole key, with its window."""
        source = self.source
        if raw is not None:
            source.line(f"put_key, put_value, put_time, sink = {source.bind('s', self.build.raw_route())}[{raw}]")
            return self._with_window(raw, flow)
        with source.block("try:"):
            source.line(f"kb, put_key, put_value, put_time, sink = {self._find(flow)}")
        with source.block("except Exception as e:"):
            source.line(f"{self.build.unwritable(self.spec.topic)}(e)")
            source.line("continue")
        return self._with_window("kb", flow)

    def _with_window(self, key: str, flow: Flow) -> str:
        """The source of a key with the window's bounds behind it, if it has one."""
        if flow.window is None or self.spec.window is None:
            return key
        stamps = self.source.bind("s", window_bytes)
        start, end = flow.window
        if self.spec.window.kind == "SESSION":
            return f"{key} + {stamps}[{end}] + {stamps}[{start}]"
        return f"{key} + {stamps}[{start}]"

    def _find(self, flow: Flow) -> str:
        """The source of the look-up of key bytes and partition by the key's values."""
        columns, options = self.spec.schema.key, self.spec.key_format
        codes = [flow.keys[name] for name in self.keys]
        encoder = formats.get(options.name).encoder(columns, options.options, self.build.schemas)
        name = self.source.bind("s", Route(self.build.output, encoder, len(columns)))
        hashable = all(c.type.base not in (Base.ARRAY, Base.MAP, Base.STRUCT, Base.DOUBLE) for c in columns)
        values = codes[0].src if len(codes) == 1 else "(" + "".join(f"{c.src}, " for c in codes) + ")"
        find = f"{name}[{values}]" if hashable else f"{name}.find({values})"
        return find if flow.keyless is None else f"{name}.keyless if {flow.keyless} else {find}"

    def _timestamp(self, flow: Flow) -> str:
        spec = self.spec.timestamp
        column = None if spec is None else self.spec.schema.find(spec.column)
        if spec is None or column is None:
            return flow.ts
        source = self.source
        names = {c.name: n for c, n in zip(self.spec.schema.value, self.values, strict=True)}
        names |= {c.name: n for c, n in zip(self.spec.schema.key, self.keys, strict=True)}
        value: Code = flow.scope[names[spec.column]]
        name = source.fresh("ts")
        read = source.bind("f", timestamp_reader(column.type, spec.format))
        with source.block("try:"):
            live = "" if flow.live is None else f" if {flow.live} else {flow.ts}"
            source.line(f"{name} = {read}({value.src}){live}")
        with source.block("except Exception as e:"):
            source.line(f"{self.build.failure(f'timestamp column {spec.column}')}(e)")
            source.line("continue")
        return name

    def _raw_key(self) -> bool:
        """Whether the key's bytes in the engine are those of the sink's key."""
        key = self.spec.schema.key
        return self.inputs[0].gives_raw and self.spec.key_format.name == "KAFKA" and state_format(key).name == "KAFKA"


class ClientStep(Step):
    """Gives rows to the client of a push query: one value a column of the root."""

    def __init__(self, build: Build, root: Step) -> None:
        super().__init__(build, root.node, [root])
        self.columns = [c.name for c in root.node.schema]

    def require(self, columns: set[str], old: bool) -> None:
        self.inputs[0].require(set(self.columns), False)

    def consume(self, flow: Flow, side: int) -> None:
        rows: ClientRows = self.build.rows
        scope = flow.scope
        values = "(" + "".join(f"{scope[c].src}, " for c in self.columns) + ")"
        put = self.source.bind("f", rows.put)
        if flow.live is None:
            self.source.line(f"{put}({values})")
            return
        keys = {**{c: variable("None") for c in scope}, **self._bounds(flow), **flow.keys}
        gone = "(" + "".join(f"{keys[c].src}, " for c in self.columns) + ")"
        with self.source.block(f"if {flow.live}:"):
            self.source.line(f"{put}({values})")
        with self.source.block("else:"):
            self.source.line(f"{self.source.bind('f', rows.delete)}({gone})")

    def _bounds(self, flow: Flow) -> dict[str, Code]:
        """Columns that are bounds of the key's window: a deletion has them too."""
        if flow.window is None:
            return {}
        bounds = dict(zip(("WINDOWSTART", "WINDOWEND"), flow.window, strict=True))
        node = self.node
        given = {c.name: e.name for c, e in node.items if isinstance(e, ColumnRef)} if isinstance(node, n.Project) else {}
        names = {c: given.get(c, c) for c in self.columns}
        return {c: variable(bounds[name], nullable=False) for c, name in names.items() if name in bounds}


def _value_names(root: n.Node, spec: n.SinkSpec) -> list[str]:
    """The root's columns that become the sink's value columns: by name, or by place where INSERT INTO names them otherwise."""
    available = [c.name for c in root.schema if c.role is not Role.KEY]
    wanted = [c.name for c in spec.schema.value]
    if set(wanted) <= set(available):
        return wanted
    values = [c.name for c in root.schema.value]
    return values[: len(wanted)]
