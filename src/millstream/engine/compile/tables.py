"""A table's scan: rows and deletions, and the rows it had before where some node above needs them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from millstream.engine.compile.expressions import Code
from millstream.engine.compile.flow import Flow, variable
from millstream.engine.compile.keys import write_key_bytes
from millstream.types import Role

if TYPE_CHECKING:
    from millstream.engine.compile.step import Step


def keep_table(scan: Step, flow: Flow, bind_row: Callable[[], dict[str, Code]]) -> None:
    """Write the code from a decoded value ``r`` (None deletes) to the change that the parent gets."""
    source = scan.source
    # A relation's own timestamp is in its rows: a deletion has none, and ksqlDB drops it as it drops a NULL one.
    if scan.node.relation.timestamp is not None:
        with source.block("if r is None:"):
            source.line("continue")
    source.line("live = r is not None")
    with source.block("if live:"):
        row = bind_row()
    names = [c.src for c in row.values() if c.src[0] == "c"]
    if names:
        with source.block("else:"):
            source.line(f"{' = '.join(names)} = None")
    flow = flow.but(row=row, live="live")
    scan.forward(_with_old(scan, flow) if scan.wants_old else flow)


def _with_old(scan: Step, flow: Flow) -> Flow:
    """Write the exchange of the key's row in the scan's store: the old one out, the new one in."""
    source, build = scan.source, scan.build
    columns = [c for c in scan.node.schema if c.name in flow.row and c.role is not Role.KEY]
    kinds = [c.type for c in columns]
    raw = write_key_bytes(scan, list(flow.keys.values()), scan.node.relation.schema.key, flow.raw)
    where, store = raw, None
    if flow.window is None:
        store = build.store("table", kinds)
    else:
        store = build.window_store("table", kinds)
        where = source.fresh("wk")
        source.line(f"{where} = ({raw}, {flow.window[0]})")
    cache = source.bind("s", store.cache)
    old, had = source.fresh("g"), source.fresh("b")
    source.line(f"{old} = {cache}.get({where})")
    with source.block(f"if {old} is None:"):
        source.line(f"{old} = {source.bind('f', store.get)}({where})")
    source.line(f"{had} = {old} is not None")
    values = "".join(f"{flow.row[c.name].src}, " for c in columns)
    source.line(f"{cache}[{where}] = ({values}) if live else None")
    source.line(f"{source.bind('f', store.dirty.add)}({where})")
    before = {c.name: variable(source.fresh("c")) for c in columns}
    if before:
        with source.block(f"if {had}:"):
            source.line(f"{', '.join(c.src for c in before.values())}, = {old}")
        with source.block("else:"):
            source.line(f"{' = '.join(c.src for c in before.values())} = None")
    return flow.but(old=before, had=had, raw=raw)
