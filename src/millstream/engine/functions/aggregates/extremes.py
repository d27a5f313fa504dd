"""MIN and MAX. They cannot be undone, so they do not work over tables.

What may not live here: GREATEST and LEAST.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from millstream.engine.functions.aggregates.packing import packer, unpacker
from millstream.engine.functions.define import Family
from millstream.engine.values.compare import order_key
from millstream.types import SqlType

define = Family("AGGREGATE")

define.describe("MAX", "Gives the largest value; NULLs are left out.", val="The value.")
define.describe("MIN", "Gives the smallest value; NULLs are left out.", val="The value.")

#: Types whose Python values order as SQL's do, so that the comparison can be inlined.
_PLAIN = ("INT", "BIGINT", "DATE", "TIME", "TIMESTAMP", "BYTES")


class Extreme:
    """State: the value so far, None before the first."""

    def __init__(self, kind: SqlType, larger: bool) -> None:
        self.pick: Callable[..., Any] = max if larger else min
        self.key = order_key(kind)
        self.pack, self.unpack = packer(kind), unpacker(kind)

    def init(self) -> Any:
        return None

    def add(self, state: Any, value: Any) -> Any:
        if value is None:
            return state
        return self.pack(value if state is None else self.pick(self.unpack(state), value, key=self.key))

    def result(self, state: Any) -> Any:
        return self.unpack(state)

    def merge(self, left: Any, right: Any) -> Any:
        return self.add(left, self.unpack(right))


def _max(types: Sequence[SqlType], _constants: Sequence[Any], _settings: dict[str, str]) -> Extreme:
    return Extreme(types[0], True)


def _min(types: Sequence[SqlType], _constants: Sequence[Any], _settings: dict[str, str]) -> Extreme:
    return Extreme(types[0], False)


def _first(types: Sequence[SqlType], _literals: Sequence[Any]) -> SqlType:
    return types[0]


def _source(sign: str) -> dict[str, str]:
    add = f"{{0}} if {{state}} is None or ({{0}} is not None and {{0}} {sign} {{state}}) else {{state}}"
    return {"init": "None", "add": add, "result": "{state}"}


for _name, _make, _sign in (("MAX", _max, ">"), ("MIN", _min, "<")):
    define.aggregate(*(f"{_name}(val {kind}) -> {kind}" for kind in _PLAIN), source=_source(_sign))(_make)
    define.aggregate(*(f"{_name}(val {kind}) -> {kind}" for kind in ("DOUBLE", "STRING")))(_make)
    define.aggregate(f"{_name}(val DECIMAL)", returns=_first)(_make)
