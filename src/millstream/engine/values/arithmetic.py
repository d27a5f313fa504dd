"""The operators ``+ - * / %`` and negation by type: as a function, and as a source template where the engine can inline it.

Operands are of one numeric type, except DECIMALs, which keep their own precision and scale. A zero divisor raises for INTEGER, BIGINT
and DECIMAL (the engine makes it NULL and an entry of the processing log); for DOUBLE it gives Infinity or NaN.
What may not live here: the types of results (``millstream.decimals``).
"""

from __future__ import annotations

from collections.abc import Callable
from operator import add, mul, neg, sub
from typing import Any

from millstream.decimals import decimal_for, result_type
from millstream.engine.values import doubles, exact, integers
from millstream.types import Base, SqlType

Binary = Callable[[Any, Any], Any]

_WRAPS: dict[Base, Callable[[int], int]] = {Base.INTEGER: integers.wrap32, Base.BIGINT: integers.wrap64}
_INT_OPS: dict[str, Binary] = {"+": add, "-": sub, "*": mul, "/": integers.divide, "%": integers.remainder}
_DOUBLE_OPS: dict[str, Binary] = {"+": add, "-": sub, "*": mul, "/": doubles.divide, "%": doubles.remainder}
_EXACT_OPS: dict[str, Binary] = {"+": exact.add, "-": exact.subtract, "*": exact.multiply}

_QUOTIENT = "({0} // {1} if ({0} >= 0) == ({1} > 0) else -(-{0} // {1}))"
_REST = "({0} % {1} if ({0} >= 0) == ({1} > 0) else -(-{0} % {1}))"
_BOUNDS = {Base.INTEGER: ("-0x80000000", "0x7fffffff"), Base.BIGINT: ("-0x8000000000000000", "0x7fffffffffffffff")}
_MASKS = {Base.INTEGER: ("0x80000000", "0xffffffff"), Base.BIGINT: ("0x8000000000000000", "0xffffffffffffffff")}


def operator(op: str, left: SqlType, right: SqlType) -> Binary:
    """The function for ``left op right``. Raises ValueError for types that have no such operator."""
    if op == "+" and left.base is right.base is Base.STRING:
        return add
    if Base.DECIMAL in (left.base, right.base):
        kind = result_type(op, decimal_for(left), decimal_for(right))
        if op in _EXACT_OPS:
            return _EXACT_OPS[op]
        rule = exact.divide if op == "/" else exact.remainder
        return lambda a, b: rule(a, b, kind.precision, kind.scale)
    if left.base is right.base is Base.DOUBLE:
        return _DOUBLE_OPS[op]
    if left.base is right.base and left.base in _WRAPS:
        plain, wrap = _INT_OPS[op], _WRAPS[left.base]
        return plain if op == "%" else lambda a, b: wrap(plain(a, b))
    raise ValueError(f"No operator {op} for {left} and {right}.")


def source(op: str, left: SqlType, right: SqlType) -> str | None:
    """The operator as an expression over the names ``{0}`` and ``{1}``; ``{t}`` is a name it may assign.

    None: call ``operator``'s function. Most results are in range, so a comparison is made before the mask that wraps.
    """
    if left.base is not right.base:
        return None
    base = left.base
    if base in (Base.STRING, Base.DOUBLE) and op in ("+" if base is Base.STRING else "+-*"):
        return f"({{0}} {op} {{1}})"
    if base not in _BOUNDS:
        return None
    if op == "%":
        return _REST
    plain = _QUOTIENT if op == "/" else f"{{0}} {op} {{1}}"
    return _wrapped(plain, base)


def _wrapped(plain: str, base: Base) -> str:
    (low, high), (half, mask) = _BOUNDS[base], _MASKS[base]
    return f"({{t}} if {low} <= ({{t}} := {plain}) <= {high} else (({{t}} + {half}) & {mask}) - {half})"


def negation(kind: SqlType) -> Callable[[Any], Any]:
    """The function for ``-value``: the smallest INTEGER or BIGINT stays itself."""
    if kind.base is Base.DECIMAL:
        return exact.EXACT.minus
    if kind.base is Base.DOUBLE:
        return neg
    wrap = _WRAPS[kind.base]
    return lambda value: wrap(-value)
