"""Function calls with their lambdas and time units, and the constructors ARRAY[...], MAP(...), STRUCT(...)."""

from __future__ import annotations

from millstream.errors import Position
from millstream.sql.parser import expressions
from millstream.sql.parser.cursor import Cursor
from millstream.sql.tree import Call, Expr, IntervalUnit, Lambda, MakeArray, MakeMap, MakeStruct
from millstream.sql.words import RESERVED, WINDOW_UNITS

#: Units that are reserved words and so can be nothing else. DAY, HOUR, MINUTE and SECOND may be columns, and are taken as such.
_UNITS = tuple(sorted(WINDOW_UNITS & RESERVED))


def make_array(c: Cursor) -> Expr:
    at = c.here()
    c.expect("ARRAY", "[")
    if c.accept("]"):
        return MakeArray((), at=at)
    items = expressions.listed(c)
    c.expect("]")
    return MakeArray(items, at=at)


def call(c: Cursor, name: str, quoted: bool, at: Position) -> Expr:
    """What is in brackets after a name. ``MAP()``, ``MAP(k := v)`` and ``STRUCT(f := v)`` are constructors, ``MAP(a)`` is a call."""
    constructor = "" if quoted else name
    c.expect("(")
    if c.accept_all("*", ")"):
        return Call(name.upper(), star=True, at=at)
    if c.accept(")"):
        if constructor == "MAP":
            return MakeMap((), at=at)
        return MakeStruct((), at=at) if constructor == "STRUCT" else Call(name.upper(), at=at)
    c.enter()
    if constructor == "STRUCT" and c.at_name() and c.peek(1) == ":=":
        made = _struct(c, at)
    else:
        first = _argument(c)
        made = _map(c, first, at) if constructor == "MAP" and c.at(":=") else Call(name.upper(), _arguments(c, first), at=at)
    c.leave()
    c.expect(")")
    return made


def _argument(c: Cursor) -> Expr:
    if c.at(*_UNITS):
        at = c.here()
        return IntervalUnit(c.one_of(*_UNITS), at=at)
    return expressions.expression(c)


def _arguments(c: Cursor, first: Expr) -> tuple[Expr, ...]:
    """The rest of the arguments: plain ones, then lambdas."""
    arguments = [first]
    while c.accept(","):
        if _lambda_ahead(c):
            arguments.append(_lambda(c))
        elif isinstance(arguments[-1], Lambda):
            c.refuse("After a lambda only further lambdas may follow.", "Put the lambda last: TRANSFORM(items, x => x + 1)")
        else:
            arguments.append(_argument(c))
    return tuple(arguments)


def _lambda_ahead(c: Cursor) -> bool:
    """Whether ``x =>`` or ``(x, y) =>`` comes next."""
    if c.at_name():
        return c.peek(1) == "=>"
    if not c.at("("):
        return False
    keys, index = c.keys, c.index + 1
    while keys[index] not in (")", "(", ";", "#END"):
        index += 1
    return keys[index] == ")" and keys[index + 1] == "=>"


def _lambda(c: Cursor) -> Expr:
    at = c.here()
    params: list[str] = []
    if c.accept("("):
        params.append(c.name())
        while c.accept(","):
            params.append(c.name())
        c.expect(")")
    else:
        params.append(c.name())
    c.expect("=>")
    return Lambda(tuple(params), expressions.expression(c), at=at)


def _map(c: Cursor, key: Expr, at: Position) -> Expr:
    entries: dict[Expr, Expr] = {}
    while True:
        c.expect(":=")
        if key in entries:
            c.refuse("This map has the same key twice.", None, key.at)
        entries[key] = expressions.expression(c)
        if not c.accept(","):
            return MakeMap(tuple(entries.items()), at=at)
        key = expressions.expression(c)


def _struct(c: Cursor, at: Position) -> Expr:
    fields: list[tuple[str, Expr]] = []
    while True:
        name = c.name()
        c.expect(":=")
        fields.append((name, expressions.expression(c)))
        if not c.accept(","):
            return MakeStruct(tuple(fields), at=at)
