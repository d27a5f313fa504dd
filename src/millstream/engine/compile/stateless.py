"""Filter, Project, FlatMap and SelectKey: nodes that keep nothing."""

# ruff: noqa: ARG002 - steps share one contract.
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from millstream.engine.compile.expressions import Code
from millstream.engine.compile.flow import Flow, Spot, variable
from millstream.engine.compile.keys import write_key_bytes
from millstream.engine.compile.step import Step, columns_of
from millstream.plan import nodes as n
from millstream.plan.expr import ColumnRef
from millstream.types import Role

if TYPE_CHECKING:
    from millstream.engine.compile.build import Build


class FilterStep(Step):
    """A stream's record goes on or not; a table's row that stops to match becomes a deletion."""

    node: n.Filter

    @property
    def notes(self) -> bool:
        return self.parent is not None and self.parent.notes

    def require(self, columns: set[str], old: bool) -> None:
        self.wants_old = old
        self.inputs[0].require(columns | columns_of([self.node.predicate]), old or self.node.is_table)

    def consume(self, flow: Flow, side: int) -> None:
        what = "HAVING" if self.node.having else "WHERE"
        code = self.expressions(flow.scope).truth(self.node.predicate)
        if not self.node.is_table:
            test = code.src if not code.raises else self.condition(code, what)
            with self.source.block(f"if not {test}:"):
                self.source.line("continue")
            self.forward(flow)
            return
        live = self.condition(code, what, flow.live)
        if flow.old is None and not flow.final:
            # Nobody knows the row before (foreign-key joins): a row that does not match is a deletion.
            self.forward(flow.but(live=live))
            return
        if flow.old is None:
            with self.source.block(f"if not {live}:"):
                self.source.line("continue")
            self.forward(flow.but(live=None))
            return
        before = self.condition(self.expressions(flow.old_scope, log=False).truth(self.node.predicate), what, flow.had)
        with self.source.block(f"if not ({live} or {before}):"):
            self.source.line("continue")
        self.forward(flow.but(live=live, had=before, spot=flow.spot))


class ProjectStep(Step):
    """The SELECT list. A column that fails is NULL."""

    node: n.Project

    @property
    def notes(self) -> bool:
        return self.parent is not None and self.parent.notes

    def require(self, columns: set[str], old: bool) -> None:
        self.wants_old = old
        self.items = [(c, e) for c, e in self.node.items if c.role is Role.KEY or c.name in columns]
        needed = columns_of(e for c, e in self.items if c.role is not Role.KEY or c.name in columns)
        self.needed = columns
        self.inputs[0].require(needed, old)

    def consume(self, flow: Flow, side: int) -> None:
        keys = self._keys(flow)
        row = self._row(flow.scope, flow.live, log=True)
        old = None if flow.old is None else self._row(flow.old_scope, flow.had, log=False)
        self.forward(flow.but(keys=keys, row=row, old=old, pseudo={}, spot=self._spot(flow)))

    def _spot(self, flow: Flow) -> Spot | None:
        """The record's, with the columns as they are called here."""
        if flow.spot is None:
            return None
        columns = [c.name for c, e in self.items if isinstance(e, ColumnRef) and e.name in flow.spot.columns]
        return replace(flow.spot, columns=frozenset(columns))

    def null(self, flow: Flow, side: int) -> None:
        row = {c.name: variable("None") for c, _ in self.items if c.role is not Role.KEY}
        self.forward_null(flow.but(keys=self._keys(flow), row=row))

    @property
    def passes_null(self) -> bool:
        return self.parent is not None and self.parent.passes_null

    def _keys(self, flow: Flow) -> dict[str, Code]:
        keys = {}
        for column, expr in self.items:
            if column.role is Role.KEY and isinstance(expr, ColumnRef) and expr.name in flow.keys:
                keys[column.name] = flow.keys[expr.name]
        return keys

    def _row(self, scope: dict[str, Code], live: str | None, log: bool) -> dict[str, Code]:
        compiler = self.expressions(scope, log)
        row = {}
        for column, expr in self.items:
            if column.role is Role.KEY:
                continue
            code = compiler.compile(expr)
            row[column.name] = self.assign(code, "c", f"column {column.name}", live, log)
        return row


class FlatMapStep(Step):
    """Table functions: a row for each element of the longest result, shorter ones padded with NULL."""

    node: n.FlatMap

    def require(self, columns: set[str], old: bool) -> None:
        made = {name for name, _ in self.node.functions}
        self.inputs[0].require((columns - made) | columns_of(c for _, c in self.node.functions), old)

    def consume(self, flow: Flow, side: int) -> None:
        compiler = self.expressions(flow.scope)
        lists, names = [], []
        for name, expr in self.node.functions:
            lists.append(self.assign(compiler.compile(expr), "r", f"table function {name}", None).src)
            names.append(self.source.fresh("c"))
        if len(names) == 1:
            head = f"for {names[0]} in {lists[0]} or ():"
        else:
            together = self.source.bind("f", zip_longest)
            head = f"for {', '.join(names)} in {together}({', '.join(f'{i} or ()' for i in lists)}):"
        with self.source.block(head):
            made = {name: variable(v) for (name, _), v in zip(self.node.functions, names, strict=True)}
            self.forward(flow.but(row={**flow.row, **made}))


class SelectKeyStep(Step):
    """A new key. A key that fails is NULL; a NULL key drops the record where a join needs one."""

    node: n.SelectKey

    @property
    def gives_raw(self) -> bool:
        return False

    def require(self, columns: set[str], old: bool) -> None:
        made = {name for name, _ in self.node.keys}
        self.inputs[0].require((columns - made) | columns_of(e for _, e in self.node.keys), old)

    @property
    def passes_null(self) -> bool:
        return not self.node.internal and self.parent is not None and self.parent.passes_null

    def null(self, flow: Flow, side: int) -> None:
        """A record without a value: what of the key depends on the old key alone is there, the rest is NULL."""
        none = variable("None")
        compiler = self.expressions(flow.keys)
        keys = {}
        for name, expr in self.node.keys:
            known = columns_of([expr]) <= flow.keys.keys()
            keys[name] = self.assign(compiler.compile(expr), "k", f"key {name}", None) if known else none
        row = {c.name: none for c in self.node.schema if c.name not in keys}
        self.forward_null(flow.but(keys=keys, row=row, raw=None, window=None, keyless=_keyless(list(keys.values()))))

    def consume(self, flow: Flow, side: int) -> None:
        compiler = self.expressions(flow.scope)
        keys: dict[str, Code] = {}
        dropping = self.node.internal and not (self.parent is not None and self.parent.takes_null_key(self.side))
        for name, expr in self.node.keys:
            code = compiler.compile(expr)
            keys[name] = self.key_variable(code, f"key {name}") if dropping else self.assign(code, "k", f"key {name}", None)
        values = {name: code for name, code in flow.scope.items() if name not in keys}
        if keys and dropping:
            test = " or ".join(f"{c.src} is None" for c in keys.values() if c.nullable)
            if test:
                with self.source.block(f"if {test}:"):
                    self.source.line(f"{self.build.dropped('the key of the join is NULL')}()")
                    self.source.line("continue")
        raw = None
        if keys and self.build.keeps_time and self.build.partitions > 1:
            raw = self.source.fresh("kb")
            test = " or ".join(f"{c.src} is None" for c in keys.values() if c.nullable) or "False"
            with self.source.block(f"if {test}:"):
                self.source.line(f"{raw} = b''")
            with self.source.block("else:"):
                self.source.line(f"{raw} = {write_key_bytes(self, list(keys.values()), self.node.schema.key)}")
        part = self.build.partition_of_key(raw, flow)
        self.forward(flow.but(keys=keys, row=values, raw=None, part=part, window=None, keyless=_keyless(list(keys.values()))))


def _keyless(keys: list[Code]) -> str | None:
    """A new key of one column that is NULL is no key; several are a key, whatever they hold."""
    return f"{keys[0].src} is None" if len(keys) == 1 and keys[0].nullable else None


class SuppressStep(Step):
    """EMIT FINAL. The aggregation below does the waiting; what comes here is final already."""

    node: n.Suppress

    def __init__(self, build: Build, node: n.Suppress, inputs: Sequence[Step]) -> None:
        super().__init__(build, node, inputs)
        step: Any = inputs[0]
        while not hasattr(step, "final"):
            step = step.inputs[0]
        step.final = True

    def require(self, columns: set[str], old: bool) -> None:
        self.inputs[0].require(columns, old)

    def consume(self, flow: Flow, side: int) -> None:
        self.forward(flow)
