"""Functions of DOUBLEs as Java's Math has them: outside their domain they give NaN or an infinity and never fail.

What may not live here: rounding.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from fractions import Fraction

from millstream.engine.functions.define import Family
from millstream.engine.values.doubles import divide

define = Family("MATHEMATICAL")


def _safe(function: Callable[[float], float], overflow: float = math.inf) -> Callable[[float], float]:
    def call(value: float) -> float:
        try:
            return function(value)
        except ValueError:
            return math.nan
        except OverflowError:
            return overflow

    return call


def _ln(value: float) -> float:
    return math.log(value) if value > 0 else -math.inf if value == 0 else math.nan


def _cbrt(value: float) -> float:
    """The double next to the root, as Java's is; the C library's is sometimes the one after."""
    root = math.cbrt(value)
    if not math.isfinite(root) or root == 0.0:
        return root
    exact = Fraction(value)
    near = (root, math.nextafter(root, math.inf), math.nextafter(root, -math.inf))
    return min(near, key=lambda r: abs(Fraction(r) ** 3 - exact))


def _sinh(value: float) -> float:
    try:
        return math.sinh(value)
    except OverflowError:
        return math.copysign(math.inf, value)


_UNARY: dict[str, tuple[str, Callable[[float], float]]] = {
    "SQRT": ("Gives the square root.", _safe(math.sqrt)),
    "CBRT": ("Gives the cube root.", _cbrt),
    "EXP": ("Gives e to the power of a number.", _safe(math.exp)),
    "LN": ("Gives the natural logarithm.", _ln),
    "SIN": ("Gives the sine of an angle in radians.", _safe(math.sin)),
    "COS": ("Gives the cosine of an angle in radians.", _safe(math.cos)),
    "TAN": ("Gives the tangent of an angle in radians.", _safe(math.tan)),
    "COT": ("Gives the cotangent of an angle in radians.", lambda value: divide(1.0, _safe(math.tan)(value))),
    "ASIN": ("Gives the arc sine in radians.", _safe(math.asin)),
    "ACOS": ("Gives the arc cosine in radians.", _safe(math.acos)),
    "ATAN": ("Gives the arc tangent in radians.", math.atan),
    "SINH": ("Gives the hyperbolic sine.", _sinh),
    "COSH": ("Gives the hyperbolic cosine.", _safe(math.cosh)),
    "TANH": ("Gives the hyperbolic tangent.", math.tanh),
    "DEGREES": ("Turns radians into degrees.", lambda value: value * (180.0 / math.pi)),
    "RADIANS": ("Turns degrees into radians.", lambda value: value / 180.0 * math.pi),
}
for _name, (_text, _function) in _UNARY.items():
    define.describe(_name, _text, value="The number.")
    define(*(f"{_name}(value {kind}) -> DOUBLE" for kind in ("INT", "BIGINT", "DOUBLE")))(_function)

define.describe("LOG", "Gives the logarithm to a base, the natural one if no base is given.", base="The base.", value="The number.")
define.describe("ATAN2", "Gives the angle in radians of a point.", y="The point's y.", x="The point's x.")
define.describe("POWER", "Gives a number to the power of another.", base="The base.", exponent="The exponent.")
define.describe("PI", "Gives the number pi.")
define.describe("RANDOM", "Gives a random number from 0 up to but not including 1.")


@define("LOG(value INT) -> DOUBLE", "LOG(value BIGINT) -> DOUBLE", "LOG(value DOUBLE) -> DOUBLE")
def log(value: float) -> float:
    return _ln(value)


@define("LOG(base INT, value INT) -> DOUBLE", "LOG(base BIGINT, value BIGINT) -> DOUBLE", "LOG(base DOUBLE, value DOUBLE) -> DOUBLE")
def log_base(base: float, value: float) -> float:
    if base <= 0 or base == 1:
        return math.nan
    return divide(_ln(value), _ln(base))


@define("ATAN2(y INT, x INT) -> DOUBLE", "ATAN2(y BIGINT, x BIGINT) -> DOUBLE", "ATAN2(y DOUBLE, x DOUBLE) -> DOUBLE")
def atan2(y: float, x: float) -> float:
    return math.atan2(y, x)


@define(
    "POWER(base INT, exponent INT) -> DOUBLE",
    "POWER(base BIGINT, exponent BIGINT) -> DOUBLE",
    "POWER(base DOUBLE, exponent DOUBLE) -> DOUBLE",
)
def power(base: float, exponent: float) -> float:
    # Java gives NaN where C gives 1.
    if exponent != exponent or (abs(base) == 1 and math.isinf(exponent)):
        return math.nan
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return -math.inf if base < 0 and exponent % 2 == 1 else math.inf
    except ValueError:
        if base != 0:
            return math.nan
        return -math.inf if math.copysign(1.0, base) < 0 and exponent % 2 == 1 else math.inf


@define("PI() -> DOUBLE")
def pi() -> float:
    return math.pi


@define("RANDOM() -> DOUBLE")
def random_number() -> float:
    return random.random()
