"""Expressions, by precedence climbing. From loose to tight: OR, AND, NOT, one predicate, ``||``, ``+ -``, ``* / %``, sign, ``-> []``.

Functions' arguments and the literals live beside it, in ``calls`` and ``literals``.
"""

from __future__ import annotations

from millstream.sql.parser import calls, chains
from millstream.sql.parser.cursor import Cursor
from millstream.sql.parser.literals import LITERALS, integer
from millstream.sql.parser.types import type_name
from millstream.sql.tokens import INTEGER, QUOTED, STRING, VARIABLE
from millstream.sql.tree import (
    Between,
    Binary,
    Case,
    Cast,
    Deref,
    Expr,
    InList,
    IsNull,
    Like,
    Name,
    Subscript,
    Unary,
    When,
)

_BOOLEAN = {"OR": 1, "AND": 2}
_ARITHMETIC = {"||": 1, "+": 2, "-": 2, "*": 3, "/": 3, "%": 3}
_ALIKE = {1: ("||",), 2: ("+", "-"), 3: ("*", "/", "%")}
_COMPARISONS = ("=", "<>", "<", "<=", ">", ">=")


def expression(c: Cursor, level: int = 1) -> Expr:
    """Any expression; with a ``level`` only what binds at least as tightly as it."""
    left = _negation(c)
    while c.at("AND", "OR"):
        op = c.keys[c.index]
        if _BOOLEAN[op] < level:
            break
        operands, _ = chains.unfolded(left, op)
        while c.accept(op):
            operands.append(expression(c, _BOOLEAN[op] + 1))
        left = chains.logic(c, op, operands)
    return left


def _negation(c: Cursor) -> Expr:
    at = c.index
    if not c.accept("NOT"):
        return _predicate(c)
    c.enter()
    operand = _negation(c)
    c.leave()
    return Unary("NOT", operand, at=c.tokens.at(at))


def _predicate(c: Cursor) -> Expr:
    """A value, or one comparison of it: predicates do not chain."""
    left = value(c)
    for op in _COMPARISONS:
        if c.accept(op):
            return Binary(op, left, value(c), at=left.at)
    if c.accept("IS"):
        negated = c.accept("NOT")
        if c.accept("NULL"):
            return IsNull(left, negated, at=left.at)
        c.expect("DISTINCT", "FROM")
        return Binary("IS NOT DISTINCT FROM" if negated else "IS DISTINCT FROM", left, value(c), at=left.at)
    negated = c.accept("NOT")
    if c.accept("BETWEEN"):
        low = value(c)
        c.expect("AND")
        return Between(left, low, value(c), negated, at=left.at)
    if c.accept("IN"):
        c.expect("(")
        items = listed(c)
        c.expect(")")
        return InList(left, items, negated, at=left.at)
    if c.accept("LIKE"):
        return _like(c, left, negated)
    if negated:
        c.fail()
    return left


def _like(c: Cursor, left: Expr, negated: bool) -> Expr:
    pattern = value(c)
    escape = None
    if c.accept_all("ESCAPE", STRING):
        c.index -= 1
        escape = c.string()
        if len(escape) != 1:
            c.index -= 1
            c.refuse(f"ESCAPE takes one character, not {len(escape)}.", None)
    return Like(left, pattern, escape, negated, at=left.at)


def listed(c: Cursor) -> tuple[Expr, ...]:
    """Expressions between commas, at least one, inside brackets that the caller reads."""
    c.enter()
    items = [expression(c)]
    while c.accept(","):
        items.append(expression(c))
    c.leave()
    return tuple(items)


def value(c: Cursor, level: int = 1) -> Expr:
    """An expression without AND, OR, NOT and predicates on its outside."""
    left = _signed(c)
    while c.at("+", "-", "*", "/", "%", "||"):
        op = c.keys[c.index]
        tightness = _ARITHMETIC[op]
        if tightness < level:
            break
        operands, ops = chains.unfolded(left, op)
        while c.at(*_ALIKE[tightness]):
            ops.append(c.one_of(*_ALIKE[tightness]))
            operands.append(value(c, tightness + 1))
        left = chains.concatenation(c, operands) if op == "||" else chains.arithmetic(c, operands, ops)
    return left


def _signed(c: Cursor) -> Expr:
    if not c.at("-", "+"):
        return primary(c)
    at = c.here()
    op = c.one_of("-", "+")
    if op == "-" and c.at(INTEGER):
        return Unary(op, _postfix(c, integer(c, negative=True)), at=at)
    c.enter()
    operand = _signed(c)
    c.leave()
    return Unary(op, operand, at=at)


def primary(c: Cursor) -> Expr:
    return _postfix(c, _atom(c))


def _postfix(c: Cursor, base: Expr) -> Expr:
    """What may follow an operand: ``[index]`` and ``-> field``. The ``->*`` of a projection is left to it."""
    while c.at("[", "->"):
        if c.follows("->", "*"):
            break
        if c.accept("->"):
            base = Deref(base, c.name(), at=base.at)
        else:
            c.expect("[")
            c.enter()
            base = Subscript(base, value(c), at=base.at)
            c.leave()
            c.expect("]")
    return base


def _atom(c: Cursor) -> Expr:
    literal = LITERALS.get(c.keys[c.index])
    if literal is not None:
        return literal(c)
    if c.at("("):
        return _brackets(c)
    if c.at("CASE"):
        return _case(c)
    if c.at("CAST"):
        return _cast(c)
    if c.at(VARIABLE):
        c.unknown_variable()
    return _named(c)


def _brackets(c: Cursor) -> Expr:
    c.expect("(")
    c.enter()
    inner = expression(c)
    c.leave()
    c.expect(")")
    return inner


def _named(c: Cursor) -> Expr:
    """What starts with a name: a column, a call, or one of the constructors ARRAY[...], MAP(...), STRUCT(...)."""
    if c.follows("ARRAY", "["):
        return calls.make_array(c)
    start = c.index
    at = c.here()
    name = c.name()
    if c.accept("."):
        return Name(c.name(), name, at=at)
    if c.at("("):
        return calls.call(c, name, c.keys[start] == QUOTED, at)
    if c.at(STRING):
        c.index = start
        c.refuse(f"Unknown type: {name}", f"Use CAST({c.raw(start + 1)} AS {name})")
    return Name(name, at=at)


def _cast(c: Cursor) -> Expr:
    at = c.here()
    c.expect("CAST", "(")
    c.enter()
    operand = expression(c)
    c.expect("AS")
    target = type_name(c)
    c.leave()
    c.expect(")")
    return Cast(operand, target, at=at)


def _case(c: Cursor) -> Expr:
    at = c.here()
    c.expect("CASE")
    c.enter()
    operand = None if c.at("WHEN") else value(c)
    whens: list[When] = []
    while not whens or c.at("WHEN"):
        place = c.here()
        c.expect("WHEN")
        condition = expression(c)
        c.expect("THEN")
        whens.append(When(condition, expression(c), at=place))
    default = expression(c) if c.accept("ELSE") else None
    c.leave()
    c.expect("END")
    return Case(operand, tuple(whens), default, at=at)
