"""EARLIEST_BY_OFFSET and LATEST_BY_OFFSET: one value or several, with or without NULLs.

What may not live here: order by anything but arrival.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from typing import Any

from millstream.engine.functions.aggregates.packing import packer, unpacker
from millstream.engine.functions.define import Family
from millstream.errors import BindError
from millstream.types import SqlType, array

define = Family("AGGREGATE")

for _name, _text in {
    "EARLIEST_BY_OFFSET": "Gives the value that came first in a group, or the first several.",
    "LATEST_BY_OFFSET": "Gives the value that came last in a group, or the last several.",
}.items():
    define.describe(
        _name, _text, val="The value.", earliestN="How many.", latestN="How many.", ignoreNulls="Whether NULLs are left out (TRUE)."
    )

#: Numbers values in order of arrival, on past a restart: states of merged sessions are put in order by it.
_ARRIVALS = itertools.count(time.time_ns())


class Offsets:
    """State: a list of [arrival, value], in order of arrival."""

    def __init__(self, kind: SqlType, *, latest: bool, most: int | None, ignore_nulls: bool) -> None:
        self.latest, self.most, self.ignore_nulls = latest, most, ignore_nulls
        self.keep = 1 if most is None else most
        self.pack, self.unpack = packer(kind), unpacker(kind)

    def init(self) -> list[list[Any]]:
        return []

    def add(self, state: list[list[Any]], value: Any) -> list[list[Any]]:
        if value is None and self.ignore_nulls:
            return state
        if len(state) >= self.keep:
            if not self.latest:
                return state
            del state[0]
        state.append([next(_ARRIVALS), self.pack(value)])
        return state

    def result(self, state: list[list[Any]]) -> Any:
        if self.most is None:
            return self.unpack(state[0][1]) if state else None
        return [self.unpack(entry[1]) for entry in state]

    def merge(self, left: list[list[Any]], right: list[list[Any]]) -> list[list[Any]]:
        joined = sorted(left + right, key=lambda entry: entry[0])
        return joined[-self.keep :] if self.latest else joined[: self.keep]


def _array_of(types: Sequence[SqlType], _literals: Sequence[Any]) -> SqlType:
    return array(types[0])


def _define(name: str, count: str, *, latest: bool) -> None:
    def make(types: Sequence[SqlType], constants: Sequence[Any], _settings: dict[str, str]) -> Offsets:
        most, ignore = None, True
        for constant in constants:
            if isinstance(constant, bool):
                ignore = constant
            else:
                most = constant
        if most is not None and most <= 0:
            raise BindError(f"{name} requires its number of values to be greater than zero, got {most}.")
        return Offsets(types[0], latest=latest, most=most, ignore_nulls=ignore)

    define.aggregate(f"{name}(val T) -> T")(make)
    define.aggregate(f"{name}(val T, ignoreNulls BOOLEAN) -> T", constants=1)(make)
    define.aggregate(f"{name}(val T, {count} INT)", returns=_array_of, constants=1)(make)
    define.aggregate(f"{name}(val T, {count} INT, ignoreNulls BOOLEAN)", returns=_array_of, constants=2)(make)


_define("EARLIEST_BY_OFFSET", "earliestN", latest=False)
_define("LATEST_BY_OFFSET", "latestN", latest=True)
