"""DECIMAL: exact arithmetic that fails rather than rounds, and rounding where a cast asks for it.

A value always carries the scale of its type. What may not live here: the type rules (``millstream.decimals``).
"""

from __future__ import annotations

import decimal
from decimal import Decimal

from millstream.engine.values.integers import trim, wrap32, wrap64
from millstream.errors import RecordError

#: Wide enough for every product of DECIMALs; anything inexact would be an error of ours and is trapped.
EXACT = decimal.Context(
    prec=2000,
    Emin=-999999,
    Emax=999999,
    traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow],
)
add = EXACT.add
subtract = EXACT.subtract
compare = EXACT.compare

_UNITS = [Decimal(1).scaleb(-scale) for scale in range(128)]


def unit(scale: int) -> Decimal:
    """10 to the power of -scale."""
    return _UNITS[scale] if 0 <= scale < len(_UNITS) else Decimal(1).scaleb(-scale)


def multiply(left: Decimal, right: Decimal) -> Decimal:
    """The exact product."""
    return _unsigned(EXACT.multiply(left, right))


def _unsigned(value: Decimal) -> Decimal:
    """Zero never has a sign in SQL."""
    return value if value else value.copy_abs()


def divide(left: Decimal, right: Decimal, precision: int, scale: int) -> Decimal:
    """The exact quotient as DECIMAL(precision, scale). RecordError where it is not exact, as in ksqlDB, or the divisor is zero."""
    if not right:
        raise RecordError(f"Cannot divide {left:f} by zero.")
    quotient = decimal.Context(prec=max(precision, 1), traps=[decimal.Inexact, decimal.Overflow])
    try:
        return _unsigned(quotient.divide(left, right).quantize(unit(scale), context=_EXACTLY))
    except decimal.Inexact:
        raise RecordError(f"{left:f} / {right:f} has no exact result with {scale} digits after the point.") from None


_EXACTLY = decimal.Context(prec=2000, traps=[decimal.Inexact, decimal.InvalidOperation])


def remainder(left: Decimal, right: Decimal, precision: int, scale: int) -> Decimal:
    """The exact remainder with the sign of the dividend. RecordError for a zero divisor, or where the quotient has too many digits."""
    if not right:
        raise RecordError(f"Cannot divide {left:f} by zero.")
    rest = EXACT.remainder(left, right)
    quotient = abs(int(EXACT.divide_int(left, right)))
    spare = len(str(quotient)) - precision
    if precision > 0 and spare > 0 and quotient % 10**spare:
        raise RecordError(f"{left:f} % {right:f}: the quotient has more than {precision} digits.")
    return _unsigned(rest.quantize(unit(scale), context=EXACT))


def fit(value: Decimal, precision: int, scale: int) -> Decimal:
    """As DECIMAL(precision, scale): rounded half up. Raises RecordError where digits before the point do not fit."""
    rounded = value.quantize(unit(scale), decimal.ROUND_HALF_UP, EXACT)
    if rounded and rounded.adjusted() >= precision - scale:
        raise RecordError(f"Numeric field overflow: {value:f} does not fit DECIMAL({precision}, {scale}).")
    return _unsigned(rounded)


def to_int(value: Decimal) -> int:
    """To INTEGER: cut toward zero, then the low 32 bits."""
    return wrap32(int(value))


def to_long(value: Decimal) -> int:
    """To BIGINT: cut toward zero, then the low 64 bits."""
    return wrap64(int(value))


def text(value: Decimal) -> str:
    """All digits, never an exponent."""
    return format(value, "f")


def parse(given: str, precision: int, scale: int) -> Decimal:
    """From text, white space around it ignored, fitted to the type. Raises RecordError."""
    digits = trim(given)
    try:
        value = Decimal(digits) if "_" not in digits else None
    except decimal.InvalidOperation:
        value = None
    if value is None or not value.is_finite():
        raise RecordError(f"Cannot take {given!r} as DECIMAL({precision}, {scale}): expected a number such as 1.50.")
    return fit(value, precision, scale)
