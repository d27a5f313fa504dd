"""Comparisons, AND OR NOT, IS NULL, IN, BETWEEN, LIKE, CASE.

A comparison with NULL is FALSE, never NULL (so ``NOT (x = NULL)`` is TRUE), and IN and BETWEEN likewise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from millstream.engine.compile.expressions.code import NULL, Code
from millstream.engine.compile.expressions.like import matcher, matches
from millstream.plan import expr as x
from millstream.types import Base

if TYPE_CHECKING:
    from millstream.engine.compile.expressions.compiler import Expressions

_PYTHON = {"=": "==", "<>": "!=", "IS DISTINCT FROM": "!=", "IS NOT DISTINCT FROM": "=="}


def compare(to: Expressions, expr: x.Compare) -> Code:
    # Text that is compared with a time is read as one; what fails there fails the whole expression, calls on the other side included.
    compile_side = to.uncaught if _reads_time(expr.left) or _reads_time(expr.right) else to.compile
    left, right = compile_side(expr.left), compile_side(expr.right)
    raises = left.raises or right.raises
    op = _PYTHON.get(expr.op, expr.op)
    if "DISTINCT" in expr.op:
        return Code(f"({left.src} {op} {right.src})", nullable=False, raises=raises)
    tests: list[str] = []
    sides = []
    for code, needed in ((left, True), (right, op != "==")):
        if code.nullable and needed:
            test, name = to.named(code)
            tests.append(f"{test} is not None")
            sides.append(name)
        else:
            sides.append(code.src)
    return Code("(" + " and ".join([*tests, f"{sides[0]} {op} {sides[1]}"]) + ")", nullable=False, raises=raises)


def _reads_time(expr: x.TypedExpr) -> bool:
    """Whether an operand is text that is read as a date or time because the other operand is one."""
    if not isinstance(expr, x.Cast) or expr.explicit or expr.type is None:
        return False
    return expr.type.base in (Base.DATE, Base.TIME, Base.TIMESTAMP)


def logical(to: Expressions, expr: x.Logical) -> Code:
    left, right = to.truth(expr.left), to.truth(expr.right)
    return Code(f"({left.src} {expr.op.lower()} {right.src})", nullable=False, raises=left.raises or right.raises)


def negation(to: Expressions, expr: x.Not) -> Code:
    inner = to.truth(expr.operand)
    return Code(f"(not {inner.src})", nullable=False, raises=inner.raises)


def is_null(to: Expressions, expr: x.IsNull) -> Code:
    inner = to.compile(expr.operand)
    return Code(f"({inner.src} is {'not ' if expr.negated else ''}None)", nullable=False, raises=inner.raises)


def in_list(to: Expressions, expr: x.InList) -> Code:
    operand = to.compile(expr.operand)
    items = [to.compile(i) for i in expr.items]
    raises = operand.raises or any(i.raises for i in items)
    test, name = to.named(operand)
    if all(isinstance(i, x.Literal) for i in expr.items):
        values = tuple(i.value for i in expr.items if isinstance(i, x.Literal) and i.value is not None)
        choices = to.source.bind("k", values)
    else:
        choices = "(" + "".join(f"{i.src}, " for i in items) + ")"
    src = f"({test} is not None and {name} in {choices})" if operand.nullable else f"({operand.src} in {choices})"
    return Code(f"(not {src})" if expr.negated else src, nullable=False, raises=raises)


def between(to: Expressions, expr: x.Between) -> Code:
    codes = [to.compile(e) for e in (expr.operand, expr.low, expr.high)]
    tests, names = [], []
    for code in codes:
        test, name = to.named(code)
        names.append(name)
        tests.append(f"{test} is not None")
    src = "(" + " and ".join([*tests, f"{names[1]} <= {names[0]} <= {names[2]}"]) + ")"
    return Code(f"(not {src})" if expr.negated else src, nullable=False, raises=any(c.raises for c in codes))


def like(to: Expressions, expr: x.Like) -> Code:
    operand, pattern = to.compile(expr.operand), to.compile(expr.pattern)
    if isinstance(expr.pattern, x.Literal) and expr.pattern.value is not None:
        src = f"{to.source.bind('f', matcher(expr.pattern.value, expr.escape))}({operand.src})"
    else:
        src = f"{to.source.bind('f', matches)}({operand.src}, {pattern.src}, {to.source.constant(expr.escape)})"
    return Code(f"(not {src})" if expr.negated else src, nullable=False, raises=True)


def case(to: Expressions, expr: x.Case) -> Code:
    default = NULL if expr.default is None else to.compile(expr.default)
    src, nullable, raises = default.src, default.nullable, default.raises
    for condition, result in reversed(expr.whens):
        test, value = to.truth(condition), to.compile(result)
        src = f"{value.src} if {test.src} else {src}"
        nullable = nullable or value.nullable
        raises = raises or test.raises or value.raises
    return Code(f"({src})", nullable=nullable, raises=raises)
