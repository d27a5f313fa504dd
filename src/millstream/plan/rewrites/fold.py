"""Constants: expressions of literals computed once, where that cannot change an error or a result.

What is not folded (divisions, casts from text, functions) is left to the runtime, which knows what they do record by record.
"""

from __future__ import annotations

from decimal import Decimal

from millstream.decimals import WIDE
from millstream.plan.expr import Arithmetic, Cast, Literal, MakeArray, MakeMap, MakeStruct, Negate, TypedExpr
from millstream.types import Base, DecimalType, SqlType

_BITS = {Base.INTEGER: 32, Base.BIGINT: 64}


def fold(expr: TypedExpr) -> Literal | None:
    """The value of an expression of literals, None where it is not one or cannot be folded safely."""
    if isinstance(expr, Literal):
        return expr
    if isinstance(expr, MakeArray):
        return _all(expr.type, list(expr.items), list)
    if isinstance(expr, MakeStruct):
        names = [n for n, _ in expr.fields]
        return _all(expr.type, [e for _, e in expr.fields], lambda values: dict(zip(names, values, strict=True)))
    if isinstance(expr, MakeMap):
        keys, values = _all(None, [k for k, _ in expr.entries], list), _all(None, [v for _, v in expr.entries], list)
        return Literal(expr.type, dict(zip(keys.value, values.value, strict=True))) if keys is not None and values is not None else None
    if isinstance(expr, Negate):
        operand = fold(expr.operand)
        if operand is None or operand.value is None or expr.type is None:
            return None
        value = WIDE.minus(operand.value) if isinstance(operand.value, Decimal) else -operand.value
        return Literal(expr.type, wrap(value, expr.type))
    if isinstance(expr, Arithmetic):
        return _arithmetic(expr)
    if isinstance(expr, Cast):
        return _cast(expr)
    return None


def wrap(value: object, kind: SqlType) -> object:
    """A whole number brought into the range of INTEGER or BIGINT, as the JVM wraps it; other values unchanged."""
    bits = _BITS.get(kind.base)
    if bits is None or not isinstance(value, int):
        return value
    half = 1 << (bits - 1)
    return (value + half) % (1 << bits) - half


def _all(kind: SqlType | None, parts: list[TypedExpr], build: object) -> Literal | None:
    folded = [fold(p) for p in parts]
    values = [f.value for f in folded if f is not None]
    return Literal(kind, build(values)) if len(values) == len(parts) else None  # type: ignore[operator]


def _arithmetic(expr: Arithmetic) -> Literal | None:
    left, right = fold(expr.left), fold(expr.right)
    if left is None or right is None or left.value is None or right.value is None or expr.type is None:
        return None
    if expr.type.base not in _BITS or expr.op not in "+-*":
        return None
    value = left.value + right.value if expr.op == "+" else left.value - right.value if expr.op == "-" else left.value * right.value
    return Literal(expr.type, wrap(value, expr.type))


def _cast(expr: Cast) -> Literal | None:
    operand = fold(expr.operand)
    if operand is None or expr.type is None or operand.type is None:
        return None
    if operand.value is None:
        return Literal(expr.type, None)
    if operand.type.base not in _BITS or isinstance(operand.value, bool):
        return None
    if expr.type.base in _BITS:
        return Literal(expr.type, wrap(operand.value, expr.type))
    if expr.type.base is Base.DOUBLE:
        return Literal(expr.type, float(operand.value))
    if isinstance(expr.type, DecimalType):
        room = expr.type.precision - expr.type.scale
        fits = len(str(abs(operand.value))) <= room
        return Literal(expr.type, Decimal(operand.value).quantize(Decimal(1).scaleb(-expr.type.scale), context=WIDE)) if fits else None
    return None
