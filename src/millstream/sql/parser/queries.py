"""SELECT: projection, sources and joins, and the clauses in their fixed order. Windows live in ``windows``."""

from __future__ import annotations

from millstream.errors import Position
from millstream.sql.parser.cursor import Cursor, Unexpected
from millstream.sql.parser.expressions import expression, primary, value
from millstream.sql.parser.names import dashed_source, source_name
from millstream.sql.parser.windows import window, within
from millstream.sql.tree import Expr, Join, Query, SelectItem, Source

#: Tokens that can follow a GROUP BY or PARTITION BY.
_AFTER_LIST = (";", "#END", "PARTITION", "HAVING", "EMIT", "LIMIT")


def query(c: Cursor) -> Query:
    at = c.here()
    c.expect("SELECT")
    items = [_item(c)]
    while c.accept(","):
        items.append(_item(c))
    c.expect("FROM")
    source = _source(c)
    joins: list[Join] = []
    while (kind := _join_kind(c)) is not None:
        joins.append(_join(c, *kind))
    framed = window(c) if c.accept("WINDOW") else None
    where = expression(c) if c.accept("WHERE") else None
    group_by = _list(c) if c.accept_all("GROUP", "BY") else ()
    partition_by = _list(c) if c.accept_all("PARTITION", "BY") else ()
    having = expression(c) if c.accept("HAVING") else None
    emit = c.one_of("CHANGES", "FINAL") if c.accept("EMIT") else None
    limit = c.integer("LIMIT") if c.accept("LIMIT") else None
    return Query(tuple(items), source, tuple(joins), framed, where, group_by, partition_by, having, emit, limit, at=at)


def _item(c: Cursor) -> SelectItem:
    at = c.here()
    if c.accept("*"):
        return SelectItem(star=True, at=at)
    if c.at_name() and tuple(c.keys[c.index + 1 : c.index + 3]) == (".", "*"):
        source = c.name()
        c.index += 2
        return SelectItem(star=True, source=source, at=at)
    start = c.index
    expr = expression(c)
    if c.follows("->", "*"):
        return _fields(c, start, at)
    if c.accept("AS"):
        return SelectItem(expr, c.name(), at=at)
    return SelectItem(expr, c.name() if c.at_name() else None, at=at)


def _fields(c: Cursor, start: int, at: Position) -> SelectItem:
    """``struct->*``: only a primary expression may stand before it, so what was read as more is read again."""
    stop, c.index = c.index, start
    base = primary(c)
    if c.index != stop:
        c.index = stop
        c.refuse("->* takes the fields of one struct.", "Put the expression before it in brackets")
    c.expect("->", "*")
    return SelectItem(base, star=True, at=at)


def _source(c: Cursor) -> Source:
    at = c.here()
    name = dashed_source(c)
    if c.accept("AS"):
        return Source(name, source_name(c), at=at)
    emitting = c.peek(0) == "EMIT" and c.peek(1) in ("CHANGES", "FINAL")
    partitioning = c.peek(0) == "PARTITION" and c.peek(1) == "BY"
    if c.at_name() and not emitting and not partitioning:
        return Source(name, source_name(c), at=at)
    return Source(name, at=at)


def _join_kind(c: Cursor) -> tuple[str, Position] | None:
    at = c.here()
    if c.accept("JOIN"):
        return "INNER", at
    if c.accept("INNER"):
        c.expect("JOIN")
        return "INNER", at
    for word, kind in (("LEFT", "LEFT"), ("RIGHT", "RIGHT"), ("FULL", "OUTER")):
        if c.accept(word):
            c.accept("OUTER")
            c.expect("JOIN")
            return kind, at
    return None


def _join(c: Cursor, kind: str, at: Position) -> Join:
    source = _source(c)
    span = within(c) if c.accept("WITHIN") else None
    c.expect("ON")
    return Join(kind, source, expression(c), span, at=at)


def _list(c: Cursor) -> tuple[Expr, ...]:
    """The expressions of GROUP BY or PARTITION BY. Brackets may stand around the whole list; around one they are part of it."""
    start, nesting = c.index, c.nesting
    if c.accept("("):
        try:
            c.enter()
            items = _values(c)
            c.leave()
            if c.accept(")") and c.at(*_AFTER_LIST):
                return items
        except Unexpected:
            pass  # not a list of values; then it starts with one condition in brackets
        c.index, c.nesting = start, nesting
    return _values(c)


def _values(c: Cursor) -> tuple[Expr, ...]:
    items = [value(c)]
    while c.accept(","):
        items.append(value(c))
    return tuple(items)
