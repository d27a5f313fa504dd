"""Maps: keys, values, entries, union. They are walked in the JVM's order.

What may not live here: lambdas over maps.
"""

from __future__ import annotations

from typing import Any

from millstream.engine.functions.define import Family
from millstream.engine.values.hashing import hash_order

define = Family("MAP")

define.describe("MAP_KEYS", "Gives the keys of a map.", input="The map.")
define.describe("MAP_VALUES", "Gives the values of a map.", input="The map.")
define.describe("MAP_UNION", "Gives the entries of two maps; those of the second win.", map1="The first map.", map2="The second map.")
define.describe("AS_MAP", "Makes a map of an array of keys and an array of values.", keys="The keys.", values="The values.")
define.describe("ENTRIES", "Gives the entries of a map as structs with fields K and V.", map="The map.", sorted="Whether by key.")


@define("MAP_KEYS(input MAP<STRING, V>) -> ARRAY<STRING>")
def map_keys(entries: dict[str, Any]) -> list[str]:
    return hash_order(entries)


@define("MAP_VALUES(input MAP<STRING, V>) -> ARRAY<V>")
def map_values(entries: dict[str, Any]) -> list[Any]:
    return [entries[key] for key in hash_order(entries)]


@define("MAP_UNION(map1 MAP<STRING, V>, map2 MAP<STRING, V>) -> MAP<STRING, V>", strict=False)
def map_union(left: dict[str, Any] | None, right: dict[str, Any] | None) -> dict[str, Any] | None:
    return None if left is None and right is None else {**(left or {}), **(right or {})}


@define("AS_MAP(keys ARRAY<STRING>, values ARRAY<V>) -> MAP<STRING, V>")
def as_map(keys: list[str], values: list[Any]) -> dict[str, Any]:
    # A NULL key becomes the text null, a missing value NULL.
    padded = values + [None] * (len(keys) - len(values))
    return {"null" if key is None else key: value for key, value in zip(keys, padded, strict=False)}


def _entries(entries: dict[str, Any], by_key: bool) -> list[dict[str, Any]]:
    order = sorted(entries) if by_key else hash_order(entries)
    return [{"K": key, "V": entries[key]} for key in order]


define(
    *(
        f"ENTRIES(map MAP<STRING, {kind}>, sorted BOOLEAN) -> ARRAY<STRUCT<K STRING, V {kind}>>"
        for kind in ("INT", "BIGINT", "DOUBLE", "BOOLEAN", "STRING")
    )
)(_entries)
