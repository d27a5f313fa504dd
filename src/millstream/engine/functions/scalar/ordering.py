"""Arrays by order: smallest, largest, sorted, joined to a text.

What may not live here: set operations.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from millstream.engine.functions.define import Family
from millstream.engine.values.compare import order_key
from millstream.engine.values.text import texter
from millstream.errors import RecordError
from millstream.types import ArrayType, Base, SqlType

define = Family("ARRAY")

define.describe("ARRAY_MAX", "Gives the largest element of an array; NULLs are left out.", array="The array.")
define.describe("ARRAY_MIN", "Gives the smallest element of an array; NULLs are left out.", array="The array.")
define.describe("ARRAY_SORT", "Sorts an array in place; NULLs come last.", array="The array.", direction="ASC or DESC.")
define.describe(
    "ARRAY_JOIN", "Joins the elements of an array to a text; NULL is shown as null.", array="The array.", delimiter="Between them."
)

_UNORDERED = (Base.ARRAY, Base.MAP, Base.STRUCT)


def _element(types: Sequence[SqlType | None]) -> SqlType | None:
    kind = types[0]
    return kind.element if isinstance(kind, ArrayType) else None


def _extreme(pick: Callable[..., Any], types: Sequence[SqlType | None]) -> Callable[[list[Any]], Any]:
    kind = _element(types)
    key = order_key(kind) if kind else None

    def extreme(array: list[Any]) -> Any:
        given = [item for item in array if item is not None]
        if kind and kind.base in _UNORDERED and given:
            raise RecordError(f"Values of {kind} have no order.")
        return pick(given, key=key) if given else None

    return extreme


@define("ARRAY_MAX(array ARRAY<T>) -> T", typed=True)
def array_max(types: Sequence[SqlType | None], _returns: SqlType) -> Callable[[list[Any]], Any]:
    return _extreme(max, types)


@define("ARRAY_MIN(array ARRAY<T>) -> T", typed=True)
def array_min(types: Sequence[SqlType | None], _returns: SqlType) -> Callable[[list[Any]], Any]:
    return _extreme(min, types)


@define("ARRAY_SORT(array ARRAY<T>) -> ARRAY<T>", "ARRAY_SORT(array ARRAY<T>, direction STRING) -> ARRAY<T>", typed=True)
def array_sort(types: Sequence[SqlType | None], _returns: SqlType) -> Callable[..., list[Any] | None]:
    kind = _element(types)
    key = order_key(kind) if kind else None

    def sort(array: list[Any], direction: str = "ASC") -> list[Any] | None:
        given = [item for item in array if item is not None]
        if kind and kind.base in _UNORDERED and len(given) > 1:
            raise RecordError(f"Values of {kind} have no order.")
        if direction.upper() not in ("ASC", "ASCENDING", "DESC", "DESCENDING"):
            return None
        given.sort(key=key, reverse=direction.upper().startswith("DESC"))
        # ksqlDB sorts the very array it is given, and every other use of it in the row sees that.
        array[:] = given + [None] * (len(array) - len(given))
        return array

    return sort


@define("ARRAY_JOIN(array ARRAY<T>) -> STRING", "ARRAY_JOIN(array ARRAY<T>, delimiter STRING) -> STRING", typed=True, strict=False)
def array_join(types: Sequence[SqlType | None], _returns: SqlType) -> Callable[..., str | None]:
    kind = _element(types)
    if kind and kind.base in (*_UNORDERED, Base.BYTES):
        return _no_join(kind)
    shown = texter(kind) if kind else str

    def join(array: list[Any] | None, delimiter: str | None = ",") -> str | None:
        if array is None:
            return None
        return (delimiter or "").join("null" if item is None else shown(item) for item in array)

    return join


def _no_join(kind: SqlType) -> Callable[..., str | None]:
    def join(array: list[Any] | None, delimiter: str | None = ",") -> str | None:
        if array is None:
            return None
        if any(item is not None for item in array):
            raise RecordError(f"Arrays of {kind} cannot be joined; expected elements of a primitive type.")
        return (delimiter or "").join("null" for _ in array)

    return join
