"""What the joins share: which columns of each side are kept, and the joined record made of two kept rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from millstream.dataclass import dataclass
from millstream.engine.compile.expressions import Code
from millstream.engine.compile.flow import Flow, variable
from millstream.engine.compile.keys import write_key_bytes
from millstream.engine.compile.output import window_bytes
from millstream.engine.compile.step import Step, key_names
from millstream.plan import nodes as n
from millstream.types import Column, Role


@dataclass(slots=True)
class Side:
    """One input of a join: its node, and the columns of it that somebody reads (its key columns apart)."""

    node: n.Node
    columns: list[Column]
    keys: list[str]

    @property
    def kinds(self) -> list[Any]:
        return [c.type for c in self.columns]


def sides_of(step: Step, columns: set[str], extra: Sequence[set[str]] = (set(), set())) -> list[Side]:
    """The sides of a two-sided join; tells the inputs what they must give. ``extra``: columns that the join itself reads of a side."""
    sides = []
    all_keys = {*key_names(step.node.left), *key_names(step.node.right), *step.node.key_names}
    for index, node in enumerate((step.node.left, step.node.right)):
        keys = key_names(node)
        kept = [c for c in node.schema if c.name in columns and c.role is not Role.KEY]
        wanted = {c.name for c in kept} | extra[index]
        if not step.inputs[index].gives_raw or columns & all_keys:
            wanted |= set(keys)
        step.inputs[index].require(wanted, False)
        sides.append(Side(node, kept, keys))
    return sides


def row_source(flow: Flow, side: Side, *first: str) -> str:
    """Source of the tuple that is kept of a record: ``first``, then the side's columns."""
    scope = flow.scope
    return "(" + "".join(f"{src}, " for src in [*first, *(scope[c.name].src for c in side.columns)]) + ")"


def key_bytes(step: Step, flow: Flow, side: Side) -> str:
    """Write the bytes under which a record is kept: its key, and the bounds of its window if it has one."""
    raw = write_key_bytes(step, list(flow.keys.values()), side.node.schema.key, flow.raw)
    if flow.window is None:
        return raw
    name, stamps = step.source.fresh("kb"), step.source.bind("s", window_bytes)
    step.source.line(f"{name} = {raw} + {stamps}[{flow.window[0]}] + {stamps}[{flow.window[1]}]")
    return name


def split_key(step: Step, key: str) -> tuple[str, tuple[str, str]]:
    """Write the parts of a kept windowed key: the key's bytes, and the window's start and end."""
    source = step.source
    raw, start, end = source.fresh("kb"), source.fresh("ws"), source.fresh("we")
    number = source.bind("f", int.from_bytes)
    source.line(f"{raw}, {start}, {end} = {key}[:-16], {number}({key}[-16:-8], 'big'), {number}({key}[-8:], 'big')")
    return raw, (start, end)


def unpack(step: Step, side: Side, row: str, skip: int, needed: set[str], keys: Sequence[Code]) -> dict[str, Code]:
    """Write the columns of a kept row that may be None; its key columns are the join's ``keys`` where there is a row."""
    source = step.source
    found = {c.name: variable(source.fresh("c")) for c in side.columns}
    names = [code.src for code in found.values()]
    copies = {}
    for name, code in zip(side.keys, keys, strict=False):
        if name in needed:
            copies[name] = (variable(source.fresh("c")), code)
    if names or copies:
        with source.block(f"if {row} is None:"):
            source.line(" = ".join([*names, *(c.src for c, _ in copies.values())]) + " = None")
        with source.block("else:"):
            if names:
                source.line(f"{', '.join(['_'] * skip + names)}, = {row}")
            for copy, code in copies.values():
                source.line(f"{copy.src} = {code.src}")
    return {**found, **{name: copy for name, (copy, _) in copies.items()}}
