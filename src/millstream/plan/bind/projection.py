"""Items with their types -> the Project node: key columns first where there is a sink.

What may not live here: finding the key among the items (``keys``).
"""

from __future__ import annotations

from millstream.errors import BindError
from millstream.plan.bind.items import Item
from millstream.plan.bind.keys import refuse_duplicates
from millstream.plan.expr import ColumnRef, TypedExpr
from millstream.plan.nodes import Node, Project
from millstream.types import Column, Role, Schema


def project(node: Node, items: list[Item], typed: list[TypedExpr], keys: list[Item] | None) -> Project:
    """The projection of ``node``. With ``keys`` (persistent queries) these come first, in the key's order; without, items keep theirs.

    Raises BindError for items without a type, repeated names, and a result without value columns.
    """
    columns: dict[int, tuple[Column, TypedExpr]] = {}
    key_names = {c.name for c in node.schema.key}
    used: set[str] = set()
    for index, (item, expr) in enumerate(zip(items, typed, strict=True)):
        if expr.type is None:
            raise BindError(
                "Can't infer a type of null. Please explicitly cast it to a required type, e.g. CAST(null AS VARCHAR).", position=item.at
            )
        is_key = isinstance(expr, ColumnRef) and expr.name in key_names and expr.name not in used
        if keys is not None:
            is_key = any(item is k for k in keys)
        elif is_key and isinstance(expr, ColumnRef):
            used.add(expr.name)
        columns[index] = (Column(item.name, expr.type, Role.KEY if is_key else Role.VALUE), expr)
    if keys is None:
        return _node(node, list(columns.values()), Schema(tuple(c for c, _ in columns.values())))
    first = [columns[next(i for i, item in enumerate(items) if item is key)] for key in keys]
    rest = [entry for entry in columns.values() if entry[0].role is Role.VALUE]
    refuse_duplicates([c for c, _ in first], [c for c, _ in rest])
    if not rest:
        raise BindError(
            "The projection contains no value columns.",
            hint="Add a column that is no key; AS_VALUE(key_column) copies a key column into the value.",
        )
    ordered = [*first, *rest]
    return _node(node, ordered, Schema(tuple(c for c, _ in ordered)))


def _node(node: Node, items: list[tuple[Column, TypedExpr]], schema: Schema) -> Project:
    return Project(schema, node.is_table, node.window, node, tuple(items))
