"""COALESCE, IFNULL, NULLIF. What may not live here: CASE."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from millstream.engine.functions.define import Family
from millstream.engine.values.compare import same
from millstream.types import SqlType

define = Family("CONDITIONAL")

define.describe("COALESCE", "Gives the first argument that is not NULL.", first="The first value.", others="The others.")
define.describe("IFNULL", "Gives the first argument, or the second if that is NULL.", expression="The value.", altValue="The other value.")
define.describe(
    "NULLIF", "Gives NULL if both arguments are equal, else the first.", expression1="The value.", expression2="The other value."
)


@define("COALESCE(first T, others T...) -> T", strict=False)
def coalesce(*values: Any) -> Any:
    for value in values:
        if value is not None:
            return value
    return None


@define("IFNULL(expression T, altValue T) -> T", strict=False)
def ifnull(value: Any, other: Any) -> Any:
    return other if value is None else value


@define("NULLIF(expression1 T, expression2 T) -> T", typed=True, strict=False)
def nullif(types: Sequence[SqlType | None], _returns: SqlType) -> Callable[[Any, Any], Any]:
    equal = same(types[0])
    return lambda value, other: None if value is None or (other is not None and equal(value, other)) else value
