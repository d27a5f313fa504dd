"""Expressions of literals become literals."""

from __future__ import annotations

from millstream.plan.expr import Literal, TypedExpr
from millstream.plan.nodes import Node
from millstream.plan.rewrites.fold import fold
from millstream.plan.rewrites.traverse import map_expressions, map_inputs


def fold_constants(root: Node) -> Node:
    """``root`` with constant sub-expressions computed, where that cannot change an error."""
    return map_expressions(map_inputs(root, fold_constants), _folded)


def _folded(expr: TypedExpr) -> TypedExpr | None:
    if isinstance(expr, Literal):
        return None
    return fold(expr)
