"""COLLECT_LIST, COLLECT_SET, HISTOGRAM and ATTR: aggregates that keep the values themselves.

What may not live here: aggregates that keep numbers only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from millstream.engine.functions.aggregates.packing import packer, unpacker
from millstream.engine.functions.define import Family
from millstream.engine.values.compare import frozen
from millstream.types import SqlType, array

define = Family("AGGREGATE")

define.describe("COLLECT_LIST", "Gives all values of a group as an array.", val="The value.")
define.describe("COLLECT_SET", "Gives the different values of a group as an array.", val="The value.")
define.describe("HISTOGRAM", "Gives how often each text comes in a group, for the first 1000 different ones.", val="The text.")
define.describe("ATTR", "Gives the value if all of a group are the same, else NULL.", val="The value.")

UNLIMITED = 2**31 - 1
MOST_BARS = 1000


def limit_of(settings: dict[str, str], name: str) -> int:
    """How many values an aggregate may keep: ``ksql.functions.<name>.limit``; negative or missing is no limit."""
    given = int(settings.get(f"ksql.functions.{name}.limit", UNLIMITED))
    return given if given >= 0 else UNLIMITED


class CollectList:
    """State: the values."""

    def __init__(self, kind: SqlType, limit: int) -> None:
        self.limit = limit
        self.pack, self.unpack = packer(kind), unpacker(array(kind))

    def init(self) -> list[Any]:
        return []

    def add(self, state: list[Any], value: Any) -> list[Any]:
        if len(state) < self.limit:
            state.append(self.pack(value))
        return state

    def undo(self, state: list[Any], value: Any) -> list[Any]:
        key = frozen(self.pack(value))
        for at in range(len(state) - 1, -1, -1):
            if frozen(state[at]) == key:
                del state[at]
                break
        return state

    def result(self, state: list[Any]) -> list[Any]:
        return list(self.unpack(state))

    def merge(self, left: list[Any], right: list[Any]) -> list[Any]:
        return (left + right)[: self.limit]


class CollectSet(CollectList):
    """State: the different values, in the order they came."""

    def add(self, state: list[Any], value: Any) -> list[Any]:
        packed = self.pack(value)
        key = frozen(packed)
        if len(state) < self.limit and not any(frozen(item) == key for item in state):
            state.append(packed)
        return state

    def merge(self, left: list[Any], right: list[Any]) -> list[Any]:
        kept: dict[Any, Any] = {}
        for item in left + right:
            kept.setdefault(frozen(item), item)
        return list(kept.values())[: self.limit]


def _list_of(types: Sequence[SqlType], _literals: Sequence[Any]) -> SqlType:
    return array(types[0])


@define.aggregate("COLLECT_LIST(val T)", returns=_list_of, undo=True)
def collect_list(types: Sequence[SqlType], _constants: Sequence[Any], settings: dict[str, str]) -> CollectList:
    return CollectList(types[0], limit_of(settings, "collect_list"))


@define.aggregate("COLLECT_SET(val T)", returns=_list_of)
def collect_set(types: Sequence[SqlType], _constants: Sequence[Any], settings: dict[str, str]) -> CollectSet:
    return CollectSet(types[0], limit_of(settings, "collect_set"))


class Histogram:
    """State: text to count. NULL is the text null, whose count does not go up once it is there.

    In ksqlDB a NULL is a key of its own until the state is written out, where it becomes the text: it is always the first NULL.
    """

    def init(self) -> dict[str, int]:
        return {}

    def add(self, state: dict[str, int], value: str | None) -> dict[str, int]:
        if value is None:
            if len(state) < MOST_BARS:
                state.setdefault("null", 1)
        elif value in state or len(state) < MOST_BARS:
            state[value] = state.get(value, 0) + 1
        return state

    def undo(self, state: dict[str, int], value: str | None) -> dict[str, int]:
        bar = "null" if value is None else value
        if bar in state:
            state[bar] -= 1
            if state[bar] < 1:
                del state[bar]
        return state

    def result(self, state: dict[str, int]) -> dict[str, int]:
        return dict(state)

    def merge(self, left: dict[str, int], right: dict[str, int]) -> dict[str, int]:
        for value, times in right.items():
            if value in left or len(left) < MOST_BARS:
                left[value] = left.get(value, 0) + times
        return left


@define.aggregate("HISTOGRAM(val STRING) -> MAP<STRING, BIGINT>", undo=True)
def histogram(_types: Sequence[SqlType], _constants: Sequence[Any], _settings: dict[str, str]) -> Histogram:
    return Histogram()


class Attr:
    """State: a list of [value, how often]; NULL is a value."""

    def __init__(self, kind: SqlType) -> None:
        self.pack, self.unpack = packer(kind), unpacker(kind)

    def init(self) -> list[list[Any]]:
        return []

    def _count(self, state: list[list[Any]], packed: Any, times: int) -> list[list[Any]]:
        key = frozen(packed)
        for entry in state:
            if frozen(entry[0]) == key:
                entry[1] += times
                if entry[1] <= 0:
                    state.remove(entry)
                return state
        if times > 0:
            state.append([packed, times])
        return state

    def add(self, state: list[list[Any]], value: Any) -> list[list[Any]]:
        return self._count(state, self.pack(value), 1)

    def undo(self, state: list[list[Any]], value: Any) -> list[list[Any]]:
        return self._count(state, self.pack(value), -1)

    def result(self, state: list[list[Any]]) -> Any:
        return self.unpack(state[0][0]) if len(state) == 1 else None

    def merge(self, left: list[list[Any]], right: list[list[Any]]) -> list[list[Any]]:
        for packed, times in right:
            left = self._count(left, packed, times)
        return left


@define.aggregate("ATTR(val T) -> T", undo=True)
def attr(types: Sequence[SqlType], _constants: Sequence[Any], _settings: dict[str, str]) -> Attr:
    return Attr(types[0])
