"""Literals: which SQL type a written constant has."""

from __future__ import annotations

import math

from millstream import decimals
from millstream.errors import BindError
from millstream.plan.bind.expressions.coerce import whole_type
from millstream.plan.expr import Literal
from millstream.sql import tree
from millstream.types import BOOLEAN, DOUBLE, STRING


def literal(expr: tree.Expr) -> Literal | None:
    """The typed constant, None for what is no literal. A minus sign belongs to its number. Raises BindError when too large."""
    if isinstance(expr, tree.Null):
        return Literal(None, None)
    if isinstance(expr, tree.Bool):
        return Literal(BOOLEAN, expr.value)
    if isinstance(expr, tree.String):
        return Literal(STRING, expr.value)
    if isinstance(expr, tree.Integer | tree.DecimalNumber | tree.Double):
        return _number(expr, 1)
    if isinstance(expr, tree.Unary) and expr.op == "-" and isinstance(expr.operand, tree.Integer | tree.DecimalNumber | tree.Double):
        return _number(expr.operand, -1)
    return None


def _number(expr: tree.Integer | tree.DecimalNumber | tree.Double, sign: int) -> Literal:
    if isinstance(expr, tree.Integer):
        value = expr.value * sign
        kind = whole_type(value)
        if kind is None:
            raise BindError(
                f"Invalid numeric literal: {value}",
                hint="BIGINT reaches from -9223372036854775808 to 9223372036854775807; write a DECIMAL with a point for more digits.",
                position=expr.at,
            )
        return Literal(kind, value)
    if isinstance(expr, tree.DecimalNumber):
        # Zero never has a sign. Python's arithmetic would round to 28 digits.
        number = expr.value.copy_negate() if sign < 0 and expr.value else expr.value
        return Literal(decimals.literal_type(number), number)
    if math.isinf(expr.value):
        raise BindError(f"Number overflows DOUBLE: {expr.value * sign}", position=expr.at)
    return Literal(DOUBLE, expr.value * sign)
