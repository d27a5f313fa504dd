"""Scan: the loop over a batch, and the decoding of keys, values, timestamps and headers.

Every scan becomes one function ``scanN(keys, values, times, offsets, headers, part)`` of one partition's records. JSON objects go through
the fast decoder; what it refuses, and every other format, through the format's own decoder. A record that cannot be decoded is skipped and
reported. All columns of the relation are decoded, read or not: ksqlDB skips a record for any column that it cannot take.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from millstream import formats
from millstream.engine.compile.decode import SKIP, JsonRows, header_reader, timestamp_reader
from millstream.engine.compile.expressions import Code
from millstream.engine.compile.flow import LAST, Flow, variable
from millstream.engine.compile.step import Step, key_names
from millstream.engine.compile.tables import keep_table
from millstream.errors import RecordError
from millstream.plan import nodes as n
from millstream.types import Base, Column, Role

if TYPE_CHECKING:
    from millstream.engine.compile.build import Build

_RECORD_COLUMNS = {"ROWTIME": "ts", "ROWPARTITION": "part", "ROWOFFSET": "o"}
NO_WINDOW = RecordError("expected a key that ends in the times of its window, got one that is too short, or times that no window has")


class ScanStep(Step):
    """Reads a relation's topic."""

    node: n.Scan

    def __init__(self, build: Build, node: n.Scan) -> None:
        super().__init__(build, node)
        self.relation = node.relation
        self.function = f"scan{len(build.scans)}"
        build.scans.append(self)

    def require(self, columns: set[str], old: bool) -> None:
        self.needed = set(columns)
        self.wants_old = old
        stamp = self.relation.timestamp
        if stamp is not None:
            # A key column may give the record's time; it is known here by the query's name for it.
            self.needed |= {c.name for c, name in zip(self.node.schema, self.node.columns, strict=True) if name == stamp.column}

    def write(self) -> None:
        """Write the scan's function, and with it everything up to the sink."""
        source = self.source
        columns = zip(self.node.schema, self.node.columns, strict=True)
        offset = any(name == "ROWOFFSET" and column.name in self.needed for column, name in columns)
        head = "k, v, ts, h in zip(keys, values, times, headers)"
        if offset:
            head = "k, v, ts, o, h in zip(keys, values, times, offsets, headers)"
        with source.function(f"{self.function}(keys, values, times, offsets, headers, part)"), source.block(f"for {head}:"):
            if self.relation.is_table:
                with source.block("if k is None:"):
                    source.line(f"{self.build.dropped('a table record has no key')}()")
                    source.line("continue")
            raw, window = self._window()
            keys = self._keys(raw)
            self._decode()
            flow = Flow(
                keys=keys,
                row={},
                ts="ts",
                part="part" if self.build.partitions > 1 else "0",
                raw=raw if self.has_raw_key else None,
                window=window,
                keyless=None if self.relation.is_table or window is not None else "k is None",
            )
            if self.relation.is_table:
                keep_table(self, flow, self._row)
            else:
                self._stream(flow)
        source.line("")

    @property
    def gives_raw(self) -> bool:
        return self.has_raw_key

    @property
    def has_raw_key(self) -> bool:
        """Whether the record's key is the KAFKA form of one STRING column, so that its bytes can stand for it."""
        key = self.relation.schema.key
        return len(key) == 1 and key[0].type.base is Base.STRING and self.relation.key_format.name == "KAFKA"

    def _stream(self, flow: Flow) -> None:
        with self.source.block("if r is None:"):
            if self.parent is not None and self.parent.passes_null:
                self.forward_null(flow)
            self.source.line("continue")
        row = self._row()
        self.forward(flow.but(row=row))

    def _window(self) -> tuple[str, tuple[str, str] | None]:
        """Split a windowed key into its parts: the key, and behind it the window's start, of a session its end before that."""
        window = self.relation.window
        if window is None:
            return "k", None
        source = self.source
        with source.block("if k is None:"):
            source.line("continue")
        big = source.bind("f", int.from_bytes)
        if window.kind == "SESSION":
            source.line(f"kk, we, ws = k[:-16], {big}(k[-16:-8], 'big'), {big}(k[-8:], 'big')")
            damaged = "len(k) < 16 or ws > we or we >> 63"
        else:
            source.line(f"kk, ws = k[:-8], {big}(k[-8:], 'big')")
            source.line(f"we = min(ws + {window.size}, {LAST})")
            damaged = "len(k) < 8 or ws >> 63"
        with source.block(f"if {damaged}:"):
            source.line(f"{self.build.undecodable(self.relation.topic, 'key')}({source.bind('s', NO_WINDOW)}, k)")
            source.line("continue")
        return "kk", ("ws", "we")

    def _keys(self, raw: str) -> dict[str, Code]:
        """Decode the key's columns, if anybody reads them."""
        schema = self.relation.schema.key
        names = key_names(self.node)
        if not schema:
            return {}
        source = self.source
        if self.has_raw_key:
            name = source.fresh("c")
            if self.needed & set(names):
                never_null = self.relation.is_table or self.relation.window is not None
                decoded = f"{raw}.decode('utf-8', 'replace')"
                source.line(f"{name} = {decoded}" if never_null else f"{name} = None if {raw} is None else {decoded}")
            self.key_variables = {schema[0].name: name}
            return {names[0]: variable(name)}
        spec = self.relation.key_format
        decoder = formats.get(spec.name).decoder(schema, spec.options, self.build.schemas)
        variables = [source.fresh("c") for _ in schema]
        with source.block("try:"):
            source.line(f"r = {source.bind('f', decoder)}({raw})")
        with source.block("except Exception as e:"):
            source.line(f"{self.build.undecodable(self.relation.topic, 'key')}(e, k)")
            source.line("continue")
        # Key bytes that say NULL (an empty DELIMITED text, JSON's null): a stream's key is NULL then, a table's record has none.
        with source.block("if r is None or r[0] is None:" if self.relation.is_table and len(schema) == 1 else "if r is None:"):
            if self.relation.is_table:
                source.line(f"{self.build.dropped('a table record has no key')}()")
                source.line("continue")
            source.line(f"{' = '.join(variables)} = None")
        with source.block("else:"):
            source.line(f"{', '.join(variables)}{',' if len(variables) == 1 else ''} = r")
        self.key_variables = {c.name: v for c, v in zip(schema, variables, strict=True)}
        return {name: variable(self.key_variables[column]) for name, column in zip(names, self._key_sources(), strict=True)}

    def _key_sources(self) -> list[str]:
        return [c for column, c in zip(self.node.schema, self.node.columns, strict=True) if column.role is Role.KEY]

    def _decode(self) -> None:
        """Leave the decoded value in ``r`` (None: no value)."""
        source, value = self.source, self._value_columns()
        spec = self.relation.value_format
        if spec.name == "JSON" and not spec.options.unwrapped:
            rows = JsonRows(value, source.namespace, self.build.report_undecodable(self.relation.topic, "value"))
            decode, slow = rows.name_in(source), source.bind("f", rows.slow)
            self.fields = {c.name: f"r.c{i}" for i, c in enumerate(value)}
        else:
            decoder = formats.get(spec.name).decoder(value, spec.options, self.build.schemas)
            decode, slow = source.bind("f", decoder), ""
            self.fields = {c.name: f"r[{i}]" for i, c in enumerate(value)}
        with source.block("if v is None:"):
            source.line("r = None")
        with source.block("else:"):
            with source.block("try:"):
                source.line(f"r = {decode}(v)")
            with source.block("except Exception as e:"):
                if slow:
                    source.line(f"r = {slow}(v)")
                    with source.block(f"if r is {source.bind('s', SKIP)}:"):
                        source.line("continue")
                else:
                    source.line(f"{self.build.undecodable(self.relation.topic, 'value')}(e, v)")
                    source.line("continue")

    def _value_columns(self) -> tuple[Column, ...]:
        """The value columns to decode."""
        return self.relation.schema.value

    def _row(self) -> dict[str, Code]:
        """Bind what is read of the decoded value, after the record's own timestamp is set."""
        source = self.source
        self._timestamp()
        row: dict[str, Code] = {}
        for column, name in zip(self.node.schema, self.node.columns, strict=True):
            if column.role is Role.KEY or column.name not in self.needed:
                continue
            if column.role is Role.PSEUDO:
                if name in _RECORD_COLUMNS:
                    row[column.name] = variable(_RECORD_COLUMNS[name], nullable=False)
                else:
                    row[column.name] = variable("ws" if name == "WINDOWSTART" else "we", nullable=False)
                continue
            variable_name = source.fresh("c")
            header = self.relation.schema.find(name)
            if header is not None and header.role is Role.HEADERS:
                source.line(f"{variable_name} = {source.bind('f', header_reader(header.header))}(h)")
            else:
                source.line(f"{variable_name} = {self.fields[name]}")
            row[column.name] = variable(variable_name)
        return row

    def _timestamp(self) -> None:
        """Take ROWTIME from a column, where the relation says so."""
        spec = self.relation.timestamp
        column = None if spec is None else self.relation.schema.find(spec.column)
        if spec is None or column is None:
            return
        source = self.source
        value = self.fields.get(spec.column) or self.key_variables[spec.column]
        with source.block("try:"):
            source.line(f"ts = {source.bind('f', timestamp_reader(column.type, spec.format))}({value})")
        with source.block("except Exception as e:"):
            source.line(f"{self.build.failure(f'timestamp column {spec.column}')}(e)")
            source.line("continue")
