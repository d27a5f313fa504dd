"""Types of expressions, and what is refused."""

from __future__ import annotations

import pytest

from millstream.errors import BindError
from tests.plan.conftest import Binder


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("1", "INTEGER"),
        ("2147483647", "INTEGER"),
        ("-2147483648", "INTEGER"),
        ("2147483648", "BIGINT"),
        ("0.001", "DECIMAL(4, 3)"),
        ("12.50", "DECIMAL(4, 2)"),
        ("1e1", "DOUBLE"),
        ("A + G", "BIGINT"),
        ("A + X", "DOUBLE"),
        ("D + 1", "DECIMAL(13, 2)"),
        ("D * D", "DECIMAL(13, 4)"),
        ("A / 2", "INTEGER"),
        ("A / 2.0", "DECIMAL(17, 6)"),
        ("B + 'x'", "STRING"),
        ("A > 1 AND B IS NULL", "BOOLEAN"),
        ("D > X", "BOOLEAN"),
        ("T > '2020-01-01T00:00:00'", "BOOLEAN"),
        ("A IN (1, '2', NULL)", "BOOLEAN"),
        ("A BETWEEN 1 AND 2", "BOOLEAN"),
        ("B LIKE 'a%'", "BOOLEAN"),
        ("CASE WHEN A > 1 THEN B ELSE NULL END", "STRING"),
        ("ARRAY[A, G]", "ARRAY<BIGINT>"),
        ("ARRAY[A, '5']", "ARRAY<INTEGER>"),
        ("ARRAY[1, 2.5]", "ARRAY<DECIMAL(11, 1)>"),
        ("MAP('a' := 1, 'b' := NULL)", "MAP<STRING, INTEGER>"),
        ("STRUCT(x := A, y := L)", "STRUCT<`X` INTEGER, `Y` ARRAY<INTEGER>>"),
        ("L[1]", "INTEGER"),
        ("M['k']", "INTEGER"),
        ("ST->Q", "STRING"),
        ("CAST(A AS DECIMAL(4, 1))", "DECIMAL(4, 1)"),
        ("CAST(NULL AS DATE)", "DATE"),
        ("UCASE(B)", "STRING"),
        ("TRANSFORM(L, e => e + 1)", "ARRAY<INTEGER>"),
        ("ROWTIME", "BIGINT"),
    ],
)
def test_expressions_have_ksqldbs_types(sql: Binder, expression: str, expected: str) -> None:
    """Literals by size, DECIMAL rules, widening, constructors, functions."""
    assert sql.type_of(expression) == expected


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("NULL", "Can't infer a type of null"),
        ("A + NULL", "Arithmetic on types INTEGER and null"),
        ("A + 'a'", "Arithmetic on types INTEGER and STRING"),
        ("B = NULL", "Comparison with NULL not supported: STRING = NULL"),
        ("B = 1", "Cannot compare B (STRING) to 1 (INTEGER) with EQUAL"),
        ("M < M", "with LESS_THAN"),
        ("NOT A", "Not a boolean expression"),
        ("1 AND TRUE", "Not a boolean expression"),
        ("ARRAY[]", "Array constructor cannot be empty"),
        ("ARRAY[NULL]", "all NULL elements"),
        ("MAP(ARRAY[1] := 2)", "Keys of a map must be of a primitive type. Got ARRAY<INTEGER>."),
        ("STRUCT(a := 1, a := 2)", "Duplicate field names"),
        ("L['x']", "the index of an ARRAY is an INTEGER, got STRING"),
        ("ST->Z", "Could not find field 'Z' in 'ST'"),
        ("A->Z", "Expected STRUCT"),
        ("CASE WHEN A > 1 THEN 1 ELSE G END", "DEFAULT type: BIGINT"),
        ("CASE A WHEN 1 THEN 'a' END", "CASE with an operand is not supported"),
        ("CAST(A AS TIMESTAMP)", "Cast of INTEGER to TIMESTAMP is not supported"),
        ("CAST(A AS NOSUCH)", "Cannot resolve unknown type: NOSUCH"),
        ("A IN (1, TRUE)", "operator does not exist: INTEGER = BOOLEAN (true)"),
        ("A IN (1, 'x')", 'invalid input syntax for type INTEGER: "x"'),
        ("NOPE(A)", "Can't find any functions with the name 'NOPE'"),
        ("TRANSFORM(L, a => a)", "Lambda function argument can't be a column name: A"),
        ("S.NOPE", "SELECT column 'S.NOPE' cannot be resolved"),
        ("Z.A", "'Z' is not a valid stream/table name or alias"),
        ("LEN(B) BETWEEN 1 AND 2", "BETWEEN does not take a function call"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_reason(sql: Binder, expression: str, message: str) -> None:
    """The message names the thing, what it is, and what was expected."""
    with pytest.raises(BindError) as caught:
        sql.type_of(expression)
    assert message in caught.value.message


def test_errors_point_at_the_column(sql: Binder) -> None:
    """Line and column are those of the offending name, and near misses are offered."""
    with pytest.raises(BindError) as caught:
        sql.plan("SELECT A,\n  PAGE, BB FROM S S WHERE X > 1 EMIT CHANGES;")
    assert caught.value.position is not None
    assert (caught.value.position.line, caught.value.position.column) == (2, 3)
    with pytest.raises(BindError) as near:
        sql.plan("SELECT BB FROM S EMIT CHANGES;")
    assert near.value.hint == "Did you mean 'B'?"
