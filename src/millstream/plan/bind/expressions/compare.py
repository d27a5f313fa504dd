"""Comparisons: which pairs of types are comparable, with which operators, and what both sides are cast to."""

from __future__ import annotations

from millstream.errors import BindError
from millstream.plan.bind.expressions.coerce import cast_to, common_numeric
from millstream.plan.bind.text import show
from millstream.plan.expr import Compare, TypedExpr
from millstream.sql import tree
from millstream.types import BOOLEAN, DOUBLE, Base, SqlType

EQUALITY = {"=", "<>", "IS DISTINCT FROM", "IS NOT DISTINCT FROM"}
_NAMES = {
    "=": "EQUAL",
    "<>": "NOT_EQUAL",
    "<": "LESS_THAN",
    "<=": "LESS_THAN_OR_EQUAL",
    ">": "GREATER_THAN",
    ">=": "GREATER_THAN_OR_EQUAL",
    "IS DISTINCT FROM": "IS_DISTINCT_FROM",
    "IS NOT DISTINCT FROM": "IS_NOT_DISTINCT_FROM",
}
_TIMES = {Base.DATE, Base.TIME, Base.TIMESTAMP}
_ORDERED = {Base.STRING, Base.BYTES} | _TIMES


def compare(op: str, left: TypedExpr, right: TypedExpr, written: tuple[tree.Expr, tree.Expr]) -> Compare:
    """A typed comparison. Raises BindError for NULL literals and for types that cannot be compared so."""
    if left.type is None or right.type is None:
        sides = f"{left.type or 'NULL'} {op} {right.type or 'NULL'}"
        raise BindError(
            f"Comparison with NULL not supported: {sides}",
            hint="Use 'IS NULL' or 'IS NOT NULL' instead.",
            position=written[0].at,
        )
    kind = comparable(op, left.type, right.type)
    if kind is None:
        raise BindError(
            f"Cannot compare {show(written[0])} ({left.type}) to {show(written[1])} ({right.type}) with {_NAMES[op]}.",
            hint="CAST one side to the type of the other.",
            position=written[0].at,
        )
    if kind.base in (Base.ARRAY, Base.MAP, Base.STRUCT):
        return Compare(BOOLEAN, op, left, right)
    return Compare(BOOLEAN, op, cast_to(left, kind), cast_to(right, kind))


def comparable(op: str, left: SqlType, right: SqlType) -> SqlType | None:
    """The type both sides are compared in; None where ``op`` cannot compare them."""
    if left.is_numeric and right.is_numeric:
        if Base.DECIMAL in (left.base, right.base) and Base.DOUBLE in (left.base, right.base):
            return DOUBLE
        return common_numeric(left, right)
    if left.base is right.base:
        if left.base in (Base.ARRAY, Base.MAP, Base.STRUCT):
            return left if op in EQUALITY and left == right else None
        if left.base is Base.BOOLEAN:
            return left if op in EQUALITY else None
        return left if left.base in _ORDERED else None
    bases = {left.base, right.base}
    if Base.STRING in bases and bases & _TIMES:
        return right if left.base is Base.STRING else left
    if bases == {Base.DATE, Base.TIMESTAMP}:
        return left if left.base is Base.TIMESTAMP else right
    return None
