"""INTEGER and BIGINT: two's complement of 32 and 64 bits, division and remainder toward zero.

What may not live here: other types.
"""

from __future__ import annotations

from millstream.errors import RecordError

INT_MIN, INT_MAX = -(2**31), 2**31 - 1
LONG_MIN, LONG_MAX = -(2**63), 2**63 - 1


def wrap32(value: int) -> int:
    """The low 32 bits of any integer, as a signed number."""
    return ((value + 0x80000000) & 0xFFFFFFFF) - 0x80000000


def wrap64(value: int) -> int:
    """The low 64 bits of any integer, as a signed number."""
    return ((value + 0x8000000000000000) & 0xFFFFFFFFFFFFFFFF) - 0x8000000000000000


def divide(left: int, right: int) -> int:
    """The quotient cut toward zero (not yet wrapped). ZeroDivisionError for a zero divisor."""
    return left // right if (left >= 0) == (right > 0) else -(-left // right)


def remainder(left: int, right: int) -> int:
    """The remainder with the sign of the dividend. ZeroDivisionError for a zero divisor."""
    return left % right if (left >= 0) == (right > 0) else -(-left % right)


def parse32(text: str) -> int:
    """An INTEGER from its decimal text, white space around it ignored. Raises RecordError outside the range or for other text."""
    return _parse(text, INT_MIN, INT_MAX, "INTEGER")


def parse64(text: str) -> int:
    """A BIGINT from its decimal text, as ``parse32``."""
    return _parse(text, LONG_MIN, LONG_MAX, "BIGINT")


def _parse(text: str, low: int, high: int, kind: str) -> int:
    digits = text.strip(_BLANKS)
    unsigned = digits[1:] if digits[:1] in ("+", "-") else digits
    if unsigned.isdecimal():
        value = int(digits)
        if low <= value <= high:
            return value
    raise RecordError(f"Cannot take {text!r} as {kind}: expected a whole number from {low} to {high}.")


#: What Java's String.trim removes: everything up to and including the blank.
_BLANKS = "".join(map(chr, range(33)))


def trim(text: str) -> str:
    """Without leading and trailing white space and control characters, as Java's String.trim."""
    return text.strip(_BLANKS)
