"""Arrays as collections: length, membership, set operations, slices, series.

What may not live here: order (``ordering``), lambdas.
"""

from __future__ import annotations

from typing import Any

from millstream.engine.functions.define import Family
from millstream.engine.values.compare import frozen
from millstream.errors import RecordError

define = Family("ARRAY")

#: Numbers that GENERATE_SERIES gives at most: one record must not take all the memory.
LONGEST = 1 << 20

define.describe("ARRAY_LENGTH", "Gives the number of elements of an array.", array="The array.")
define.describe("ARRAY_CONTAINS", "Tells whether an array holds a value.", array="The array.", element="The value.")
define.describe("ARRAY_CONCAT", "Joins two arrays one after the other.", left="The first array.", right="The second array.")
define.describe("ARRAY_DISTINCT", "Gives the different elements of an array, in the order they come first.", array="The array.")
define.describe(
    "ARRAY_EXCEPT", "Gives the different elements of the first array that the second lacks.", array1="The first.", array2="The second."
)
define.describe("ARRAY_INTERSECT", "Gives the different elements that both arrays hold.", array1="The first.", array2="The second.")
define.describe("ARRAY_UNION", "Gives the different elements of two arrays.", left="The first array.", right="The second array.")
define.describe("ARRAY_REMOVE", "Gives an array without the elements that equal a value.", array="The array.", element="The value.")
define.describe("SLICE", "Gives a part of an array.", **{"in": "The array.", "from": "Where it starts, from 1.", "to": "Where it ends."})
define.describe(
    "GENERATE_SERIES", "Gives the numbers from a start to an end in steps.", start="The first.", end="The bound.", step="The step."
)


@define("ARRAY_LENGTH(array ARRAY<T>) -> INT", inline="len({0})")
def array_length(array: list[Any]) -> int:
    return len(array)


@define("ARRAY_CONTAINS(array ARRAY<T>, element T) -> BOOLEAN", strict=False)
def array_contains(array: list[Any] | None, element: Any) -> bool:
    if array is None:
        return False
    key = frozen(element)
    return any(frozen(item) == key for item in array)


@define("ARRAY_CONCAT(left ARRAY<T>, right ARRAY<T>) -> ARRAY<T>", strict=False)
def array_concat(left: list[Any] | None, right: list[Any] | None) -> list[Any] | None:
    return None if left is None and right is None else (left or []) + (right or [])


def _distinct(items: list[Any], without: frozenset[Any] = frozenset()) -> list[Any]:
    seen = set(without)
    kept: list[Any] = []
    for item in items:
        key = frozen(item)
        if key not in seen:
            seen.add(key)
            kept.append(item)
    return kept


def _keys(items: list[Any]) -> frozenset[Any]:
    return frozenset(map(frozen, items))


@define("ARRAY_DISTINCT(array ARRAY<T>) -> ARRAY<T>")
def array_distinct(array: list[Any]) -> list[Any]:
    return _distinct(array)


@define("ARRAY_EXCEPT(array1 ARRAY<T>, array2 ARRAY<T>) -> ARRAY<T>")
def array_except(left: list[Any], right: list[Any]) -> list[Any]:
    return _distinct(left, _keys(right))


@define("ARRAY_INTERSECT(array1 ARRAY<T>, array2 ARRAY<T>) -> ARRAY<T>")
def array_intersect(left: list[Any], right: list[Any]) -> list[Any]:
    shared = _keys(right)
    return [item for item in _distinct(left) if frozen(item) in shared]


@define("ARRAY_UNION(left ARRAY<T>, right ARRAY<T>) -> ARRAY<T>")
def array_union(left: list[Any], right: list[Any]) -> list[Any]:
    return _distinct(left + right)


@define("ARRAY_REMOVE(array ARRAY<T>, element T) -> ARRAY<T>", strict=False)
def array_remove(array: list[Any] | None, element: Any) -> list[Any] | None:
    if array is None:
        return None
    key = frozen(element)
    return [item for item in array if frozen(item) != key]


@define("SLICE(in ARRAY<T>, from INT, to INT) -> ARRAY<T>", strict=False)
def slice_array(array: list[Any] | None, start: int | None, end: int | None) -> list[Any] | None:
    if array is None:
        return None
    # As Java's subList: bounds outside the array, or crossed by more than one, fail.
    low = 0 if start is None else start - 1
    high = len(array) if end is None else end
    if low < 0 or high > len(array) or low > high:
        raise RecordError(f"The slice {start} to {end} lies outside the array, which has {len(array)} elements.")
    return array[low:high]


@define(
    "GENERATE_SERIES(start INT, end INT) -> ARRAY<INT>",
    "GENERATE_SERIES(start BIGINT, end BIGINT) -> ARRAY<BIGINT>",
    "GENERATE_SERIES(start INT, end INT, step INT) -> ARRAY<INT>",
    "GENERATE_SERIES(start BIGINT, end BIGINT, step INT) -> ARRAY<BIGINT>",
)
def generate_series(start: int, end: int, step: int | None = None) -> list[int]:
    if step is None:
        step = 1 if end >= start else -1
    if step == 0:
        raise RecordError("GENERATE_SERIES step cannot be zero.")
    if (end > start and step < 0) or (end < start and step > 0):
        raise RecordError(f"GENERATE_SERIES step has wrong sign: {start} to {end} by {step}.")
    numbers = range(start, end + (1 if step > 0 else -1), step)
    if abs(end - start) // abs(step) >= LONGEST:
        raise RecordError(f"GENERATE_SERIES would give more than {LONGEST} numbers: {start} to {end} by {step}.")
    return list(numbers)
