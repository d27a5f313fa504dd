"""INSERT INTO ... VALUES: strict coercion."""

from __future__ import annotations

from decimal import Decimal

import pytest

from millstream.errors import BindError
from millstream.plan import bind
from millstream.plan.bind.inserted import Mismatch, read_time
from millstream.sql import tree
from millstream.sql.parser import parse
from tests.plan.conftest import Binder


def insert(sql: Binder, text: str) -> bind.BoundInsert:
    (statement,) = parse(text)
    assert isinstance(statement, tree.InsertValues)
    return bind.bind_insert_values(sql.context, statement)


def test_values_become_the_columns_types(sql: Binder) -> None:
    """Numbers widen, texts become timestamps, constructors and functions are evaluated, what is not named is NULL."""
    bound = insert(
        sql,
        "INSERT INTO S (ROWTIME, K, A, G, X, D, T, L, M, ST) VALUES (12, UCASE('k'), -1 + 2, 3, 4, 1.5, '1970-01-02T00:00:01', "
        "ARRAY[1], MAP('a' := 1), STRUCT(P := 1));",
    )
    assert bound.timestamp == 12
    assert bound.values == {
        "K": "K",
        "A": 1,
        "B": None,
        "G": 3,
        "X": 4.0,
        "D": Decimal("1.50"),
        "T": 86_401_000,
        "L": [1],
        "M": {"a": 1},
        "ST": {"P": 1, "Q": None},
    }
    assert isinstance(bound.values["X"], float)


@pytest.mark.parametrize(
    ("column", "written", "value"),
    [
        ("K", "CASE WHEN 1 > 2 THEN 'a' ELSE 'b' + 'c' END", "bc"),
        ("K", "CAST(5 AS STRING)", "5"),
        ("A", "CAST('12' AS INT) + 5 / 2 + 7 % 4", 17),
        ("A", "ARRAY[1, 2][-1]", 2),
        ("A", "STRUCT(X := 3)->X", 3),
        ("X", "5 / 2.0", 2.5),
        ("L", "TRANSFORM(ARRAY[1, 2], i => i * 2)", [2, 4]),
        ("T", "CAST('1970-01-02' AS TIMESTAMP)", 86_400_000),
    ],
)
def test_any_expression_without_columns_is_a_value(sql: Binder, column: str, written: str, value: object) -> None:
    """It is computed as a query would compute it."""
    assert insert(sql, f"INSERT INTO S ({column}) VALUES ({written});").values[column] == value


def test_a_time_is_as_in_a_cast() -> None:
    """Hours and minutes at least; no offset, which would be lost."""
    assert read_time("01:02") == 3_720_000
    assert read_time("01:02:03.1234567") == 3_723_123
    for text in ("01", "0102", "T01:02", "01:02+05:00", "24:00", "01:60"):
        with pytest.raises(Mismatch, match="Time format"):
            read_time(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("INSERT INTO NOPE VALUES (1);", "unknown stream/table: `NOPE`"),
        ("INSERT INTO S2 VALUES ('k');", "Expected a value for each column"),
        ("INSERT INTO S2 (K, Z) VALUES ('k', 1);", "Column name `Z` does not exist"),
        ("INSERT INTO S2 (K, A) VALUES ('k', 99999999999);", "Expected type INTEGER for field `A` but got BIGINT(99999999999)"),
        ("INSERT INTO S2 (K, A) VALUES (1, 1);", "Expected type STRING for field `K` but got INTEGER(1)"),
        ("INSERT INTO S2 (K, A) VALUES ('k', A);", "Unsupported column reference in insert value: A"),
        ("INSERT INTO S (K, T) VALUES ('k', 'garbage');", "Timestamp format must be yyyy-mm-ddThh:mm:ss[.S]"),
        ("INSERT INTO S2 (ROWPARTITION, K) VALUES (1, 'k');", "Inserting into column `ROWPARTITION` is not allowed"),
        ("INSERT INTO S2 (ROWTIME, K) VALUES (-1, 'k');", "ROWTIME cannot be before 1970, got -1"),
        ("INSERT INTO S2 (K, A) VALUES ('k', 1 / 0);", "Failed to insert values into 'S2'. The value cannot be computed"),
        ("INSERT INTO S2 (K, A) VALUES ('k', ABS(CAST('x' AS INT)));", "Failed to insert values into 'S2'."),
        ("INSERT INTO T (A) VALUES (1);", "Value for primary key column(s) K is required for tables"),
        ("INSERT INTO T (K, A) VALUES (NULL, 1);", "cannot be NULL"),
    ],
)
def test_what_does_not_fit_is_refused(sql: Binder, text: str, message: str) -> None:
    """The message names the column, the expected type and the value."""
    with pytest.raises(BindError) as caught:
        insert(sql, text)
    assert message in caught.value.message
