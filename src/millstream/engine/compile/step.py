"""The frame of code writing: one step a plan node, pushing records from the scans up to the sink.

``require`` goes down first and tells each step which of its columns anybody reads. Then each scan writes a function; a step's ``consume``
adds its own lines and hands the record to its parent, so that everything above a scan becomes one function body. ``continue`` always means:
this record gives nothing (more).
"""

# ruff: noqa: ARG002 - steps share one contract.
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from millstream.engine.compile.expressions import Code, Expressions
from millstream.engine.compile.flow import Flow, variable
from millstream.plan import expr as x
from millstream.plan.nodes import Node

if TYPE_CHECKING:
    from millstream.engine.compile.build import Build


class Step:
    """A node while code is written for it. Subclasses say what happens to a record."""

    def __init__(self, build: Build, node: Any, inputs: Sequence[Step] = ()) -> None:
        self.build = build
        self.source = build.source
        self.node = node
        self.inputs = list(inputs)
        self.parent: Step | None = None
        self.side = 0
        self.wants_old = False
        for side, step in enumerate(inputs):
            step.parent, step.side = self, side

    def require(self, columns: set[str], old: bool) -> None:
        """Learn which output columns are read, and whether the row before a change is; pass on what the inputs must give."""
        raise NotImplementedError

    def consume(self, flow: Flow, side: int) -> None:
        """Write the code for a record of input ``side``."""
        raise NotImplementedError

    def null(self, flow: Flow, side: int) -> None:
        """Write the code for a record of a stream that has no value. Most nodes drop it: nothing is written."""

    def forward(self, flow: Flow) -> None:
        """Hand a record to the parent."""
        if self.parent is not None:
            self.parent.consume(flow, self.side)

    def forward_null(self, flow: Flow) -> None:
        if self.parent is not None:
            self.parent.null(flow, self.side)

    @property
    def passes_null(self) -> bool:
        """Whether a value-less record of this step's input 0 gets anywhere."""
        return False

    @property
    def notes(self) -> bool:
        """Whether this step, or one that gets the record as it is, has something to note in its spot (see ``flow.Spot``)."""
        return False

    def takes_null_key(self, side: int) -> bool:
        """Whether a record whose key is NULL gives something here (the preserved side of a stream's outer join)."""
        return False

    @property
    def gives_raw(self) -> bool:
        """Whether this step's records carry their key as bytes (``Flow.raw``)."""
        return bool(self.inputs) and self.inputs[0].gives_raw

    def key_variable(self, code: Code, what: str, on_failure: str = "continue") -> Code:
        """Write ``variable = code`` for a part of a key; a failure is reported and ends in ``on_failure``."""
        if code.atom:
            return code
        name = self.source.fresh("k")
        if not code.raises:
            self.source.line(f"{name} = {code.src}")
            return variable(name, code.nullable)
        with self.source.block("try:"):
            self.source.line(f"{name} = {code.src}")
        with self.source.block("except Exception as e:"):
            self.source.line(f"{self.build.failure(what)}(e)")
            self.source.line(on_failure)
        return variable(name, code.nullable)

    def expressions(self, scope: Mapping[str, Code], log: bool = True) -> Expressions:
        """The compiler over a scope. ``log``: failures inside expressions go to the processing log."""
        fails_whole = self.build.plan.properties.get("ksql.nested.error.set.null", "true").lower() == "false"
        return Expressions(self.source, self.build.functions, scope, self.build.failures.failed if log else None, fails_whole)

    def assign(self, code: Code, prefix: str, what: str, live: str | None, log: bool = True) -> Code:
        """Write ``variable = code``; a failure gives NULL and a row in the processing log that names ``what``."""
        if code.atom:
            return code
        name = self.source.fresh(prefix)
        line = f"{name} = {code.src}" if live is None else f"{name} = {code.src} if {live} else None"
        if not code.raises:
            self.source.line(line)
            return variable(name, code.nullable or live is not None)
        with self.source.block("try:"):
            self.source.line(line)
        with self.source.block("except Exception as e:"):
            self.source.line(f"{name} = None")
            if log:
                self.source.line(f"{self.build.failure(what)}(e)")
        return variable(name)

    def condition(self, code: Code, what: str, live: str | None = None) -> str:
        """Write ``variable = code`` for a condition; a failure is FALSE and a row in the processing log."""
        name = self.source.fresh("b")
        line = f"{name} = {code.src}" if live is None else f"{name} = {live} and {code.src}"
        if not code.raises:
            self.source.line(line)
            return name
        with self.source.block("try:"):
            self.source.line(line)
        with self.source.block("except Exception as e:"):
            self.source.line(f"{name} = False")
            self.source.line(f"{self.build.failure(what)}(e)")
        return name


def columns_of(exprs: Iterable[x.TypedExpr]) -> set[str]:
    """Names of all columns that expressions read."""
    found: set[str] = set()
    todo: list[Any] = list(exprs)
    while todo:
        item = todo.pop()
        if isinstance(item, x.ColumnRef):
            found.add(item.name)
        elif isinstance(item, x.TypedExpr):
            todo += [getattr(item, slot) for cls in type(item).__mro__ for slot in getattr(cls, "__slots__", ())]
        elif isinstance(item, tuple):
            todo += item
    return found


def key_names(node: Node) -> list[str]:
    return [c.name for c in node.schema.key]
