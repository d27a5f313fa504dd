"""TRANSFORM, FILTER and REDUCE over arrays and maps. One element that fails makes the whole result NULL.

What may not live here: how lambdas are compiled.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from millstream.engine.functions.define import Family
from millstream.engine.values.hashing import hash_order

define = Family("LAMBDA")

define.describe("TRANSFORM", "Applies a function to each element of a collection.", array="The array.", map="The map.")
define.describe("FILTER", "Keeps the elements of a collection for which a function gives TRUE.", array="The array.", map="The map.")
define.describe(
    "REDUCE", "Folds a collection into one value, from a start value.", array="The array.", map="The map.", state="The start value."
)


@define("TRANSFORM(map MAP<K, V>, biFunction1 LAMBDA(K, V) => R, biFunction2 LAMBDA(K, V) => T) -> MAP<R, T>")
def transform_map(entries: dict[Any, Any], key: Callable[[Any, Any], Any], value: Callable[[Any, Any], Any]) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for name in hash_order(entries):
        held = entries[name]
        made = key(name, held)
        if made in found:
            raise KeyError(f"Duplicate key {made}: the keys of a map must stay different.")
        found[made] = value(name, held)
    return found


@define("TRANSFORM(array ARRAY<T>, function LAMBDA(T) => R) -> ARRAY<R>")
def transform_array(array: list[Any], function: Callable[[Any], Any]) -> list[Any]:
    return [function(item) for item in array]


@define("FILTER(array ARRAY<T>, function LAMBDA(T) => BOOLEAN) -> ARRAY<T>")
def filter_array(array: list[Any], function: Callable[[Any], Any]) -> list[Any]:
    return [item for item in array if _decided(function(item))]


@define("FILTER(map MAP<K, V>, function LAMBDA(K, V) => BOOLEAN) -> MAP<K, V>")
def filter_map(entries: dict[Any, Any], function: Callable[[Any, Any], Any]) -> dict[Any, Any]:
    return {name: held for name, held in entries.items() if _decided(function(name, held))}


def _decided(answer: Any) -> bool:
    if answer is None:
        raise ValueError("The function of FILTER gave NULL; expected TRUE or FALSE.")
    return bool(answer)


@define("REDUCE(array ARRAY<T>, state S, function LAMBDA(S, T) => S) -> S", strict=False)
def reduce_array(array: list[Any] | None, state: Any, function: Callable[[Any, Any], Any]) -> Any:
    if array is None or state is None:
        return state
    for item in array:
        state = function(state, item)
    return state


@define("REDUCE(map MAP<K, V>, state S, function LAMBDA(S, K, V) => S) -> S", strict=False)
def reduce_map(entries: dict[Any, Any] | None, state: Any, function: Callable[[Any, Any, Any], Any]) -> Any:
    if entries is None or state is None:
        return state
    for name in hash_order(entries):
        state = function(state, name, entries[name])
    return state
