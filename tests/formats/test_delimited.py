"""DELIMITED: one CSV line a record."""

from typing import Any

import pytest

from millstream.errors import BindError, RecordError
from millstream.formats import get
from millstream.formats.base import FormatOptions
from millstream.types import BIGINT, BOOLEAN, BYTES, DOUBLE, INTEGER, STRING, TIME, Column, SqlType, array, decimal

COLUMNS = [Column("A", INTEGER), Column("B", STRING), Column("X", DOUBLE)]


def decode(text: str, columns: list[Column] = COLUMNS, delimiter: str = ",") -> Any:
    return get("DELIMITED").decoder(columns, FormatOptions(delimiter=delimiter), None)(text.encode())


def encode(row: list[Any], columns: list[Column] = COLUMNS, delimiter: str = ",") -> str:
    out = get("DELIMITED").encoder(columns, FormatOptions(delimiter=delimiter), None)(row)
    assert out is not None
    return out.decode()


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("1,a,1.5", [1, "a", 1.5]),
        (",,", [None, None, None]),
        ('"1","a","1.5"', [1, "a", 1.5]),
        ('1,"a,b",1.5', [1, "a,b", 1.5]),
        ('1,"a""b",1.5', [1, 'a"b', 1.5]),
        ('1,a"b,1.5', [1, 'a"b', 1.5]),
        ('1,"a\nb",1.5', [1, "a\nb", 1.5]),
        ('1,"",2', [1, None, 2.0]),
        ("1,a,1.5\r\n", [1, "a", 1.5]),
        ("\n\n1,a,1.5\n2,b,2.5", [1, "a", 1.5]),
        ('1,"a" ,2', [1, "a", 2.0]),
        ("+1,  ,+1.5", [1, "  ", 1.5]),
        ("1,a,NaN", [1, "a", float("nan")]),
    ],
)
def test_lines(text: str, row: list[Any]) -> None:
    """Quotes, empty fields and line ends as Commons CSV takes them."""
    assert repr(decode(text)) == repr(row)


@pytest.mark.parametrize(
    "text",
    ["1,a", "1,a,1.5,x", "", " 1 , a , 1.5 ", "x,a,1.5", "1,a,x", "2147483648,a,1", "1.0,a,1", '1,"open,1.5', '1,"a"x,2', '1,a,2\n"'],
)
def test_lines_refused(text: str) -> None:
    """Wrong counts, wrong types and broken quotes drop the record."""
    with pytest.raises(RecordError):
        decode(text)


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        (BOOLEAN, "TRUE", True),
        (BOOLEAN, "yes", False),
        (decimal(4, 2), "1e1", "10.00"),
        (BYTES, "/w==", b"\xff"),
        (BYTES, "YQ", b"a"),
        (TIME, "5", 5),
        (BIGINT, "-1", -1),
    ],
)
def test_types(type_: SqlType, text: str, value: Any) -> None:
    """Each type's text."""
    got = decode(text, [Column("V", type_)])[0]
    assert (str(got) if type_ == decimal(4, 2) else got) == value


@pytest.mark.parametrize(
    ("type_", "text"), [(decimal(4, 2), "1.555"), (BYTES, "!!"), (TIME, "-1"), (TIME, "12:00"), (BIGINT, " 5"), (decimal(4, 2), "")]
)
def test_types_refused(type_: SqlType, text: str) -> None:
    """What a type does not take drops the record."""
    with pytest.raises(RecordError):
        decode(text, [Column("V", type_)])


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ([-5, "é", 1e10], '"-5",é,1.0E10'),
        ([None, "", None], ",,"),
        ([1, " ", 2.0], '1," ",2.0'),
        ([1, "a ", -1.5], '1,"a ",-1.5'),
        ([1, 'a"b', 1.0], '1,"a""b",1.0'),
        ([1, "#x", 1.0], '1,"#x",1.0'),
        ([1, "a,b", 1.0], '1,"a,b",1.0'),
    ],
)
def test_writing(row: list[Any], text: str) -> None:
    """Fields are quoted where Commons CSV quotes them; the first one also when it starts with a sign."""
    assert encode(row) == text


def test_first_field_written() -> None:
    """An empty first STRING is quoted, a NULL is not; a first field must start with an ASCII letter or digit."""
    columns = [Column("V", STRING)]
    assert [encode([v], columns) for v in ("", None, "é", "/", "a")] == ['""', "", '"é"', '"/"', "a"]


def test_delimiters() -> None:
    """TAB and SPACE by name, any one character by itself."""
    assert decode("1\ta\t2", delimiter="TAB") == [1, "a", 2.0]
    assert encode([1, "a b", 2.0], delimiter="SPACE") == '1 "a b" 2.0'
    assert decode("1|a|2", delimiter="|") == [1, "a", 2.0]
    with pytest.raises(BindError, match="Invalid delimiter value: 'PIPE'"):
        decode("1", delimiter="PIPE")


def test_nested_columns_refused() -> None:
    """No ARRAY, MAP or STRUCT."""
    with pytest.raises(BindError, match="does not support type 'ARRAY', column: `V`"):
        get("DELIMITED").check([Column("V", array(INTEGER))], FormatOptions())


def test_null_records() -> None:
    """A null record stays one."""
    assert get("DELIMITED").decoder(COLUMNS, FormatOptions(), None)(None) is None
    assert get("DELIMITED").encoder(COLUMNS, FormatOptions(), None)(None) is None
