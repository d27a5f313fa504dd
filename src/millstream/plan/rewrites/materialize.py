"""Table scans whose rows are looked up, or whose old rows are needed, keep them in a store."""

from __future__ import annotations

import dataclasses

from millstream.plan.nodes import Aggregate, Filter, ForeignKeyJoin, Node, Project, Scan, StreamTableJoin, TableTableJoin
from millstream.plan.rewrites.traverse import map_inputs


def mark_materialized(root: Node) -> Node:
    """``root`` with ``Scan.materialize`` set below joins of tables and aggregations over tables."""
    return _mark(root, False)


def _mark(node: Node, wanted: bool) -> Node:
    if isinstance(node, Scan):
        return dataclasses.replace(node, materialize=True) if wanted and node.is_table and not node.materialize else node
    if isinstance(node, StreamTableJoin | TableTableJoin | ForeignKeyJoin):
        return map_inputs(node, lambda child: _mark(child, child.is_table))
    if isinstance(node, Aggregate):
        return map_inputs(node, lambda child: _mark(child, child.is_table))
    if isinstance(node, Filter | Project):
        return map_inputs(node, lambda child: _mark(child, wanted))
    return map_inputs(node, lambda child: _mark(child, False))
