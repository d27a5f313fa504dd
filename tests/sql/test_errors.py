"""What a person reads when a statement does not parse: the place, what was found, what was expected, what to do."""

from __future__ import annotations

import pytest

from millstream.errors import Position, SqlSyntaxError
from millstream.sql import parse, parse_one, parse_schema, parse_type

#: Statement, line and column of the error, words its text must hold.
CASES = [
    ("CREATE STREEM foo;", (1, 8), ["Syntax Error", "'STREEM'", "STREAM or TABLE", "Did you mean STREAM?"]),
    ("SHOW STREAMS;\nSELECT * FRO x;", (2, 10), ["'FRO'", "expected FROM or ','", "Did you mean FROM?"]),
    ("SELECT FROM WHERE;", (1, 8), ["FROM is a reserved word", "expected an expression"]),
    ("SELECT 'abc FROM x;", (1, 8), ["string that starts here is not closed"]),
    ("SELECT `abc FROM x;", (1, 8), ["quoted name that starts here is not closed"]),
    ("SELECT a /* FROM x;", (1, 10), ["comment that starts here is not closed"]),
    ("SELECT f(a, b;", (1, 9), ["'(' that starts here is not closed", "line 1:14"]),
    ("SELECT a[1;", (1, 9), ["'[' that starts here is not closed", "Close it with ']'"]),
    ("SELECT (a FROM x;", (1, 11), ["expected ')'", "'(' at line 1:8 is still open"]),
    ("SELECT * FROM x", (1, 16), ["end of the text", "missing ';'"]),
    ("SELECT * FROM x WHERE", (1, 22), ["end of the text", "expected an expression"]),
    ("SELECT a b c FROM x;", (1, 12), ["'c'", "FROM or ','"]),
    ("SELECT a == b FROM x;", (1, 11), ["Equality is a single ="]),
    ("SELECT a ! b FROM x;", (1, 10), ["'!'", "starts nothing in SQL"]),
    ("SELECT ‘a’ FROM x;", (1, 8), ["typographic quote"]),
    ("SELECT a FROM x ORDER BY a;", (1, 23), ["no ORDER BY"]),
    ("SELECT DISTINCT a FROM x;", (1, 8), ["DISTINCT is a reserved word", "GROUP BY"]),
    ("SELECT * FROM a CROSS JOIN b;", (1, 29), ["WITHIN or ON", "Joins are JOIN, LEFT JOIN"]),
    ("SELECT * FROM s WINDOW TUMBLING (SIZE 1 FORTNIGHT) GROUP BY a;", (1, 41), ["'FORTNIGHT'", "a unit of time"]),
    ("SELECT * FROM s WINDOW TUMBLING (SIZE -1 DAY) GROUP BY a;", (1, 39), ["must not be negative"]),
    ("SELECT * FROM s LIMIT 2.5;", (1, 23), ["LIMIT must be a whole number, not 2.5"]),
    ("SELECT 9223372036854775808 FROM s;", (1, 8), ["Invalid numeric literal: 9223372036854775808"]),
    ("SELECT -9223372036854775809 FROM s;", (1, 9), ["Invalid numeric literal: -9223372036854775809"]),
    ("SELECT 1.7976931348623159E308 FROM s;", (1, 8), ["Number overflows DOUBLE"]),
    ("SELECT DATE '2020-01-01' FROM s;", (1, 8), ["Unknown type: DATE", "CAST('2020-01-01' AS DATE)"]),
    ("SELECT MAP('a' := 1, 'a' := 2) FROM s;", (1, 22), ["same key twice"]),
    ("SELECT f(x => x) FROM s;", (1, 12), ["'=>'"]),
    ("SELECT f(a, x => x, b) FROM s;", (1, 21), ["only further lambdas"]),
    ("SELECT a LIKE 'x' ESCAPE 'ab' FROM s;", (1, 26), ["one character"]),
    ("SELECT ${x} FROM s;", (1, 8), ["variable ${x} is not defined", "DEFINE x"]),
    ("CREATE STREAM select (a INT);", (1, 15), ["SELECT is a reserved word", "`SELECT`"]),
    ("CREATE STREAM a.b (a INT);", (1, 16), ["'.'"]),
    ("CREATE STREAM `a b` (a INT);", (1, 15), ["Source names may only contain"]),
    ("CREATE STREAM x-y (a INT);", (1, 16), ["dash needs back-ticks"]),
    ("CREATE STREAM s (a INT NOT NULL);", (1, 24), ["'NOT'", "PRIMARY, KEY"]),
    ("CREATE STREAM s (a DECIMAL);", (1, 27), ["expected '('"]),
    ("CREATE STREAM s (a DECIMAL(1, 2));", (1, 28), ["precision must be >= scale"]),
    ("CREATE STREAM s (a STRING (KEY));", (1, 28), ["'KEY'", "a number"]),
    ('CREATE STREAM s WITH (kafka_topic="x");', (1, 35), ["Strings take single quotes"]),
    ("CREATE STREAM s WITH (a='x', A='y');", (1, 30), ["property A is set twice"]),
    ("CREATE STREAM s (a INT) AS SELECT * FROM t;", (1, 25), ["'AS'", "WITH or ';'"]),
    ("CREATE SOURCE STREAM s AS SELECT * FROM t;", (1, 24), ["'AS'"]),
    ("INSERT INTO s VALUES (1), (2);", (1, 25), ["after the end of the statement", "missing ';'"]),
    ("ALTER STREAM s DROP COLUMN a;", (1, 16), ["expected ADD"]),
    ("TRUNCATE s;", (1, 1), ["Unknown statement 'TRUNCATE'"]),
    ("SELCT * FROM s;", (1, 1), ["Did you mean SELECT?"]),
    ("DELETE FROM s;", (1, 1), ["insert a NULL value"]),
    ("RUN SCRIPT 'x';", (1, 1), ["Unknown statement 'RUN'", "command of the console"]),
    (";;", (1, 1), ["Unknown statement ';'"]),
    ("SET a = 'b';", (1, 5), ["expected a string"]),
    ("EXPLAIN;", (1, 8), ["expected"]),
    ("CREATE SOURCE CONNECTOR c WITH ('a'='b', 'a'='c');", (1, 42), ["property a is set twice"]),
    ("CREATE EXTERNAL SOURCE x (a=b);", (1, 26), ["expected FROM or WITH"]),
    ("CREATE EXTERNAL SORCE x WITH (a=b);", (1, 17), ["Did you mean SOURCE?"]),
    ("CREATE EXTERNAL SOURCE x WITH (a=b;", (1, 31), ["'(' that starts here is not closed", "needs quotes"]),
    ("CREATE EXTERNAL SOURCE x WITH (a=b,\n  ...);", (2, 3), ["further properties"]),
    ("CREATE EXTERNAL SOURCE x WITH (a=b c);", (1, 36), ["expected ',' or ')'", "needs quotes"]),
    ("CREATE EXTERNAL SOURCE x WITH (a='b);", (1, 34), ["not closed by '"]),
    ("CREATE EXTERNAL SOURCE x WITH (a=);", (1, 34), ["the value of a"]),
    ("CREATE EXTERNAL SOURCE x WITH (a=b) c;", (1, 37), ["expected ';'"]),
]


@pytest.mark.parametrize(("text", "place", "words"), CASES)
def test_error_says_where_what_and_what_to_do(text: str, place: tuple[int, int], words: list[str]) -> None:
    """Each fault is located exactly, and named."""
    with pytest.raises(SqlSyntaxError) as caught:
        parse(text)
    error = caught.value
    assert error.position == Position(*place), str(error)
    assert error.code == 40001
    assert "Syntax Error" in error.message
    for word in words:
        assert word in str(error), str(error)


@pytest.mark.parametrize(
    "deep",
    [
        "SELECT " + "(" * 500 + "1" + ")" * 500 + " FROM s;",
        "SELECT " + "NOT " * 500 + "a FROM s;",
        "SELECT " + "- " * 500 + "1 FROM s;",
        "SELECT 1" + " + 1" * 10_000 + " FROM s;",
        "SELECT a" + " - (b" * 500 + ")" * 500 + " FROM s;",
        "SELECT a" + "[1]" * 500 + " FROM s;",
        "SELECT a" + "->b" * 500 + " FROM s;",
        "SELECT " + "f(" * 500 + "1" + ")" * 500 + " FROM s;",
        "SELECT " + "CASE WHEN " * 500 + "a FROM s;",
        "SELECT f(a, " + "x => g(a, " * 500 + ")" * 500 + " FROM s;",
        "CREATE STREAM s (a " + "ARRAY<" * 500 + "INT" + ">" * 500 + ");",
        "CREATE STREAM s (a INT" + " ARRAY" * 500 + ");",
        "SELECT (" * 500 + ";",
        "EXPLAIN " * 500 + "SELECT * FROM s;",
    ],
)
def test_depth_ends_in_a_clean_error(deep: str) -> None:
    """No text overflows the stack."""
    with pytest.raises(SqlSyntaxError):
        parse(deep)


def test_long_is_not_deep() -> None:
    """Wide statements are fine: many columns, long lists, and long chains of operators."""
    parse("SELECT " + ", ".join(f"c{i} + 1" for i in range(2000)) + " FROM s;")
    parse("SELECT * FROM s WHERE a IN (" + ", ".join(map(str, range(5000))) + ");")
    parse("SELECT * FROM s WHERE " + " OR ".join(f"a = {i}" for i in range(2000)) + ";")
    parse("SELECT a" + " + 1 - b" * 2000 + " FROM s;")
    parse("SELECT a" + " || 'x'" * 2000 + " FROM s;")


def test_exactly_one_statement() -> None:
    """``parse_one`` takes one statement, with or without its semicolon."""
    assert parse_one("SHOW STREAMS") == parse_one(" SHOW STREAMS; ")
    with pytest.raises(SqlSyntaxError, match="found 2"):
        parse_one("SHOW STREAMS; SHOW TABLES;")
    with pytest.raises(SqlSyntaxError, match="no statement"):
        parse_one("-- nothing\n")


def test_types_and_schemas_end_where_their_text_ends() -> None:
    """Nothing may follow them."""
    for text in ("INT INT", "ARRAY<INT", "MAP<INT>", "STRUCT<a>", "NULL", ""):
        with pytest.raises(SqlSyntaxError):
            parse_type(text)
    with pytest.raises(SqlSyntaxError):
        parse_schema("a INT,")


def test_test_words_need_a_script() -> None:
    """RUN SCRIPT is refused outside scripts and the console: a server reads no files of its clients."""
    parse("RUN SCRIPT 'x';", script=True)
    with pytest.raises(SqlSyntaxError):
        parse("RUN SCRIPT 'x';")
