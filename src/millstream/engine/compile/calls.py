"""Aggregate calls: their arguments, states and results as source. Hot aggregates bring templates and are inlined."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from millstream.engine.compile.expressions import Code
from millstream.engine.compile.flow import variable
from millstream.errors import ExecutionError
from millstream.functions import AggregateFunction, Aggregator
from millstream.plan import nodes as n

if TYPE_CHECKING:
    from millstream.engine.compile.step import Step


class Calls:
    """The aggregate calls of one Aggregate node."""

    def __init__(self, step: Step, calls: Sequence[n.AggregateCall]) -> None:
        self.step = step
        self.calls = calls
        self.makers: list[Aggregator] = []
        self.templates: list[dict[str, str] | None] = []
        for call in calls:
            function = step.build.functions.find(call.function)
            if not isinstance(function, AggregateFunction):
                raise ExecutionError(f"Function {call.function} is no aggregate here.", hint="The plan was made with other functions.")
            overload = function.overloads[call.overload]
            types: Any = [a.type for a in call.args]
            self.makers.append(overload.make(types, list(call.constants), dict(step.build.plan.properties)))
            self.templates.append(overload.source)

    def arguments(self, scope: dict[str, Code], live: str | None) -> list[list[Code]]:
        """Write the arguments of every call; one that fails is NULL."""
        compiler = self.step.expressions(scope)
        return [
            [self.step.assign(compiler.compile(a), "a", f"argument of {call.function}", live) for a in call.args] for call in self.calls
        ]

    def inits(self) -> list[str]:
        """Source of every call's first state."""
        found = []
        for maker, template in zip(self.makers, self.templates, strict=True):
            found.append(template["init"] if template else f"{self.step.source.bind('f', maker.init)}()")
        return found

    def add(self, states: Sequence[str], args: list[list[Code]]) -> list[str]:
        """Write the states after one more row. What fails leaves the row out."""
        lines = []
        names = []
        raises = False
        for maker, template, state, given in zip(self.makers, self.templates, states, args, strict=True):
            name = self.step.source.fresh("s")
            names.append(name)
            srcs = [g.src for g in given]
            if template and "count" in template and not any(g.nullable for g in given):
                lines.append(f"{name} = {template['count'].format(state=state)}")
            elif template and "add" in template:
                lines.append(f"{name} = {template['add'].format(*srcs, state=state)}")
                raises = raises or bool(srcs)
            else:
                lines.append(f"{name} = {self.step.source.bind('f', maker.add)}({', '.join([state, *srcs])})")
                raises = True
        self._guarded(lines, raises)
        return names

    def change(self, states: Sequence[str], undo: str, add: str) -> list[str]:
        """Write the states after an old row was undone and a new one added; ``undo`` and ``add`` name tuples of arguments, or None."""
        source = self.step.source
        names = [source.fresh("s") for _ in self.calls]
        undos, adds = [], []
        at = 0
        for maker, call, name in zip(self.makers, self.calls, names, strict=True):
            width = len(call.args)
            old = "".join(f", {undo}[{at + i}]" for i in range(width))
            new = "".join(f", {add}[{at + i}]" for i in range(width))
            at += width
            undos.append(f"{name} = {source.bind('f', maker.undo)}({name}{old})")  # type: ignore[attr-defined]
            adds.append(f"{name} = {source.bind('f', maker.add)}({name}{new})")
        with source.block("try:"):
            source.line(f"{', '.join(names)}, = {', '.join(states)},")
            with source.block(f"if {undo} is not None:"):
                for line in undos:
                    source.line(line)
            with source.block(f"if {add} is not None:"):
                for line in adds:
                    source.line(line)
        self._failed()
        return names

    def results(self, states: Sequence[str], needed: set[str], live: str | None = None) -> dict[str, Code]:
        """Write the SQL values of the calls that anybody reads."""
        source = self.step.source
        found: dict[str, Code] = {}
        for call, maker, template, state in zip(self.calls, self.makers, self.templates, states, strict=True):
            name = call.column.name
            if name not in needed:
                continue
            if template:
                src = template.get("result", "{state}").format(state=state)
                if src == state and live is None:
                    found[name] = variable(state)
                    continue
                code = Code(f"({src})", raises=src != state)
            else:
                code = Code(f"{source.bind('f', maker.result)}({state})", raises=True)
            found[name] = self.step.assign(code, "c", f"result of {call.function}", live)
        return found

    def _guarded(self, lines: list[str], raises: bool) -> None:
        source = self.step.source
        if not raises:
            for line in lines:
                source.line(line)
            return
        with source.block("try:"):
            for line in lines:
                source.line(line)
        self._failed()

    def _failed(self) -> None:
        source = self.step.source
        with source.block("except Exception as e:"):
            source.line(f"{self.step.build.failure('an aggregate')}(e)")
            source.line("continue")
