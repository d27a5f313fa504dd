"""STDDEV_SAMP, STDDEV_SAMPLE and CORRELATION. All can be undone, so they work over tables.

What may not live here: sums and means.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from millstream.engine.functions.aggregates.numbers import WRAPS
from millstream.engine.functions.define import Family
from millstream.engine.values.integers import wrap64
from millstream.types import Base, SqlType

define = Family("AGGREGATE")

define.describe(
    "STDDEV_SAMP", "Gives the sample variance of values (the name is ksqlDB's). STDDEV_SAMPLE gives the deviation.", val="The number."
)
define.describe("STDDEV_SAMPLE", "Gives the sample standard deviation of values.", val="The number.")
define.describe("CORRELATION", "Gives Pearson's correlation of pairs of values.", x="The first number.", y="The second number.")


class Deviation:
    """State: [sum wrapped to the argument's type, count, sum of squared differences from the mean]."""

    def __init__(self, kind: SqlType, root: bool) -> None:
        self.wrap = WRAPS[kind.base]
        # Whole numbers are multiplied as BIGINTs, which wrap too.
        self.long: Callable[[Any], Any] = float if kind.base is Base.DOUBLE else wrap64
        self.root = root

    def init(self) -> list[Any]:
        return [self.wrap(0), 0, 0.0]

    def _square(self, total: Any, count: int, value: Any) -> float:
        distance = float(self.long(count * value - total))
        return distance * distance / (count * (count - 1))

    def add(self, state: list[Any], value: Any) -> list[Any]:
        if value is None:
            return state
        total, count, squares = self.wrap(state[0] + value), state[1] + 1, state[2]
        if count > 1:
            squares += self._square(total, count, value)
        return [total, count, squares]

    def undo(self, state: list[Any], value: Any) -> list[Any]:
        if value is None or not state[1]:
            return state
        total, count, squares = state
        if count > 1:
            squares -= self._square(total, count, value)
        return [self.wrap(total - value), count - 1, squares]

    def result(self, state: list[Any]) -> float:
        _, count, squares = state
        if count < 2:
            return 0.0
        variance: float = squares / (count - 1)
        return math.sqrt(max(variance, 0.0)) if self.root else variance

    def merge(self, left: list[Any], right: list[Any]) -> list[Any]:
        if not left[1] or not right[1]:
            return right if not left[1] else left
        count = left[1] + right[1]
        between = (left[0] / left[1] - right[0] / right[1]) ** 2 * left[1] * right[1] / count
        return [self.wrap(left[0] + right[0]), count, left[2] + right[2] + between]


def _variance(types: Sequence[SqlType], _constants: Sequence[Any], _settings: dict[str, str]) -> Deviation:
    return Deviation(types[0], False)


def _deviation(types: Sequence[SqlType], _constants: Sequence[Any], _settings: dict[str, str]) -> Deviation:
    return Deviation(types[0], True)


class Correlation:
    """State: [count, sum x, sum y, sum x squared, sum y squared, sum x times y]."""

    def init(self) -> list[Any]:
        return [0, 0.0, 0.0, 0.0, 0.0, 0.0]

    def _step(self, state: list[Any], x: Any, y: Any, sign: int) -> list[Any]:
        if x is None or y is None:
            return state
        x, y = float(x), float(y)
        terms = (1, x, y, x * x, y * y, x * y)
        return [held + sign * term for held, term in zip(state, terms, strict=True)]

    def add(self, state: list[Any], x: Any, y: Any) -> list[Any]:
        return self._step(state, x, y, 1)

    def undo(self, state: list[Any], x: Any, y: Any) -> list[Any]:
        return self._step(state, x, y, -1)

    def result(self, state: list[Any]) -> float:
        count, x, y, xx, yy, xy = state
        spread = (count * xx - x * x) * (count * yy - y * y)
        if not spread > 0:
            return math.nan
        found: float = (count * xy - x * y) / math.sqrt(spread)
        return found

    def merge(self, left: list[Any], right: list[Any]) -> list[Any]:
        return [a + b for a, b in zip(left, right, strict=True)]


def _correlation(_types: Sequence[SqlType], _constants: Sequence[Any], _settings: dict[str, str]) -> Correlation:
    return Correlation()


for _kind in ("INT", "BIGINT", "DOUBLE"):
    define.aggregate(f"STDDEV_SAMP(val {_kind}) -> DOUBLE", undo=True)(_variance)
    define.aggregate(f"STDDEV_SAMPLE(val {_kind}) -> DOUBLE", undo=True)(_deviation)
    define.aggregate(f"CORRELATION(x {_kind}, y {_kind}) -> DOUBLE", undo=True)(_correlation)
