"""Columns nobody reads are not scanned. Key columns always are."""

from __future__ import annotations

import dataclasses

from millstream.plan.nodes import (
    Aggregate,
    FlatMap,
    Node,
    Project,
    Scan,
    SelectKey,
)
from millstream.plan.rewrites.traverse import columns_of, expressions_of, inputs, map_inputs
from millstream.types import Role, Schema


def prune_columns(root: Node) -> Node:
    """``root`` with scans, and everything between, restricted to the columns that are used."""
    return _prune(root, {c.name for c in root.schema})


def _prune(node: Node, needed: set[str]) -> Node:
    if isinstance(node, Scan):
        return _scan(node, needed)
    used = {name for e in expressions_of(node) for name in columns_of(e)}
    if isinstance(node, Project | Aggregate):
        below = used
    elif isinstance(node, SelectKey | FlatMap):
        below = used | needed
    else:
        below = needed | used | {c.name for c in node.schema.key}
    pruned = map_inputs(node, lambda child: _prune(child, below & {c.name for c in child.schema}))
    if isinstance(node, Project | Aggregate):
        return pruned
    offered = {c.name for child in inputs(pruned) for c in child.schema}
    made = {c.name for c in node.schema} - {c.name for child in inputs(node) for c in child.schema}
    kept = tuple(c for c in node.schema if c.role is Role.KEY or c.name in made or c.name in offered)
    return pruned if len(kept) == len(node.schema) else dataclasses.replace(pruned, schema=Schema(kept))


def _scan(node: Scan, needed: set[str]) -> Scan:
    kept = [i for i, c in enumerate(node.schema) if c.role is Role.KEY or c.name in needed]
    if len(kept) == len(node.schema):
        return node
    schema = Schema(tuple(node.schema.columns[i] for i in kept))
    return dataclasses.replace(node, schema=schema, columns=tuple(node.columns[i] for i in kept))
