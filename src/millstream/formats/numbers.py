"""Numbers and their texts as the JVM reads and prints them, because a statement means what it means in ksqlDB.

All parsers raise ValueError on a text the JVM would refuse (where Python is more lenient: white space, underscores, 'nan').
Pure functions; nothing here knows a format.
"""

from __future__ import annotations

import re
from decimal import Context, Decimal, Inexact, InvalidOperation

from millstream.types import DecimalType

INT_MIN, INT_MAX = -(1 << 31), (1 << 31) - 1
LONG_MIN, LONG_MAX = -(1 << 63), (1 << 63) - 1
#: TIME is milliseconds since midnight; ksqlDB's writer and reader take the end of the day too.
DAY_MS = 86_400_000

_INTEGER = re.compile(r"[+-]?\d+")
_DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_DOUBLE = re.compile(r"([+-]?(?:NaN|Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?))[fFdD]?")
_HEX_DOUBLE = re.compile(r"[+-]?0[xX][0-9a-fA-F]*\.?[0-9a-fA-F]*[pP][+-]?\d+[fFdD]?")
#: What String.trim removes.
_BLANKS = "".join(map(chr, range(33)))
#: Wide enough for any DECIMAL; a result that had to be rounded raises.
EXACT = Context(prec=4000, traps=[InvalidOperation, Inexact])


def wrap_int(value: int) -> int:
    """The low 32 bits as a signed INTEGER, as Java's narrowing does."""
    return ((value + 0x8000_0000) & 0xFFFF_FFFF) - 0x8000_0000


def wrap_long(value: int) -> int:
    """The low 64 bits as a signed BIGINT."""
    return ((value + 0x8000_0000_0000_0000) & 0xFFFF_FFFF_FFFF_FFFF) - 0x8000_0000_0000_0000


def parse_int(text: str) -> int:
    """Integer.parseInt: a sign and digits, in range."""
    if _INTEGER.fullmatch(text) and INT_MIN <= (value := int(text)) <= INT_MAX:
        return value
    raise ValueError(text)


def parse_long(text: str) -> int:
    """Long.parseLong: a sign and digits, in range."""
    if _INTEGER.fullmatch(text) and LONG_MIN <= (value := int(text)) <= LONG_MAX:
        return value
    raise ValueError(text)


def parse_double(text: str) -> float:
    """Double.parseDouble: blanks around are taken, so are NaN, Infinity, a trailing d or f, and hexadecimal."""
    text = text.strip(_BLANKS)
    if match := _DOUBLE.fullmatch(text):
        return float(match[1])
    if _HEX_DOUBLE.fullmatch(text):
        return float.fromhex(text.rstrip("fFdD"))
    raise ValueError(text)


def parse_decimal(text: str) -> Decimal:
    """new BigDecimal(text): neither blanks nor NaN."""
    if _DECIMAL.fullmatch(text):
        try:
            return Decimal(text)
        except InvalidOperation:  # an exponent beyond all measure
            pass
    raise ValueError(text)


def fit(value: Decimal, type_: DecimalType) -> Decimal:
    """The value with exactly the type's scale. Raises ValueError where that would need rounding or more digits, or for no number."""
    try:
        fitted = value.quantize(_exponent(type_.scale), context=EXACT)
    except (Inexact, InvalidOperation):
        raise ValueError(f"{value} does not fit {type_} without rounding") from None
    if fitted.is_nan():
        raise ValueError(f"{value} does not fit {type_}: it is no number")
    if fitted.adjusted() >= type_.precision - type_.scale and fitted:
        raise ValueError(f"{value} does not fit {type_}: more than {type_.precision - type_.scale} digits before the point")
    # BigDecimal has no negative zero.
    return fitted if fitted else abs(fitted)


def _exponent(scale: int) -> Decimal:
    return Decimal((0, (1,), -scale))


def double_text(value: float) -> str:
    """Double.toString: ``1.0E10`` from ten million on, ``1.0E-5`` below a thousandth, NaN, Infinity."""
    if 1e-3 <= value < 1e7 or -1e7 < value <= -1e-3:
        return repr(value)
    if value == 0 or value != value or value in (_INFINITY, -_INFINITY):
        return _SPECIAL.get(repr(value), repr(value))
    if abs(value) == 5e-324:  # the JVM wants two digits where they are exact enough
        return "4.9E-324" if value > 0 else "-4.9E-324"
    sign, digits, _ = Decimal(repr(value)).as_tuple()
    text = "".join(map(str, digits)).rstrip("0")
    exponent = Decimal(repr(value)).adjusted()
    return f"{'-' if sign else ''}{text[0]}.{text[1:] or '0'}E{exponent}"


_INFINITY = float("inf")
_SPECIAL = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
