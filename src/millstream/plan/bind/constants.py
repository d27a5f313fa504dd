"""Values of constant expressions, for INSERT INTO ... VALUES: literals, constructors, simple arithmetic, and calls of functions.

What may not live here: anything that reads a column.
"""

from __future__ import annotations

from typing import Any

from millstream.errors import BindError, MillstreamError
from millstream.functions import FunctionRegistry, Overload, ScalarFunction
from millstream.plan.bind.inserted import Mismatch, coerced
from millstream.plan.expr import Arithmetic, Call, Cast, Literal, MakeArray, MakeMap, MakeStruct, Negate, TypedExpr
from millstream.plan.rewrites.fold import fold, wrap


def constant_value(functions: FunctionRegistry, expr: TypedExpr) -> Any:
    """The Python value. Raises BindError for expressions that INSERT VALUES does not take, and when a function fails."""
    folded = fold(expr)
    if folded is not None:
        return folded.value
    if isinstance(expr, Literal):
        return expr.value
    if isinstance(expr, MakeArray):
        return [constant_value(functions, i) for i in expr.items]
    if isinstance(expr, MakeStruct):
        return {n: constant_value(functions, v) for n, v in expr.fields}
    if isinstance(expr, MakeMap):
        return {constant_value(functions, k): constant_value(functions, v) for k, v in expr.entries}
    if isinstance(expr, Negate):
        value = constant_value(functions, expr.operand)
        return None if value is None or expr.type is None else wrap(-value, expr.type)
    if isinstance(expr, Cast) and expr.type is not None and expr.operand.type is not None:
        try:
            return coerced(constant_value(functions, expr.operand), expr.operand.type, expr.type)
        except Mismatch:
            raise _unsupported(f"CAST to {expr.type}") from None
    if isinstance(expr, Arithmetic):
        return _arithmetic(functions, expr)
    if isinstance(expr, Call):
        return _call(functions, expr)
    raise _unsupported(type(expr).__name__)


def _unsupported(what: str) -> BindError:
    return BindError(f"INSERT INTO ... VALUES does not take this expression: {what}.", hint="Give a literal, or a function of literals.")


def _arithmetic(functions: FunctionRegistry, expr: Arithmetic) -> Any:
    left, right = constant_value(functions, expr.left), constant_value(functions, expr.right)
    if left is None or right is None or expr.type is None:
        return None
    if expr.op == "+":
        return left + right
    if expr.op == "-":
        return left - right
    if expr.op == "*":
        return left * right
    raise _unsupported(f"operator {expr.op}")


def _call(functions: FunctionRegistry, expr: Call) -> Any:
    found = functions.find(expr.name)
    assert isinstance(found, ScalarFunction)
    overload: Overload = found.overloads[expr.overload]
    values = [constant_value(functions, a) for a in expr.args]
    if overload.strict and any(v is None for v in values):
        return None
    impl = overload.impl([a.type for a in expr.args], expr.type) if overload.typed else overload.impl
    try:
        return impl(*values)
    except MillstreamError:
        raise
    except Exception as error:
        raise BindError(f"{expr.name} failed on these values: {error}") from error
