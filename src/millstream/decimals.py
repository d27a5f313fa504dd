"""The type rules of DECIMAL: what precision and scale a result has. Pure functions of types, as ksqlDB's DecimalUtil and SqlDecimal rule.

Values are computed in ``engine.values``. What may not live here: any arithmetic on values.
"""

from __future__ import annotations

from decimal import Context, Decimal

from millstream.types import Base, DecimalType, SqlType, decimal

#: Wide enough for any DECIMAL that a statement can write: precisions have no bound in SQL, and Python's own context rounds to 28 digits.
WIDE = Context(prec=2000)
#: INTEGER and BIGINT as DECIMALs, when they meet one.
INTEGER_AS_DECIMAL = decimal(10, 0)
BIGINT_AS_DECIMAL = decimal(19, 0)


def decimal_for(kind: SqlType) -> DecimalType:
    """The DECIMAL that an INTEGER, BIGINT or DECIMAL is widened to. Raises ValueError for anything else."""
    if isinstance(kind, DecimalType):
        return kind
    if kind.base is Base.INTEGER:
        return INTEGER_AS_DECIMAL
    if kind.base is Base.BIGINT:
        return BIGINT_AS_DECIMAL
    raise ValueError(f"A value of type {kind} is not widened to DECIMAL; only INTEGER and BIGINT are.")


def literal_type(value: Decimal) -> DecimalType:
    """The type of a decimal literal: 1.10 is DECIMAL(3, 2), and 0.5 is DECIMAL(2, 1) since a digit before the point is counted."""
    _, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)
    scale = max(-exponent, 0)
    if -1 < value < 1:
        return decimal(scale + 1, scale)
    return decimal(len(digits) + max(exponent, 0), scale)


def widest(left: DecimalType, right: DecimalType) -> DecimalType:
    """The narrowest DECIMAL that holds all values of both."""
    scale = max(left.scale, right.scale)
    return decimal(max(left.precision - left.scale, right.precision - right.scale) + scale, scale)


def result_type(op: str, left: DecimalType, right: DecimalType) -> DecimalType:
    """The type of ``left op right`` for ``+ - * / %``. There is no upper bound on the precision."""
    if op in "+-":
        scale = max(left.scale, right.scale)
        return decimal(max(left.precision - left.scale, right.precision - right.scale) + scale + 1, scale)
    if op == "*":
        return decimal(left.precision + right.precision + 1, left.scale + right.scale)
    if op == "/":
        scale = max(6, left.scale + right.precision + 1)
        return decimal(left.precision - left.scale + right.scale + scale, scale)
    if op == "%":
        scale = max(left.scale, right.scale)
        return decimal(min(left.precision - left.scale, right.precision - right.scale) + scale, scale)
    raise ValueError(f"{op!r} is no arithmetic operator.")


def arithmetic_type(op: str, left: SqlType, right: SqlType) -> SqlType:
    """The type of ``left op right`` for numbers: the wider of the two, DECIMAL by the rules above. Raises ValueError otherwise."""
    if not (left.is_numeric and right.is_numeric):
        raise ValueError(f"Unsupported arithmetic types. {left.base.value} {right.base.value}")
    bases = (left.base, right.base)
    if Base.DOUBLE in bases:
        return SqlType(Base.DOUBLE)
    if Base.DECIMAL in bases:
        return result_type(op, decimal_for(left), decimal_for(right))
    return SqlType(Base.BIGINT if Base.BIGINT in bases else Base.INTEGER)
