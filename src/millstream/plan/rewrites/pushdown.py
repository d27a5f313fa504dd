"""A filter above a stream-table join that only reads the stream goes below it: rows that fail are not looked up.

Only where nothing else can be seen of it: the predicate cannot fail, and the join has no clock of its own. Stream-stream joins stay as
they are, since a record that is filtered out still moves their stream time.
"""

from __future__ import annotations

import dataclasses

from millstream.plan.expr import ColumnRef, Compare, IsNull, Literal, Logical, Not, TypedExpr
from millstream.plan.nodes import Filter, Node, StreamTableJoin
from millstream.plan.rewrites.traverse import columns_of, map_inputs, subexpressions
from millstream.types import Role

_SAFE = (ColumnRef, Compare, IsNull, Literal, Logical, Not)


def push_filters(root: Node) -> Node:
    """``root`` with such filters moved."""
    node = map_inputs(root, push_filters)
    if not isinstance(node, Filter) or not isinstance(node.input, StreamTableJoin):
        return node
    join = node.input
    if not _cannot_fail(node.predicate) or not columns_of(node.predicate) <= _same_below(join):
        return node
    below = Filter(join.left.schema, False, join.left.window, join.left, node.predicate)
    return dataclasses.replace(join, left=below)


def _cannot_fail(predicate: TypedExpr) -> bool:
    return all(isinstance(e, _SAFE) for e in subexpressions(predicate))


def _same_below(join: StreamTableJoin) -> set[str]:
    """Columns of the stream that mean the same above the join."""
    return {c.name for c in join.left.schema if (found := join.schema.find(c.name)) is not None and found.role is not Role.PSEUDO}
