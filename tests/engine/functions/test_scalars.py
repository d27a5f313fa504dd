"""Scalar functions give ksqlDB's answers, its odd ones included.

One table: a row is a function, its argument types, arguments and answer.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from millstream.engine.functions import default_registry
from millstream.errors import RecordError
from millstream.functions import Overload
from millstream.types import BIGINT, BOOLEAN, BYTES, DATE, DOUBLE, INTEGER, STRING, TIME, TIMESTAMP, SqlType, array, decimal, map_of

UNIT = "INTERVALUNIT"
STRINGS = array(STRING)


def call(name: str, types: list[Any], args: list[Any]) -> Any:
    """Resolve and call, as generated code does: NULL in, NULL out where the overload is strict; the inlined form must agree."""
    found = default_registry().resolve(name, types)
    overload = found.overload
    assert isinstance(overload, Overload)
    if overload.strict and None in args:
        return None
    impl = overload.impl(list(found.arg_types), found.returns) if overload.typed else overload.impl
    result = impl(*args)
    if overload.inline is not None:
        names = [f"a{i}" for i in range(len(args))]
        assert eval(overload.inline.format(*names), {}, dict(zip(names, args, strict=True))) == result
    return result


CASES: list[tuple[str, list[SqlType | str], list[Any], Any]] = [
    ("UCASE", [STRING], ["straße"], "STRASSE"),
    ("INITCAP", [STRING], [" a bC "], "A Bc "),
    ("TRIM", [STRING], ["\t x \n"], "x"),
    ("LEN", [STRING], ["a😀"], 3),
    ("LEN", [BYTES], [b"abc"], 3),
    ("CONCAT", [STRING, STRING], ["a", None], "a"),
    ("CONCAT_WS", [STRING, STRING, STRING], [", ", None, "b"], "b"),
    ("SUBSTRING", [STRING, INTEGER], ["hello", 0], "hello"),
    ("SUBSTRING", [STRING, INTEGER], ["hello", -2], "lo"),
    ("SUBSTRING", [STRING, INTEGER, INTEGER], ["hello", 2, 3], "ell"),
    ("SUBSTRING", [STRING, INTEGER, INTEGER], ["hello", 2, 2**31 - 1], ""),
    ("LPAD", [STRING, INTEGER, STRING], ["foo", 7, "Bar"], "BarBfoo"),
    ("RPAD", [STRING, INTEGER, STRING], ["foo", 2, "Bar"], "fo"),
    ("LPAD", [STRING, INTEGER, STRING], ["foo", 7, ""], None),
    ("INSTR", [STRING, STRING, INTEGER, INTEGER], ["CORPORATE FLOOR", "OR", 3, 2], 14),
    ("INSTR", [STRING, STRING, INTEGER], ["CORPORATE FLOOR", "OR", -3], 5),
    ("INSTR", [STRING, STRING], [None, "OR"], 0),
    ("SPLIT", [STRING, STRING], ["a,,b", ","], ["a", "", "b"]),
    ("SPLIT", [STRING, STRING], ["ab", ""], ["a", "b"]),
    ("SPLIT_TO_MAP", [STRING, STRING, STRING], ["a:1,b", ",", ":"], {"a": "1"}),
    ("CHR", [INTEGER], [0x1F600], "😀"),
    ("CHR", [STRING], ["\\u0041"], "A"),
    ("ELT", [INTEGER, STRING, STRING], [2, "a", "b"], "b"),
    ("FIELD", [STRING, STRING, STRING], ["b", "a", "b"], 2),
    ("MASK", [STRING], ["Ab 1"], "Xx-n"),
    ("MASK_KEEP_RIGHT", [STRING, INTEGER], ["abcd", 2], "xxcd"),
    ("ENCODE", [STRING, STRING, STRING], ["0x4A", "hex", "utf8"], "J"),
    ("FROM_BYTES", [BYTES, STRING], [b"\xab", "hex"], "AB"),
    ("TO_BYTES", [STRING, STRING], ["YQ==", "base64"], b"a"),
    ("MD5", [STRING], ["hello"], "5d41402abc4b2a76b9719d911017c592"),
    ("INT_FROM_BYTES", [BYTES], [b"\xff\xff\xff\xfe"], -2),
    ("REGEXP_EXTRACT", [STRING, STRING, INTEGER], ["(.)(.)", "ab", 2], "b"),
    ("REGEXP_EXTRACT_ALL", [STRING, STRING], ["\\p{Alpha}+", "ab1c"], ["ab", "c"]),
    ("REGEXP_REPLACE", [STRING, STRING, STRING], ["ab", "(a)(b)", "$2$1\\$"], "ba$"),
    ("REGEXP_SPLIT_TO_ARRAY", [STRING, STRING], ["a1b2", "[0-9]"], ["a", "b", ""]),
    ("REGEXP_SPLIT_TO_ARRAY", [STRING, STRING], ["hey", "x*"], ["h", "e", "y"]),
    ("REGEXP_EXTRACT", [STRING, STRING], ["[a-z&&[^b]]+", "bacb"], "ac"),
    ("REGEXP_EXTRACT", [STRING, STRING], ["[^ab[cd]]", "abcde"], "e"),
    ("REGEXP_EXTRACT", [STRING, STRING], ["[\\p{Lu}&&[^A-Z]]\\P{L}", "AxÉ1"], "É1"),
    ("REGEXP_EXTRACT", [STRING, STRING], ["a(?i)b|c", "xC"], "C"),
    ("REGEXP_EXTRACT", [STRING, STRING], ["(?s)a.", "a\n"], "a\n"),
    ("REGEXP_EXTRACT", [STRING, STRING], ["(?m)^b$", "a\r\nb\u2028c"], "b"),
    ("REGEXP_EXTRACT", [STRING, STRING], ["\\x{1F600}|\\0101|\\cA", "xA"], "A"),
    ("REGEXP_EXTRACT", [STRING, STRING], ["(a)\\11", "aa1"], "aa1"),
    ("REGEXP_REPLACE", [STRING, STRING, STRING], ["ab", "\\w*?", "-"], "-a-b-"),
    ("REPLACE", [STRING, STRING, STRING], ["ab", "", "-"], "-a-b-"),
    ("REPLACE", [STRING, STRING, STRING], ["a😀", "a", "b"], "b😀"),
    ("EXTRACTJSONFIELD", [STRING, STRING], ['{"a":[1,{"b":1.10}]}', "$.a[1].b"], "1.10"),
    ("EXTRACTJSONFIELD", [STRING, STRING], ['{"a":null}', "$.a"], "null"),
    ("JSON_RECORDS", [STRING], ['{"a":"x","b":[1]}'], {"a": "x", "b": "[1]"}),
    ("JSON_CONCAT", [STRING, STRING], ["[1]", '{"a":1e2}'], '[1,{"a":100}]'),
    ("JSON_ARRAY_CONTAINS", [STRING, INTEGER], ["[1,2", 1], True),
    ("IS_JSON_STRING", [STRING], ["[1"], False),
    ("TO_JSON_STRING", [map_of(STRING, DOUBLE)], [{"b": 1e10, "a": None}], '{"a":null,"b":1.0E10}'),
    ("URL_EXTRACT_HOST", [STRING], ["https://u:p@example.com:8443/a?b#c"], "example.com"),
    ("URL_EXTRACT_PORT", [STRING], ["https://example.com/"], None),
    ("URL_ENCODE_PARAM", [STRING], ["a b&é"], "a+b%26%C3%A9"),
    ("ABS", [INTEGER], [-(2**31)], -(2**31)),
    ("ROUND", [DOUBLE], [-2.5], -2),
    ("ROUND", [decimal(2, 1)], [Decimal("2.5")], Decimal("3")),
    ("ROUND", [DOUBLE, INTEGER], [1.005, 2], 1.01),
    ("ROUND", [decimal(5, 3), INTEGER], [Decimal("-1.255"), 2], Decimal("-1.250")),
    ("TRUNC", [DOUBLE, INTEGER], [-1.29, 1], -1.2),
    ("CEIL", [decimal(3, 2)], [Decimal("1.20")], Decimal("2.00")),
    ("SIGN", [DOUBLE], [-0.5], -1),
    ("POWER", [INTEGER, INTEGER], [2, -1], 0.5),
    ("SQRT", [DOUBLE], [4.0], 2.0),
    ("GREATEST", [STRING, STRING], ["a", None], "a"),
    ("LEAST", [decimal(3, 1), decimal(4, 2)], [Decimal("1.5"), Decimal("2.25")], Decimal("1.50")),
    ("NULLIF", [INTEGER, INTEGER], [1, 1], None),
    ("IFNULL", [INTEGER, INTEGER], [None, 1], 1),
    ("ARRAY_DISTINCT", [array(INTEGER)], [[1, None, 1, None]], [1, None]),
    ("ARRAY_EXCEPT", [array(INTEGER), array(INTEGER)], [[3, 1, 3], [1]], [3]),
    ("ARRAY_REMOVE", [array(STRINGS), STRINGS], [[["a"], ["b"]], ["a"]], [["b"]]),
    ("ARRAY_JOIN", [array(DOUBLE), STRING], [[1.0, None], "|"], "1.0|null"),
    ("ARRAY_SORT", [array(INTEGER), STRING], [[1, None, 3], "desc"], [3, 1, None]),
    ("ARRAY_MAX", [array(BOOLEAN)], [[False, None, True]], True),
    ("SLICE", [array(INTEGER), INTEGER, INTEGER], [[1, 2, 3], 2, 3], [2, 3]),
    ("GENERATE_SERIES", [INTEGER, INTEGER], [3, 1], [3, 2, 1]),
    ("AS_MAP", [STRINGS, array(INTEGER)], [["a", None], [1]], {"a": 1, "null": None}),
    ("MAP_KEYS", [map_of(STRING, INTEGER)], [{"z": 1, "y": 2, "x": 3}], ["x", "y", "z"]),
    ("MAP_UNION", [map_of(STRING, INTEGER), map_of(STRING, INTEGER)], [{"a": 1}, None], {"a": 1}),
    ("ENTRIES", [map_of(STRING, INTEGER), BOOLEAN], [{"b": 1, "a": 2}, True], [{"K": "a", "V": 2}, {"K": "b", "V": 1}]),
    ("DATEADD", [UNIT, INTEGER, DATE], ["HOURS", 25, 0], 1),
    ("DATESUB", [UNIT, INTEGER, DATE], ["MINUTES", 1, 0], 0),
    ("TIMEADD", [UNIT, INTEGER, TIME], ["SECONDS", 1, 86_399_000], 0),
    ("CONVERT_TZ", [TIMESTAMP, STRING, STRING], [0, "+01:00", "-01:00"], -7_200_000),
    ("PARSE_DATE", [STRING, STRING], ["2021-02-29", "yyyy-MM-dd"], 18687),
    ("STRINGTODATE", [STRING, STRING], ["2021-02-29", "yyyy-MM-dd"], 18686),
    ("PARSE_TIME", [STRING, STRING], ["01:00:00 pm", "hh:mm:ss a"], 46_800_000),
    ("PARSE_TIMESTAMP", [STRING, STRING], ["12:34", "HH:mm"], 45_240_000),
    ("FORMAT_TIMESTAMP", [TIMESTAMP, STRING, STRING], [0, "yyyy-MM-dd'T'HH:mm XXX", "Asia/Kolkata"], "1970-01-01T05:30 +05:30"),
    ("UNIX_TIMESTAMP", [TIMESTAMP], [5], 5),
    ("GEO_DISTANCE", [DOUBLE, DOUBLE, DOUBLE, DOUBLE], [0.0, 0.0, 0.0, 180.0], 20015.086796020572),
]


@pytest.mark.parametrize(("name", "types", "args", "answer"), CASES)
def test_answers(name: str, types: list[Any], args: list[Any], answer: Any) -> None:
    """The answer, and its Python type, are what the table says."""
    result = call(name, types, args)
    assert result == answer
    assert type(result) is type(answer)


FAILURES: list[tuple[str, list[Any], list[Any]]] = [
    ("MASK_LEFT", [STRING, INTEGER], ["a", -1]),
    ("ENCODE", [STRING, STRING, STRING], ["zz", "hex", "utf8"]),
    ("REGEXP_REPLACE", [STRING, STRING, STRING], ["a", "[", "b"]),
    ("REGEXP_EXTRACT", [STRING, STRING], ["a{,2}", "a"]),
    ("REGEXP_EXTRACT", [STRING, STRING], ["(?P<a>a)", "a"]),
    ("REGEXP_EXTRACT", [STRING, STRING], ["[b-a]", "a"]),
    ("REGEXP_EXTRACT", [STRING, STRING], ["\\p{Nonsense}", "a"]),
    ("REGEXP_EXTRACT", [STRING, STRING], ["(a", "a"]),
    ("REGEXP_EXTRACT", [STRING, STRING], ["a)", "a"]),
    ("REGEXP_REPLACE", [STRING, STRING, STRING], ["a", "a" * 16_385, "b"]),
    ("EXTRACTJSONFIELD", [STRING, STRING], ["{}", "$['a']"]),
    ("URL_EXTRACT_HOST", [STRING], ["http://a b"]),
    ("SLICE", [array(INTEGER), INTEGER, INTEGER], [[1], 0, 1]),
    ("GENERATE_SERIES", [INTEGER, INTEGER, INTEGER], [1, 5, 0]),
    ("ARRAY_MAX", [array(array(INTEGER))], [[[1]]]),
    ("PARSE_DATE", [STRING, STRING], ["2020-01-01 12", "yyyy-MM-dd HH"]),
    ("CONVERT_TZ", [TIMESTAMP, STRING, STRING], [0, "EST", "UTC"]),
    ("GEO_DISTANCE", [DOUBLE, DOUBLE, DOUBLE, DOUBLE], [91.0, 0.0, 0.0, 0.0]),
    ("INT_FROM_BYTES", [BYTES, STRING], [b"1234", "bogus"]),
]


@pytest.mark.parametrize(("name", "types", "args"), FAILURES)
def test_arguments_that_make_no_sense_are_record_errors(name: str, types: list[Any], args: list[Any]) -> None:
    """The engine turns these into NULL and an entry of the processing log."""
    with pytest.raises(RecordError):
        call(name, types, args)


def test_array_sort_changes_the_array_it_is_given() -> None:
    """As in ksqlDB, where every other use of the column in the row sees it."""
    given = [2, 1]
    assert call("ARRAY_SORT", [array(INTEGER)], [given]) is given
    assert given == [1, 2]
    assert call("UNIX_DATE", [], []) > 18_000
    assert call("ABS", [BIGINT], [-5]) == 5
