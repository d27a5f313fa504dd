"""Arithmetic, casts and text are the JVM's and ksqlDB's."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millstream import decimals
from millstream.engine.values import arithmetic, doubles, integers
from millstream.engine.values.casts import cast_source, caster
from millstream.engine.values.compare import frozen, order_key
from millstream.engine.values.hashing import hash_order, java_hash
from millstream.engine.values.text import text
from millstream.errors import RecordError
from millstream.types import (
    BIGINT,
    BOOLEAN,
    BYTES,
    DATE,
    DOUBLE,
    INTEGER,
    STRING,
    TIME,
    TIMESTAMP,
    SqlType,
    array,
    decimal,
    map_of,
    struct,
)

INTS = st.integers(integers.INT_MIN, integers.INT_MAX)
LONGS = st.integers(integers.LONG_MIN, integers.LONG_MAX)


def jvm(op: str, left: int, right: int, bits: int) -> int:
    """What the JVM computes, the slow way."""
    exact = {"+": left + right, "-": left - right, "*": left * right}.get(op)
    if exact is None:
        quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
        exact = quotient if op == "/" else left - quotient * right
    low = exact & ((1 << bits) - 1)
    return low - (1 << bits) if low >> (bits - 1) else low


@pytest.mark.parametrize("op", ["+", "-", "*", "/", "%"])
@given(left=LONGS | INTS, right=LONGS | INTS)
def test_whole_numbers_wrap_as_on_the_jvm(op: str, left: int, right: int) -> None:
    """The function and the inlined source agree with two's complement, for both widths."""
    for kind, bits, wrap in ((INTEGER, 32, integers.wrap32), (BIGINT, 64, integers.wrap64)):
        a, b = wrap(left), wrap(right)
        if b == 0 and op in "/%":
            with pytest.raises(ZeroDivisionError):
                arithmetic.operator(op, kind, kind)(a, b)
            continue
        expected = jvm(op, a, b, bits)
        source = arithmetic.source(op, kind, kind)
        assert source is not None
        assert arithmetic.operator(op, kind, kind)(a, b) == expected
        assert eval(source.format("a", "b", t="t"), {"a": a, "b": b}) == expected


def test_doubles_never_fail() -> None:
    """x / 0 is Infinity or NaN, and so is the remainder."""
    divide, remainder = arithmetic.operator("/", DOUBLE, DOUBLE), arithmetic.operator("%", DOUBLE, DOUBLE)
    assert divide(1.0, -0.0) == -math.inf
    assert math.isnan(divide(0.0, 0.0))
    assert math.isnan(remainder(1.0, 0.0))
    assert remainder(-7.5, 2.0) == -1.5


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1.0, "1.0"),
        (-0.0, "-0.0"),
        (1e7, "1.0E7"),
        (9999999.0, "9999999.0"),
        (0.001, "0.001"),
        (0.00012345, "1.2345E-4"),
        (1.2345678901234567e19, "1.2345678901234567E19"),
        (123456789.5, "1.234567895E8"),
        (5e-324, "4.9E-324"),
        (math.nan, "NaN"),
        (-math.inf, "-Infinity"),
    ],
)
def test_doubles_are_shown_as_java_shows_them(value: float, shown: str) -> None:
    """Plain between a thousandth and ten million, else with an exponent."""
    assert doubles.text(value) == shown


@given(st.floats(allow_nan=False))
def test_the_text_of_a_double_gives_it_back(value: float) -> None:
    """No digit is lost."""
    assert doubles.parse(doubles.text(value)) == value


def test_decimal_types_follow_the_operator() -> None:
    """Precision and scale of results; literals count a digit before the point."""
    a, b = decimal(10, 3), decimal(6, 2)
    assert decimals.result_type("+", a, b) == decimal(11, 3)
    assert decimals.result_type("*", a, b) == decimal(17, 5)
    assert decimals.result_type("/", a, b) == decimal(19, 10)
    assert decimals.result_type("%", a, b) == decimal(7, 3)
    assert decimals.literal_type(Decimal("0.05")) == decimal(3, 2)
    assert decimals.literal_type(Decimal("1.10")) == decimal(3, 2)
    assert decimals.arithmetic_type("+", INTEGER, decimal(4, 2)) == decimal(13, 2)
    assert decimals.arithmetic_type("+", decimal(4, 2), DOUBLE) == DOUBLE


def test_decimal_arithmetic_is_exact_or_fails() -> None:
    """A quotient that does not end is an error, and zero has no sign."""
    a, b = decimal(10, 3), decimal(6, 2)
    assert arithmetic.operator("/", a, b)(Decimal("1.500"), Decimal("0.50")) == Decimal("3")
    with pytest.raises(RecordError, match="no exact result"):
        arithmetic.operator("/", a, b)(Decimal("1.000"), Decimal("3.00"))
    with pytest.raises(RecordError, match="by zero"):
        arithmetic.operator("%", a, b)(Decimal("1.000"), Decimal("0.00"))
    assert str(arithmetic.operator("*", a, b)(Decimal("0.000"), Decimal("-1.00"))) == "0.00000"
    assert arithmetic.operator("%", a, b)(Decimal("-1.500"), Decimal("2.00")) == Decimal("-1.500")
    assert str(arithmetic.negation(a)(Decimal("0.000"))) == "0.000"
    assert arithmetic.negation(INTEGER)(-(2**31)) == -(2**31)


CASTS: list[tuple[SqlType, SqlType, Any, Any]] = [
    (BIGINT, INTEGER, 2**31, -(2**31)),
    (DOUBLE, INTEGER, 1e10, 2**31 - 1),
    (DOUBLE, BIGINT, math.nan, 0),
    (decimal(12, 2), INTEGER, Decimal("-1.99"), -1),
    (INTEGER, decimal(5, 2), 7, Decimal("7.00")),
    (decimal(5, 3), decimal(4, 2), Decimal("1.005"), Decimal("1.01")),
    (DOUBLE, decimal(5, 2), 99.995, Decimal("100.00")),
    (STRING, BOOLEAN, " Yes ", True),
    (STRING, BOOLEAN, "1", False),
    (STRING, INTEGER, " +7 ", 7),
    (STRING, DOUBLE, "1e3", 1000.0),
    (STRING, decimal(4, 4), "0.125", Decimal("0.1250")),
    (STRING, BYTES, "abc", b"i\xb7"),
    (STRING, DATE, "2020-02", 18293),
    (STRING, TIME, "12:34", 45_240_000),
    (STRING, TIMESTAMP, "2020", 1_577_836_800_000),
    (STRING, TIMESTAMP, "2021-02-29", 1_614_470_400_000),
    (STRING, TIMESTAMP, "2020-02-29T12:34:56+05:00", 1_582_961_696_000),
    (TIMESTAMP, DATE, -1, -1),
    (TIMESTAMP, TIME, -1, 86_399_999),
    (DATE, TIMESTAMP, 2, 172_800_000),
    (array(INTEGER), array(STRING), [1, None], ["1", None]),
    (map_of(STRING, INTEGER), map_of(STRING, DOUBLE), {"a": 1}, {"a": 1.0}),
    (struct([("A", INTEGER), ("B", STRING)]), struct([("A", STRING), ("Z", INTEGER)]), {"A": 1, "B": "b"}, {"A": "1", "Z": None}),
    (map_of(STRING, array(INTEGER)), STRING, {"z": [1, None], "x": None}, "{x=null, z=[1, null]}"),
    (struct([("A", INTEGER), ("B", STRING)]), STRING, {"A": 1, "B": None}, "Struct{A=1}"),
]


@pytest.mark.parametrize(("source", "target", "value", "expected"), CASTS)
def test_casts(source: SqlType, target: SqlType, value: Any, expected: Any) -> None:
    """The function and, where there is one, the source form agree."""
    cast = caster(source, target)
    assert cast is not None
    assert cast(value) == expected
    inline = cast_source(source, target)
    if inline is not None:
        assert eval(inline.format("v"), {"v": value}) == expected


@pytest.mark.parametrize(
    ("target", "given"),
    [
        (INTEGER, "2147483648"),
        (INTEGER, "5.5"),
        (DOUBLE, "1_0"),
        (DOUBLE, ""),
        (decimal(4, 4), "1"),
        (decimal(4, 2), "NaN"),
        (BYTES, "a"),
        (DATE, "2021-02-29"),
        (DATE, "20200229"),
        (TIME, "24:00:00"),
        (TIMESTAMP, "2020-02-29 12:34"),
        (TIMESTAMP, "garbage"),
    ],
)
def test_text_that_is_no_value_of_the_type_is_a_record_error(target: SqlType, given: str) -> None:
    """The error shows the text."""
    cast = caster(STRING, target)
    assert cast is not None
    with pytest.raises(RecordError) as caught:
        cast(given)
    assert given in caught.value.message


def test_casts_that_do_not_exist_are_refused() -> None:
    """The binder refuses them first; this is the second line."""
    with pytest.raises(ValueError, match="not supported"):
        caster(BOOLEAN, INTEGER)


def test_text_of_times() -> None:
    """ISO forms; a time shows seconds only when there are some, and never milliseconds."""
    assert text(-62_135_596_800_000, TIMESTAMP) == "0001-01-01T00:00:00.000"
    assert text(18_322, DATE) == "2020-03-01"
    assert text(45_296_001, TIME) == "12:34:56"
    assert text(60_000, TIME) == "00:01"
    assert text(None, DATE) == "null"


def test_order_and_equality_are_javas() -> None:
    """NaN equals itself and is greatest; -0.0 is less than 0.0; strings go by UTF-16 unit."""
    key = order_key(DOUBLE)
    assert key is not None
    assert sorted([math.nan, 0.0, -0.0, 1.0], key=key)[0] is not None
    assert [str(v) for v in sorted([math.nan, 0.0, -0.0, 1.0], key=key)] == ["-0.0", "0.0", "1.0", "nan"]
    assert frozen(math.nan) == frozen(math.nan)
    assert frozen([0.0]) != frozen([-0.0])
    by_unit = order_key(STRING)
    assert by_unit is not None
    assert by_unit("😀") < by_unit("\uffff")


def test_maps_are_walked_in_the_jvms_order() -> None:
    """By bucket of Java's hash."""
    assert java_hash("漢") == 0x6F22
    assert java_hash(-1) == 0xFFFFFFFF
    assert hash_order({"z": 1, "y": 2, "x": 3}) == ["x", "y", "z"]
    assert hash_order({"": 0, "漢": 1, "é": 2}) == ["", "é", "漢"]
