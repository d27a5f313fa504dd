"""Numbers to near numbers: ABS, CEIL, FLOOR, ROUND, TRUNC, SIGN.

What may not live here: transcendental functions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, Decimal
from typing import Any

from millstream.engine.functions.define import Family
from millstream.engine.values import doubles
from millstream.engine.values.exact import EXACT, unit
from millstream.engine.values.integers import wrap32, wrap64
from millstream.errors import RecordError
from millstream.types import DecimalType, SqlType, decimal

define = Family("MATHEMATICAL")

define.describe("ABS", "Gives the absolute value.", val="The number.")
define.describe("CEIL", "Gives the smallest whole number not below a number.", val="The number.")
define.describe("FLOOR", "Gives the largest whole number not above a number.", val="The number.")
define.describe(
    "ROUND", "Rounds a number to whole numbers or to decimal places; a half goes up.", val="The number.", decimalPlaces="How many."
)
define.describe("TRUNC", "Cuts a number to whole numbers or to decimal places.", val="The number.", decimalPlaces="How many.")
define.describe("SIGN", "Gives -1, 0 or 1 by the sign of a number.", val="The number.")


def _first(types: Sequence[SqlType], _literals: Sequence[Any]) -> SqlType:
    return types[0]


def _whole(types: Sequence[SqlType], _literals: Sequence[Any]) -> SqlType:
    kind = types[0]
    assert isinstance(kind, DecimalType)
    return decimal(max(kind.precision - kind.scale, 1), 0)


@define("ABS(val INT) -> INT")
def abs_int(value: int) -> int:
    return wrap32(abs(value))


@define("ABS(val BIGINT) -> BIGINT")
def abs_bigint(value: int) -> int:
    return wrap64(abs(value))


@define("ABS(val DOUBLE) -> DOUBLE", inline="abs({0})")
def abs_double(value: float) -> float:
    return abs(value)


@define("ABS(val DECIMAL)", returns=_first)
def abs_decimal(value: Decimal) -> Decimal:
    return value.copy_abs()


@define(
    "CEIL(val INT) -> INT",
    "CEIL(val BIGINT) -> BIGINT",
    "FLOOR(val INT) -> INT",
    "FLOOR(val BIGINT) -> BIGINT",
    "ROUND(val INT) -> BIGINT",
    "ROUND(val BIGINT) -> BIGINT",
    "TRUNC(val INT) -> BIGINT",
    "TRUNC(val BIGINT) -> BIGINT",
    inline="{0}",
)
def unchanged(value: int) -> int:
    return value


@define("CEIL(val DOUBLE) -> DOUBLE")
def ceil(value: float) -> float:
    return math.copysign(float(math.ceil(value)), value) if math.isfinite(value) else value


@define("FLOOR(val DOUBLE) -> DOUBLE")
def floor(value: float) -> float:
    return math.copysign(float(math.floor(value)), value) if math.isfinite(value) else value


def _rescaled(value: Decimal, scale: int, rounding: str) -> Decimal:
    """Rounded to ``scale`` places and shown with the scale it had, however many digits that takes."""
    if abs(scale) > 10_000:
        raise RecordError(f"Cannot round {value} to {scale} decimal places.")
    found = value.quantize(unit(scale), rounding, EXACT).quantize(value.copy_abs(), ROUND_DOWN, EXACT)
    return found or found.copy_abs()


@define("CEIL(val DECIMAL)", returns=_first)
def ceil_decimal(value: Decimal) -> Decimal:
    return _rescaled(value, 0, ROUND_CEILING)


@define("FLOOR(val DECIMAL)", returns=_first)
def floor_decimal(value: Decimal) -> Decimal:
    return _rescaled(value, 0, ROUND_FLOOR)


def _half_up(value: Decimal) -> str:
    # A half goes toward positive infinity: away from zero above it, toward zero below.
    return "ROUND_HALF_DOWN" if value < 0 else "ROUND_HALF_UP"


@define("ROUND(val DOUBLE) -> BIGINT")
def round_double(value: float) -> int:
    if not math.isfinite(value):
        return doubles.to_long(value)
    # Adding a half would itself round for numbers beyond 2^52, which are whole anyway.
    return doubles.to_long(value) if abs(value) >= 2**52 else math.floor(value) + (value - math.floor(value) >= 0.5)


@define("ROUND(val DECIMAL)", returns=_whole)
def round_decimal(value: Decimal) -> Decimal:
    found = value.quantize(unit(0), _half_up(value), EXACT)
    return found or found.copy_abs()


@define("ROUND(val DOUBLE, decimalPlaces INT) -> DOUBLE")
def round_double_places(value: float, places: int) -> float:
    return _places(value, places, half=True)


def _places(value: float, places: int, *, half: bool) -> float:
    if not math.isfinite(value):
        raise RecordError(f"Cannot round {doubles.text(value)} to decimal places.")
    if abs(places) > 400:
        return value if places > 0 else 0.0
    exact = Decimal(repr(value))
    return float(exact.quantize(unit(places), _half_up(exact) if half else ROUND_DOWN, EXACT))


@define("ROUND(val DECIMAL, decimalPlaces INT)", returns=_first)
def round_decimal_places(value: Decimal, places: int) -> Decimal:
    return _rescaled(value, places, _half_up(value))


@define("TRUNC(val DOUBLE) -> BIGINT")
def trunc_double(value: float) -> int:
    return doubles.to_long(value)


@define("TRUNC(val DECIMAL)", returns=_whole)
def trunc_decimal(value: Decimal) -> Decimal:
    found = value.quantize(unit(0), ROUND_DOWN, EXACT)
    return found or found.copy_abs()


@define("TRUNC(val DOUBLE, decimalPlaces INT) -> DOUBLE")
def trunc_double_places(value: float, places: int) -> float:
    return _places(value, places, half=False)


@define("TRUNC(val DECIMAL, decimalPlaces INT)", returns=_first)
def trunc_decimal_places(value: Decimal, places: int) -> Decimal:
    return _rescaled(value, places, ROUND_DOWN)


@define("SIGN(val INT) -> INT", "SIGN(val BIGINT) -> INT", "SIGN(val DOUBLE) -> INT")
def sign(value: float) -> int:
    return (value > 0) - (value < 0)
