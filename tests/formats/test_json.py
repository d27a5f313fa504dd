"""JSON: ksqlDB's coercions when reading, the JVM's numbers when writing."""

from decimal import Decimal
from typing import Any

import pytest

from millstream.errors import BindError, RecordError
from millstream.formats import get
from millstream.formats.base import FormatOptions
from millstream.formats.json.encode import careful_encoder, struct_encoder
from millstream.formats.numbers import wrap_int
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
    Column,
    SqlType,
    array,
    decimal,
    map_of,
    struct,
)

DROPPED = object()


def read(type_: SqlType, text: str) -> Any:
    decode = get("JSON").decoder([Column("V", type_)], FormatOptions(), None)
    try:
        row = decode(b'{"V":' + text.encode() + b"}")
    except RecordError:
        return DROPPED
    assert row is not None
    return row[0]


def write(type_: SqlType, value: Any) -> str:
    out = get("JSON").encoder([Column("V", type_)], FormatOptions(), None)([value])
    assert out is not None
    return out.decode()[5:-1]


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        (INTEGER, "5", 5),
        (INTEGER, '"5"', 5),
        (INTEGER, "5.5", 5),
        (INTEGER, "-5.5", -5),
        (INTEGER, "1e3", 1000),
        (INTEGER, "2147483648", -2147483648),
        (INTEGER, "1e1000", 0),
        (INTEGER, "1" + "0" * 450 + "7.5", wrap_int(10**451 + 7)),
        (INTEGER, "1e-999999999", 0),
        (INTEGER, "1e99999999999999999999", DROPPED),
        (INTEGER, '"5.5"', DROPPED),
        (INTEGER, '" 5"', DROPPED),
        (INTEGER, '"1e3"', DROPPED),
        (INTEGER, '"2147483648"', DROPPED),
        (INTEGER, "true", DROPPED),
        (INTEGER, "[1]", DROPPED),
        (BIGINT, "9223372036854775808", -(1 << 63)),
        (BIGINT, "1e18", 10**18),
        (BIGINT, "9007199254740993.0", 9007199254740993),
        (DOUBLE, "1", 1.0),
        (DOUBLE, '"1.5"', 1.5),
        (DOUBLE, '"Infinity"', float("inf")),
        (DOUBLE, "123456789012345678901234567890", 1.2345678901234568e29),
        (DOUBLE, "1e400", float("inf")),
        (DOUBLE, '""', DROPPED),
        (BOOLEAN, "true", True),
        (BOOLEAN, '"true"', DROPPED),
        (BOOLEAN, "1", DROPPED),
        (STRING, "5", "5"),
        (STRING, "10000000000.0", "10000000000.0"),
        (STRING, "1e5", "1E+5"),
        (STRING, "-0.0", "0.0"),
        (STRING, "true", "true"),
        (STRING, '[1, "a", null]', "[1, a, null]"),
        (STRING, '{"b": {"d": 1.10, "c": 12345678901234567890123}, "a": "x"}', '{"b":{"d":1.10,"c":12345678901234567890123},"a":"x"}'),
        (DATE, '"5"', 5),
        (DATE, '"2020-01-01"', DROPPED),
        (TIME, "86400000", 86400000),
        (TIME, "-1", DROPPED),
        (TIMESTAMP, "1.5", 1),
        (BYTES, '"YWJj"', b"abc"),
        (BYTES, '"YQ"', DROPPED),
        (BYTES, "5", DROPPED),
        (decimal(4, 2), "1.5", Decimal("1.50")),
        (decimal(4, 2), '"1.5"', Decimal("1.50")),
        (decimal(4, 2), "1.555", DROPPED),
        (decimal(4, 2), "100", DROPPED),
        (decimal(4, 2), '"1e99999999999999999999"', DROPPED),
        (array(INTEGER), '[1, "2", 3.7, null]', [1, 2, 3, None]),
        (array(INTEGER), "[[1]]", DROPPED),
        (map_of(STRING, INTEGER), '{"a": "1", "": null}', {"a": 1, "": None}),
        (struct([("A", INTEGER), ("b", STRING)]), '{"a": 1, "B": 2}', {"A": 1, "b": None}),
        (INTEGER, "null", None),
    ],
)
def test_coercions(type_: SqlType, text: str, value: Any) -> None:
    """What ksqlDB makes of each JSON value, or that it drops the record."""
    got = read(type_, text)
    assert got == value
    assert type(got) is type(value)


def test_negative_zero_is_zero() -> None:
    """JSON numbers become BigDecimals, which have no negative zero."""
    assert str(read(DOUBLE, "-0.0")) == "0.0"


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("{}", [None, None]),
        ('{"v": 1}', [1, None]),
        ('{"v": 2, "V": 1}', [1, None]),
        ('{"V": 1, "v": 2}', [1, None]),
        ('{"W": "x"}', [None, None]),
        ('{"w": "x", "X": 1}', [None, "x"]),
        ("null", None),
    ],
)
def test_names(text: str, row: list[Any] | None) -> None:
    """The exact name wins; else a name counts by its upper case, which a lower-case column never equals."""
    decode = get("JSON").decoder([Column("V", INTEGER), Column("w", STRING)], FormatOptions(), None)
    assert decode(text.encode()) == row


@pytest.mark.parametrize("text", ["[]", "5", '"s"', "", "{", '{"V": 01}', '{"V": NaN}', "5x", '{"V": "a\nb"}'])
def test_not_an_object(text: str) -> None:
    """Anything but an object drops the record."""
    with pytest.raises(RecordError):
        get("JSON").decoder([Column("V", INTEGER)], FormatOptions(), None)(text.encode())


def test_text_behind_the_value() -> None:
    """Jackson reads one value and stops."""
    assert get("JSON").decoder([Column("V", INTEGER)], FormatOptions(), None)(b' {"V": 1.5} x') == [1]


def test_errors_name_the_path() -> None:
    """The message has the path of the value, its type, and what was there."""
    decode = get("JSON").decoder([Column("V", array(struct([("A", INTEGER)])))], FormatOptions(), None)
    with pytest.raises(RecordError, match=r"^\$\.V\[1\]\.A: expected INTEGER, got true$"):
        decode(b'{"V": [{"A": 1}, {"a": true}]}')


def test_unwrapped() -> None:
    """A single unwrapped column is the whole value; NULL is a null record."""
    options = FormatOptions(unwrapped=True)
    decode = get("JSON").decoder([Column("V", INTEGER)], options, None)
    encode = get("JSON").encoder([Column("V", INTEGER)], options, None)
    assert [decode(b'"5"'), decode(b"null"), decode(None)] == [[5], [None], None]
    assert [encode([5]), encode([None]), encode(None)] == [b"5", None, None]


@pytest.mark.parametrize(
    ("type_", "value", "text"),
    [
        (DOUBLE, 1.0, "1.0"),
        (DOUBLE, 1e10, "1.0E10"),
        (DOUBLE, 1e-5, "1.0E-5"),
        (DOUBLE, -12345678.5, "-1.23456785E7"),
        (DOUBLE, -0.0, "-0.0"),
        (DOUBLE, float("nan"), '"NaN"'),
        (DOUBLE, float("-inf"), '"-Infinity"'),
        (DOUBLE, None, "null"),
        (BIGINT, -(1 << 63), "-9223372036854775808"),
        (decimal(6, 2), Decimal("1.50"), "1.50"),
        (BYTES, b"abc", '"YWJj"'),
        (BOOLEAN, True, "true"),
        (STRING, 'a"b\\c é', '"a\\"b\\\\c é"'),
        (array(DOUBLE), [1e10, None], "[1.0E10,null]"),
        (map_of(STRING, DOUBLE), {"a": float("inf")}, '{"a":"Infinity"}'),
        (struct([("X", INTEGER), ("Y", DOUBLE)]), {"Y": 1e7, "X": 1}, '{"X":1,"Y":1.0E7}'),
        (struct([("X", INTEGER)]), None, "null"),
    ],
)
def test_encoding(type_: SqlType, value: Any, text: str) -> None:
    """Numbers print as on the JVM, structs in field order."""
    assert write(type_, value) == text


def test_every_type_as_ksqldb_writes_it() -> None:
    """The bytes of a record with every type, as a real ksqlDB wrote them."""
    columns = [
        Column("I", INTEGER), Column("B", BIGINT), Column("D", DOUBLE), Column("BO", BOOLEAN), Column("DE", decimal(10, 2)),
        Column("S", STRING), Column("ARR", array(INTEGER)), Column("M", map_of(STRING, INTEGER)),
        Column("ST", struct([("X", INTEGER), ("Y", STRING)])), Column("TS", TIMESTAMP), Column("DT", DATE), Column("TM", TIME),
        Column("BYT", BYTES),
    ]  # fmt: skip
    data = (
        '{"I":2,"B":3000000000,"D":1.5,"BO":true,"DE":12.34,"S":"a\\"b\\\\c é","ARR":[1,2],"M":{"a":1},"ST":{"X":1,"Y":"z"},'
        '"TS":1577840523456,"DT":18262,"TM":3723000,"BYT":"YWJj"}'
    ).encode()
    row = get("JSON").decoder(columns, FormatOptions(), None)(data)
    assert get("JSON").encoder(columns, FormatOptions(), None)(row) == data


def test_map_keys() -> None:
    """MAP keys must be STRING, however deep the MAP is."""
    with pytest.raises(BindError, match="JSON only supports MAP types with STRING keys"):
        get("JSON").check([Column("V", array(map_of(INTEGER, STRING)))], FormatOptions())


@pytest.mark.parametrize(
    ("type_", "value", "text"),
    [
        (STRING, "a\ud83d", '"a\\ud83d"'),
        (array(STRING), ["é", "\ude00"], '["é","\\ude00"]'),
        (map_of(STRING, DOUBLE), {"\ud83d": 1e7}, '{"\\ud83d":1.0E7}'),
        (struct([("X", STRING), ("Y", DOUBLE)]), {"X": "\ude00", "Y": 1e7}, '{"X":"\\ude00","Y":1.0E7}'),
    ],
)
def test_half_a_character(type_: SqlType, value: Any, text: str) -> None:
    """Text cut in the middle of a surrogate pair is written, the half as an escape; the rest of the record is as ever."""
    assert write(type_, value) == text
    columns = [Column("N", DOUBLE), Column("V", type_)]
    row, _ = struct_encoder(columns)
    wrapped = ('{"N":1.0E10,"V":' + text + "}").encode()
    assert careful_encoder(row, columns)(row(1e10, value)) == wrapped
    assert get("JSON").encoder(columns, FormatOptions(), None)([1e10, value]) == wrapped
