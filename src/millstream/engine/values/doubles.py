"""DOUBLE as on the JVM: division by zero, remainder, conversion to whole numbers, text and parsing.

What may not live here: other types, mathematical functions.
"""

from __future__ import annotations

import math
import re

from millstream.engine.values.integers import INT_MAX, INT_MIN, LONG_MAX, LONG_MIN, trim
from millstream.errors import RecordError

_NUMBER = re.compile(r"[+-]?(?:NaN|Infinity|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)", re.ASCII)


def divide(left: float, right: float) -> float:
    """Division that gives Infinity or NaN for a zero divisor instead of failing."""
    try:
        return left / right
    except ZeroDivisionError:
        if left == 0 or left != left:
            return math.nan
        return math.copysign(math.inf, left) * math.copysign(1.0, right)


def remainder(left: float, right: float) -> float:
    """The remainder with the sign of the dividend; NaN for a zero divisor or an infinite dividend."""
    try:
        return math.fmod(left, right)
    except ValueError:
        return math.nan


def to_int(value: float) -> int:
    """To INTEGER: cut toward zero, held to the range, NaN is 0."""
    return _saturate(value, INT_MIN, INT_MAX)


def to_long(value: float) -> int:
    """To BIGINT, as ``to_int``."""
    return _saturate(value, LONG_MIN, LONG_MAX)


def _saturate(value: float, low: int, high: int) -> int:
    if value != value:
        return 0
    if value <= low:
        return low
    return high if value >= high else int(value)


def text(value: float) -> str:
    """The shortest text that gives the number back, laid out as Java's Double.toString: 1.0, 1.0E10, 1.0E-5, NaN, -Infinity."""
    size = abs(value)
    if 1e-3 <= size < 1e7 or size == 0.0:
        return repr(value)
    if value != value:
        return "NaN"
    if size == math.inf:
        return "Infinity" if value > 0 else "-Infinity"
    digits, exponent = _scientific(size)
    return f"{'-' if value < 0 else ''}{digits[0]}.{digits[1:] or '0'}E{exponent}"


def _scientific(size: float) -> tuple[str, int]:
    """The shortest digits (two where one would do and a second comes closer, as Java chooses) and the power of ten of the first."""
    mantissa, mark, exponent = f"{size!r}".partition("e")
    if not mark:
        mantissa, _, exponent = f"{size:.{len(mantissa.replace('.', '').strip('0')) - 1}e}".partition("e")
    digits = mantissa.replace(".", "").rstrip("0")
    if len(digits) == 1:
        mantissa, _, exponent = f"{size:.1e}".partition("e")
        digits = mantissa.replace(".", "").rstrip("0")
    return digits, int(exponent)


def parse(given: str) -> float:
    """A DOUBLE from its text, white space around it ignored; NaN and Infinity are taken. Raises RecordError for other text."""
    digits = trim(given)
    if not _NUMBER.fullmatch(digits):
        raise RecordError(f"Cannot take {given!r} as DOUBLE: expected a number such as 1.5 or 1e3.")
    return float(digits)
