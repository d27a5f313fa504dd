"""docs/sql/types.md: how values behave, by examples that the tests run. ``n`` is 42, as in ``examples``."""

from __future__ import annotations

from millstream.reference.markdown import code, table

#: Block -> (what it shows, an expression, what it gives as JSON).
BEHAVIOUR: dict[str, tuple[tuple[str, str, str], ...]] = {
    "arithmetic": (
        ("INTEGER wraps around, in SUM, too", "2147483647 + 1", "-2147483648"),
        ("BIGINT likewise", "9223372036854775807 + 1", "-9223372036854775808"),
        ("division of whole numbers is cut towards zero", "-7 / 2", "-3"),
        ("and the remainder has the sign of the first", "-7 % 3", "-1"),
        ("a division of whole numbers by zero is NULL", "5 / 0", "null"),
        ("of DOUBLEs it is infinite", "5E0 / 0", '"Infinity"'),
        ("or no number", "0E0 / 0", '"NaN"'),
        ("a DECIMAL division that does not come out even is NULL", "1.0 / 3", "null"),
        ("a DECIMAL beyond its precision is NULL", "CAST(123.4 AS DECIMAL(3, 1))", "null"),
    ),
    "casts": (
        ("DOUBLE to INTEGER is cut", "CAST(-1.7E0 AS INT)", "-1"),
        ("and stops at the largest", "CAST(3E10 AS INT)", "2147483647"),
        ("a smaller scale rounds, halves away from zero", "CAST(-1.25 AS DECIMAL(3, 1))", "-1.3"),
        ("true, yes and t in any case are TRUE", "CAST('Yes' AS BOOLEAN)", "true"),
        ("any other text is FALSE", "CAST('maybe' AS BOOLEAN)", "false"),
        ("what cannot be cast is NULL, with a row in the processing log", "CAST('x' AS INT)", "null"),
        ("a text compares with a date as a date", "FROM_DAYS(19783) > '2024-02-29'", "true"),
    ),
    "null": (
        ("a comparison with NULL is FALSE", "CAST(NULL AS INT) = 1", "false"),
        ("IS DISTINCT FROM takes NULL for a value", "CAST(NULL AS INT) IS DISTINCT FROM 1", "true"),
        ("IN is never NULL", "CAST(NULL AS INT) IN (1, NULL)", "false"),
        ("AND and OR know NULL", "TRUE AND CAST(NULL AS BOOLEAN)", "null"),
        ("`+` writes NULL as a text", "'a' + CAST(NULL AS STRING)", '"anull"'),
        ("CONCAT leaves it out", "CONCAT('a', CAST(NULL AS STRING))", '"a"'),
        ("one element that fails makes the whole result NULL", "TRANSFORM(ARRAY[1, 0], x => 1 / x)", "null"),
    ),
    "collections": (
        ("the first element is 1", "ARRAY['a', 'b'][1]", '"a"'),
        ("the last is -1", "ARRAY['a', 'b'][-1]", '"b"'),
        ("outside there is NULL", "ARRAY['a', 'b'][3]", "null"),
        ("so is what a MAP has no key for", "MAP('a' := 1)['b']", "null"),
        ("a field of a STRUCT", "STRUCT(a := 1, b := 'x')->b", '"x"'),
    ),
}


def block(name: str) -> str:
    """One table."""
    return table(["", "for example", "gives"], [[what, code(call), code(gives)] for what, call, gives in BEHAVIOUR[name]])
