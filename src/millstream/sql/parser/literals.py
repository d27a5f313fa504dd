"""Literals of expressions and of WITH properties: NULL, TRUE, 'text', 12, 1.5, 1E3."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal

from millstream.sql.parser.cursor import Cursor
from millstream.sql.tokens import DECIMAL, FLOAT, INTEGER, STRING, VARIABLE
from millstream.sql.tree import Bool, DecimalNumber, Double, Expr, Integer, Null, String, Unary

_LARGEST = 2**63 - 1
#: More digits than any DECIMAL can hold; also where Python itself refuses to read a number.
_MOST_DIGITS = 1000


def _null(c: Cursor) -> Expr:
    at = c.here()
    c.expect("NULL")
    return Null(at=at)


def _boolean(c: Cursor) -> Expr:
    at = c.here()
    return Bool(c.one_of("TRUE", "FALSE") == "TRUE", at=at)


def string(c: Cursor) -> Expr:
    at = c.here()
    return String(c.string(), at=at)


def integer(c: Cursor, negative: bool = False) -> Expr:
    """A whole number that fits a BIGINT; after a minus sign one more is allowed."""
    at, raw = c.here(), c.raw(c.index)
    if len(raw.lstrip("0")) > 19 or int(raw) > _LARGEST + negative:
        sign = "-" if negative else ""
        c.refuse(f"Invalid numeric literal: {sign}{raw}", "It does not fit a BIGINT; write it with a point for a DECIMAL")
    c.expect(INTEGER)
    return Integer(int(raw), at=at)


def _decimal(c: Cursor) -> Expr:
    at, raw = c.here(), c.raw(c.index)
    if len(raw) > _MOST_DIGITS:
        c.refuse(f"This number has {len(raw) - 1} digits: more than a DECIMAL can hold.", None)
    c.expect(DECIMAL)
    return DecimalNumber(Decimal(raw), at=at)


def _double(c: Cursor) -> Expr:
    at, raw = c.here(), c.raw(c.index)
    number = float(raw)
    if math.isinf(number):
        c.refuse(f"Number overflows DOUBLE: {raw}", None)
    c.expect(FLOAT)
    return Double(number, at=at)


#: By the key of the token a literal starts with.
LITERALS: dict[str, Callable[[Cursor], Expr]] = {
    STRING: string,
    INTEGER: integer,
    DECIMAL: _decimal,
    FLOAT: _double,
    "NULL": _null,
    "TRUE": _boolean,
    "FALSE": _boolean,
}


def literal(c: Cursor) -> Expr:
    """A literal where no expression may stand: the value of a property. A negative number is a ``Unary`` as in expressions."""
    at = c.here()
    if c.accept("-"):
        if c.at(INTEGER):
            return Unary("-", integer(c, negative=True), at=at)
        if c.at(DECIMAL, FLOAT):
            return Unary("-", LITERALS[c.keys[c.index]](c), at=at)
        c.fail()
    rule = LITERALS.get(c.keys[c.index])
    if rule is not None:
        return rule(c)
    if c.at(VARIABLE):
        c.unknown_variable()
    c.at(STRING, INTEGER, "TRUE", "FALSE", "NULL")
    return c.fail()
