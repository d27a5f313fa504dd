"""Going through plans and typed expressions: children, columns used, copies with changed parts.

What may not live here: a rewrite.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

from millstream.plan.expr import ColumnRef, TypedExpr
from millstream.plan.nodes import AggregateCall, Node


def inputs(node: Node) -> list[Node]:
    """Direct inputs, left to right."""
    return [v for f in dataclasses.fields(node) if isinstance(v := getattr(node, f.name), Node)]


def every_node(node: Node) -> Iterator[Node]:
    """The node and everything below it, parents first."""
    yield node
    for child in inputs(node):
        yield from every_node(child)


def map_inputs(node: Node, change: Callable[[Node], Node]) -> Node:
    """A copy with every direct input replaced; the node itself when nothing changed."""
    new = {f.name: change(v) for f in dataclasses.fields(node) if isinstance(v := getattr(node, f.name), Node)}
    return node if all(new[n] is getattr(node, n) for n in new) else dataclasses.replace(node, **new)  # type: ignore[arg-type]


def subexpressions(expr: TypedExpr) -> Iterator[TypedExpr]:
    """The expression and everything inside it, parents first."""
    yield expr
    for f in dataclasses.fields(expr):
        for child in _expressions(getattr(expr, f.name)):
            yield from subexpressions(child)


def _expressions(value: Any) -> Iterator[TypedExpr]:
    if isinstance(value, TypedExpr):
        yield value
    elif isinstance(value, AggregateCall):
        yield from value.args
    elif isinstance(value, tuple):
        for item in value:
            yield from _expressions(item)


def columns_of(expr: TypedExpr) -> set[str]:
    """Names of the input columns that the expression reads."""
    return {e.name for e in subexpressions(expr) if isinstance(e, ColumnRef)}


def expressions_of(node: Node) -> Iterator[TypedExpr]:
    """The expressions of a node itself (not of its inputs)."""
    for f in dataclasses.fields(node):
        value = getattr(node, f.name)
        if not isinstance(value, Node):
            yield from _expressions(value)


def map_expression(expr: TypedExpr, change: Callable[[TypedExpr], TypedExpr | None]) -> TypedExpr:
    """A copy in which every sub-expression for which ``change`` gives something is replaced (and not gone into)."""
    changed = change(expr)
    if changed is not None:
        return changed
    values = {f.name: getattr(expr, f.name) for f in dataclasses.fields(expr)}
    new = {n: _mapped(v, change) for n, v in values.items()}
    return expr if all(new[n] is values[n] for n in values) else dataclasses.replace(expr, **new)


def map_expressions(node: Node, change: Callable[[TypedExpr], TypedExpr | None]) -> Node:
    """A copy of the node with its own expressions changed."""
    values = {f.name: v for f in dataclasses.fields(node) if not isinstance(v := getattr(node, f.name), Node)}
    new = {n: _mapped(v, change) for n, v in values.items()}
    return node if all(new[n] is values[n] for n in values) else dataclasses.replace(node, **new)


def _mapped(value: Any, change: Callable[[TypedExpr], TypedExpr | None]) -> Any:
    if isinstance(value, TypedExpr):
        return map_expression(value, change)
    if isinstance(value, AggregateCall):
        args = _mapped(value.args, change)
        return value if args is value.args else dataclasses.replace(value, args=args)
    if isinstance(value, tuple):
        items = tuple(_mapped(item, change) for item in value)
        return value if all(a is b for a, b in zip(items, value, strict=True)) else items
    return value
