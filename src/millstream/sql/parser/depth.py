"""The depth of a finished tree. Everything that walks trees later may recurse, because no tree is deeper than ``MAX_DEPTH``."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

from millstream.errors import Position, SqlSyntaxError
from millstream.sql.parser.cursor import MAX_DEPTH


@cache
def _names(of: type[Any]) -> tuple[str, ...]:
    return tuple(f.name for f in fields(of) if f.name not in ("at", "text"))


def check_depth(tree: Any, at: Position) -> None:
    """Raises SqlSyntaxError if the tree nests deeper than ``MAX_DEPTH`` nodes. Needs no stack of its own."""
    todo: list[tuple[Any, int]] = [(tree, 0)]
    while todo:
        node, depth = todo.pop()
        if isinstance(node, tuple):
            todo.extend((item, depth) for item in node)
        elif is_dataclass(node):
            if depth > MAX_DEPTH:
                place = getattr(node, "at", None) or at
                hint = "Use IN (...) instead of many ORs, or split the statement in two"
                raise SqlSyntaxError(f"Syntax Error\nThis nests deeper than {MAX_DEPTH} levels.", hint=hint, position=place)
            todo.extend((getattr(node, name), depth + 1) for name in _names(node.__class__))
