"""Numbers as the JVM reads and prints them."""

from decimal import Decimal

import pytest

from millstream.formats import numbers
from millstream.types import decimal


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1.0, "1.0"),
        (-1.5, "-1.5"),
        (0.001, "0.001"),
        (0.0009, "9.0E-4"),
        (1e-5, "1.0E-5"),
        (9999999.0, "9999999.0"),
        (1e7, "1.0E7"),
        (123456789.125, "1.23456789125E8"),
        (1e300, "1.0E300"),
        (1e16, "1.0E16"),
        (-12345678.5, "-1.23456785E7"),
        (5e-324, "4.9E-324"),
        (float("nan"), "NaN"),
        (float("inf"), "Infinity"),
        (float("-inf"), "-Infinity"),
    ],
)
def test_double_text(value: float, text: str) -> None:
    """DOUBLEs print as Double.toString prints them."""
    assert numbers.double_text(value) == text


@pytest.mark.parametrize("text", ["", " 5", "5 ", "5.0", "1e3", "1_000", "2147483648", "-2147483649", "0x1", "+"])
def test_parse_int_refuses(text: str) -> None:
    """What Integer.parseInt refuses is refused, though Python's int takes some of it."""
    with pytest.raises(ValueError):
        numbers.parse_int(text)


def test_parse_int_takes_signs() -> None:
    """A plus sign is fine."""
    assert [numbers.parse_int(t) for t in ("+5", "-5", "2147483647")] == [5, -5, 2147483647]


def test_parse_double() -> None:
    """Double.parseDouble takes blanks around, a type letter and NaN as Java spells it, but not as Python does."""
    assert [numbers.parse_double(t) for t in (" 1.5 ", "1.5d", "1e3F", ".5", "5.", "Infinity", "0x1p3")] == [
        1.5, 1.5, 1000.0, 0.5, 5.0, float("inf"), 8.0,
    ]  # fmt: skip
    assert str(numbers.parse_double("NaN")) == "nan"
    for text in ("nan", "inf", "1_0", "", "x"):
        with pytest.raises(ValueError):
            numbers.parse_double(text)


def test_fit() -> None:
    """A DECIMAL gets exactly its scale, and nothing is rounded."""
    type_ = decimal(4, 2)
    assert str(numbers.fit(Decimal("1.5"), type_)) == "1.50"
    assert str(numbers.fit(Decimal("1.500"), type_)) == "1.50"
    assert str(numbers.fit(Decimal("-0.00"), type_)) == "0.00"
    assert str(numbers.fit(Decimal("1e1"), type_)) == "10.00"
    for text in ("1.555", "123.45", "-100", "1E+5000"):
        with pytest.raises(ValueError, match="does not fit"):
            numbers.fit(Decimal(text), type_)


def test_wrapping() -> None:
    """INTEGER and BIGINT wrap as on the JVM."""
    assert numbers.wrap_int(2147483648) == -2147483648
    assert numbers.wrap_int(-2147483649) == 2147483647
    assert numbers.wrap_long(1 << 63) == -(1 << 63)
