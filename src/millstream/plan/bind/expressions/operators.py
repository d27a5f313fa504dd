"""Operators: arithmetic, logic, comparisons, IN, BETWEEN, LIKE, IS NULL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from millstream import decimals
from millstream.errors import BindError
from millstream.plan.bind.expressions.coerce import cast_to
from millstream.plan.bind.expressions.compare import EQUALITY, compare
from millstream.plan.bind.expressions.lists import coerce_list
from millstream.plan.bind.text import show
from millstream.plan.bind.walk import every
from millstream.plan.expr import (
    Arithmetic,
    Between,
    Chain,
    InList,
    IsNull,
    Like,
    Literal,
    Logical,
    Negate,
    Not,
    SoFar,
    TypedExpr,
)
from millstream.sql import tree
from millstream.types import BOOLEAN, STRING, Base

if TYPE_CHECKING:
    from millstream.plan.bind.expressions.binder import ExpressionBinder


def unary(binder: ExpressionBinder, expr: tree.Unary) -> TypedExpr:
    operand = binder.bind(expr.operand)
    if expr.op == "NOT":
        return Not(BOOLEAN, boolean(operand, expr.operand))
    if operand.type is None or not operand.type.is_numeric:
        raise BindError(f"Arithmetic on types {operand.type or 'null'} is not supported: {show(expr)}.", position=expr.at)
    return operand if expr.op == "+" else Negate(operand.type, operand)


def boolean(typed: TypedExpr, written: tree.Expr) -> TypedExpr:
    if typed.type is None:
        raise BindError(
            "Can't infer a type of null. Please explicitly cast it to a required type, e.g. CAST(null AS VARCHAR).",
            position=written.at,
        )
    if typed.type != BOOLEAN:
        raise BindError(f"Not a boolean expression: {show(written)} is {typed.type}.", position=written.at)
    return typed


def binary(binder: ExpressionBinder, expr: tree.Binary) -> TypedExpr:
    left, right = binder.bind(expr.left), binder.bind(expr.right)
    if expr.op in ("AND", "OR"):
        return Logical(BOOLEAN, expr.op, boolean(left, expr.left), boolean(right, expr.right))
    if expr.op in EQUALITY or expr.op in ("<", "<=", ">", ">="):
        return compare(expr.op, left, right, (expr.left, expr.right))
    return arithmetic(expr, left, right)


def chain(binder: ExpressionBinder, expr: tree.Chain) -> TypedExpr:
    first = binder.bind(expr.operands[0])
    left, steps = first, list[Arithmetic]()
    for op, operand in zip(expr.ops, expr.operands[1:], strict=True):
        written = tree.Binary(op, tree.Name("..."), operand, at=operand.at)
        step = arithmetic(written, SoFar(left.type) if steps else first, binder.bind(operand))
        steps.append(step)
        left = step
    return Chain(left.type, steps[0], tuple(steps[1:]))


def arithmetic(expr: tree.Binary, left: TypedExpr, right: TypedExpr) -> Arithmetic:
    if expr.op == "+" and left.type == STRING and right.type == STRING:
        return Arithmetic(STRING, "+", left, right)
    if left.type is None or right.type is None or not (left.type.is_numeric and right.type.is_numeric):
        raise BindError(
            f"Error processing expression: {show(expr)}. "
            f"Arithmetic on types {left.type or 'null'} and {right.type or 'null'} are not supported.",
            hint="CAST both sides to numbers" + (", or both to STRING to join them." if expr.op == "+" else "."),
            position=expr.at,
        )
    kind = decimals.arithmetic_type(expr.op, left.type, right.type)
    if kind.base is Base.DECIMAL:
        left = cast_to(left, decimals.decimal_for(left.type))
        right = cast_to(right, decimals.decimal_for(right.type))
    else:
        left, right = cast_to(left, kind), cast_to(right, kind)
    return Arithmetic(kind, expr.op, left, right)


def is_null(binder: ExpressionBinder, expr: tree.IsNull) -> TypedExpr:
    operand = binder.bind(expr.operand)
    if (
        isinstance(operand, Literal)
        and operand.type is not None
        and operand.type.base
        in (
            Base.BOOLEAN,
            Base.INTEGER,
            Base.BIGINT,
            Base.DOUBLE,
        )
    ):
        raise BindError(f"{show(expr.operand)} is a constant: comparing it with NULL is not supported.", position=expr.at)
    return IsNull(BOOLEAN, operand, expr.negated)


def between(binder: ExpressionBinder, expr: tree.Between) -> TypedExpr:
    operand, low, high = binder.bind(expr.operand), binder.bind(expr.low), binder.bind(expr.high)
    if any(isinstance(e, tree.Call) for e in every(expr.operand)):
        raise BindError(
            f"BETWEEN does not take a function call on its left: {show(expr.operand)}.",
            hint="Write x >= low AND x <= high instead.",
            position=expr.at,
        )
    least = compare(">=", operand, low, (expr.operand, expr.low))
    most = compare("<=", operand, high, (expr.operand, expr.high))
    if least.left == most.left:
        return Between(BOOLEAN, least.left, least.right, most.right, expr.negated)
    both = Logical(BOOLEAN, "AND", least, most)
    return Not(BOOLEAN, both) if expr.negated else both


def in_list(binder: ExpressionBinder, expr: tree.InList) -> TypedExpr:
    written = [expr.operand, *expr.items]
    kind, typed = coerce_list([binder.bind(e) for e in written], written)
    if kind is not None and kind.base in (Base.DATE, Base.TIME, Base.TIMESTAMP) and any(isinstance(e, tree.String) for e in written):
        raise BindError(f"IN does not turn text into {kind}.", hint=f"CAST the items: CAST('...' AS {kind}).", position=expr.at)
    return InList(BOOLEAN, typed[0], tuple(typed[1:]), expr.negated)


def like(binder: ExpressionBinder, expr: tree.Like) -> TypedExpr:
    operand, pattern = binder.bind(expr.operand), binder.bind(expr.pattern)
    for typed, written in ((operand, expr.operand), (pattern, expr.pattern)):
        if typed.type not in (STRING, None):
            raise BindError(f"LIKE works on STRINGs, but {show(written)} is {typed.type}.", position=written.at)
    if expr.escape == "\\":
        raise BindError("A backslash cannot be the ESCAPE character.", hint="Take another one, e.g. ESCAPE '!'.", position=expr.at)
    return Like(BOOLEAN, operand, pattern, expr.escape, expr.negated)
