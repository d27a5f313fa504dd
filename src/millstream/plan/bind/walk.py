"""Going through syntax trees of expressions: children, search, and rewriting from the outside in.

What may not live here: anything that knows what a node means.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

from millstream.sql import tree


def children(expr: tree.Expr) -> Iterator[tree.Expr]:
    """Direct sub-expressions, left to right."""
    for f in dataclasses.fields(expr):
        yield from _inside(getattr(expr, f.name))


def _inside(value: Any) -> Iterator[tree.Expr]:
    if isinstance(value, tree.Expr):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _inside(item)


def every(expr: tree.Expr) -> Iterator[tree.Expr]:
    """The expression and everything inside it, parents first."""
    yield expr
    for child in children(expr):
        yield from every(child)


def rewrite(expr: tree.Expr, change: Callable[[tree.Expr], tree.Expr | None]) -> tree.Expr:
    """A copy where every sub-expression for which ``change`` gives something is replaced by it (and not gone into)."""
    changed = change(expr)
    if changed is not None:
        return changed
    values = {f.name: getattr(expr, f.name) for f in dataclasses.fields(expr)}
    new = {name: _rewritten(value, change) for name, value in values.items()}
    if all(new[name] is values[name] for name in values):
        return expr
    return dataclasses.replace(expr, **new)


def _rewritten(value: Any, change: Callable[[tree.Expr], tree.Expr | None]) -> Any:
    if isinstance(value, tree.Expr):
        return rewrite(value, change)
    if isinstance(value, tuple):
        items = tuple(_rewritten(item, change) for item in value)
        return value if all(a is b for a, b in zip(items, value, strict=True)) else items
    return value
