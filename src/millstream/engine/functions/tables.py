"""Table functions: a row becomes as many rows as the function gives values.

What may not live here: how rows are multiplied (``engine.operators``).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

from millstream.engine.functions.define import Family
from millstream.types import ArrayType, SqlType

define = Family("TABLE")

define.describe("EXPLODE", "Gives one row for each element of an array.", list="The array.", input="The array.")
define.describe(
    "CUBE_EXPLODE", "Gives one row for each combination of the columns with NULLs in their places.", columns="The columns as an array."
)


def _element(types: Sequence[SqlType], _literals: Sequence[Any]) -> SqlType:
    kind = types[0]
    assert isinstance(kind, ArrayType)
    return kind.element


def _explode(values: list[Any] | None) -> list[Any]:
    return values or []


define.table("EXPLODE(input ARRAY<DECIMAL>)", returns=_element)(_explode)
define.table("EXPLODE(list ARRAY<T>) -> T")(_explode)


@define.table("CUBE_EXPLODE(columns ARRAY<T>) -> ARRAY<T>")
def cube_explode(columns: list[Any] | None) -> list[list[Any]]:
    if columns is None:
        return []
    # A column that is NULL has one form only, so no combination comes twice.
    choices = [[None] if column is None else [None, column] for column in columns]
    return [list(combination) for combination in product(*choices)]
