"""SELECT as SQL, on one line."""

from __future__ import annotations

from millstream.sql.printer.expressions import POSTFIX, VALUE, expression
from millstream.sql.tree import Duration, Expr, Join, Query, SelectItem, Source, Window, Within
from millstream.sql.words import write_name

_JOINS = {"INNER": "JOIN", "LEFT": "LEFT JOIN", "RIGHT": "RIGHT JOIN", "OUTER": "FULL OUTER JOIN"}


def query(node: Query) -> str:
    parts = ["SELECT", ", ".join(map(_item, node.select)), "FROM", _source(node.source)]
    parts += map(_join, node.joins)
    if node.window is not None:
        parts.append(_window(node.window))
    if node.where is not None:
        parts.append(f"WHERE {expression(node.where)}")
    if node.group_by:
        parts.append(f"GROUP BY {_values(node.group_by)}")
    if node.partition_by:
        parts.append(f"PARTITION BY {_values(node.partition_by)}")
    if node.having is not None:
        parts.append(f"HAVING {expression(node.having)}")
    if node.emit is not None:
        parts.append(f"EMIT {node.emit}")
    if node.limit is not None:
        parts.append(f"LIMIT {node.limit}")
    return " ".join(parts)


def _values(nodes: tuple[Expr, ...]) -> str:
    return ", ".join(expression(node, VALUE) for node in nodes)


def _item(node: SelectItem) -> str:
    if node.star:
        if node.expr is not None:
            return f"{expression(node.expr, POSTFIX)}->*"
        return f"{write_name(node.source)}.*" if node.source is not None else "*"
    assert node.expr is not None, "an item is a star or an expression"
    return expression(node.expr) + ("" if node.alias is None else f" AS {write_name(node.alias)}")


def _source(node: Source) -> str:
    return write_name(node.name) + ("" if node.alias is None else f" AS {write_name(node.alias)}")


def _join(node: Join) -> str:
    span = "" if node.within is None else " " + _within(node.within)
    return f"{_JOINS[node.kind]} {_source(node.source)}{span} ON {expression(node.on)}"


def _within(node: Within) -> str:
    span = duration(node.before) if node.symmetric else f"({duration(node.before)}, {duration(node.after)})"
    return f"WITHIN {span}" + ("" if node.grace is None else f" GRACE PERIOD {duration(node.grace)}")


def duration(node: Duration) -> str:
    return f"{node.value} {node.unit}"


def _window(node: Window) -> str:
    parts = [duration(node.size) if node.kind == "SESSION" else f"SIZE {duration(node.size)}"]
    if node.advance is not None:
        parts.append(f"ADVANCE BY {duration(node.advance)}")
    if node.retention is not None:
        parts.append(f"RETENTION {duration(node.retention)}")
    if node.grace is not None:
        parts.append(f"GRACE PERIOD {duration(node.grace)}")
    name = "" if node.name is None else write_name(node.name) + " "
    return f"WINDOW {name}{node.kind} ({', '.join(parts)})"
