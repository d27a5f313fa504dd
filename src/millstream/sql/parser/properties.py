"""WITH (key = literal, ...) of relations, and column lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from millstream.sql.parser.cursor import Cursor
from millstream.sql.parser.literals import literal
from millstream.sql.parser.names import dash_ahead, dashed_raw
from millstream.sql.parser.types import type_name
from millstream.sql.tokens import STRING
from millstream.sql.tree import ColumnDef
from millstream.sql.tree.statements import Properties

V = TypeVar("V")


def with_properties(c: Cursor) -> Properties:
    """WITH and its pairs, or nothing. Keys are upper-cased, however they are quoted; none may come twice."""
    if not c.accept("WITH"):
        return ()
    return pairs(c, lambda c: (c.string() if c.at(STRING) else c.name()).upper(), literal)


def pairs(c: Cursor, key: Callable[[Cursor], str], value: Callable[[Cursor], V]) -> tuple[tuple[str, V], ...]:
    """``(key = value, ...)``. None may come twice."""
    c.expect("(")
    found: dict[str, V] = {}
    while True:
        start = c.index
        name = key(c)
        if name in found:
            c.refuse(f"The property {name} is set twice.", "Remove one of the two", c.tokens.at(start))
        c.expect("=")
        found[name] = value(c)
        if not c.accept(","):
            break
    c.expect(")")
    return tuple(found.items())


def columns(c: Cursor) -> tuple[ColumnDef, ...]:
    """Declared columns in brackets."""
    c.expect("(")
    defined = column_list(c)
    c.expect(")")
    return defined


def column_list(c: Cursor) -> tuple[ColumnDef, ...]:
    """Declared columns between commas."""
    defined = [_column(c)]
    while c.accept(","):
        defined.append(_column(c))
    return tuple(defined)


def _column(c: Cursor) -> ColumnDef:
    at = c.here()
    name = c.name()
    of = type_name(c)
    if c.accept("PRIMARY"):
        c.expect("KEY")
        return ColumnDef(name, of, "PRIMARY KEY", at=at)
    if c.accept("KEY"):
        return ColumnDef(name, of, "KEY", at=at)
    if c.accept("HEADERS"):
        return ColumnDef(name, of, "HEADERS", at=at)
    if c.accept("HEADER"):
        c.expect("(")
        header = c.string()
        c.expect(")")
        return ColumnDef(name, of, "HEADER", header, at=at)
    return ColumnDef(name, of, at=at)


def names(c: Cursor) -> tuple[str, ...]:
    """``(a, b)``, or nothing."""
    if not c.accept("("):
        return ()
    found: list[str] = []
    while not found or c.accept(","):
        at = c.here()
        name = c.name()
        if name in found:
            c.refuse(f"Column `{name}` is given twice.", "Name each column once", at)
        found.append(name)
    c.expect(")")
    return tuple(found)


def resource(c: Cursor) -> str:
    """A topic or subject: a string, or a name that keeps its case."""
    if c.at(STRING):
        return c.string()
    return dashed_raw(c) if dash_ahead(c) else c.cased_name()
