"""COUNT, SUM, AVG and SUM_LIST. All can be undone, so they work over tables.

What may not live here: statistics.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from millstream.engine.functions.define import Family
from millstream.engine.values.exact import EXACT, fit
from millstream.engine.values.integers import wrap32, wrap64
from millstream.types import ArrayType, Base, DecimalType, SqlType

define = Family("AGGREGATE")

define.describe("COUNT", "Counts the values that are not NULL; COUNT(*) counts rows.", val="The value.")
define.describe("SUM", "Adds up values.", val="The number.")
define.describe("AVG", "Gives the mean of values.", val="The number.")
define.describe("SUM_LIST", "Adds up the elements of arrays.", list="The array.")

#: How a sum is held to its type.
WRAPS: dict[Base, Callable[[Any], Any]] = {Base.INTEGER: wrap32, Base.BIGINT: wrap64, Base.DOUBLE: float}


def _first(types: Sequence[SqlType], _literals: Sequence[Any]) -> SqlType:
    return types[0]


def _element(types: Sequence[SqlType], _literals: Sequence[Any]) -> SqlType:
    kind = types[0]
    assert isinstance(kind, ArrayType)
    return kind.element


class Count:
    """State: the number."""

    def init(self) -> int:
        return 0

    def add(self, state: int, *args: Any) -> int:
        return state if args and args[0] is None else state + 1

    def undo(self, state: int, *args: Any) -> int:
        return state if args and args[0] is None else state - 1

    def result(self, state: int) -> int:
        return state

    def merge(self, left: int, right: int) -> int:
        return left + right


@define.aggregate(
    "COUNT(val T) -> BIGINT",
    undo=True,
    source={"init": "0", "add": "{state} if {0} is None else {state} + 1", "count": "{state} + 1", "result": "{state}"},
)
def count(_types: Sequence[SqlType], _constants: Sequence[Any], _settings: dict[str, str]) -> Count:
    return Count()


class Sum:
    """State: the sum, wrapped to its type after each step."""

    def __init__(self, wrap: Callable[[Any], Any]) -> None:
        self.wrap = wrap

    def init(self) -> Any:
        return self.wrap(0)

    def add(self, state: Any, value: Any) -> Any:
        return state if value is None else self.wrap(state + value)

    def undo(self, state: Any, value: Any) -> Any:
        return state if value is None else self.wrap(state - value)

    def result(self, state: Any) -> Any:
        return state

    def merge(self, left: Any, right: Any) -> Any:
        return self.wrap(left + right)


def _sum_source(half: str, mask: str) -> dict[str, str]:
    add = f"{{state}} if {{0}} is None else (({{state}} + {{0}} + {half}) & {mask}) - {half}"
    return {"init": "0", "add": add, "result": "{state}"}


def _sum(types: Sequence[SqlType], _constants: Sequence[Any], _settings: dict[str, str]) -> Sum:
    return Sum(WRAPS[types[0].base])


define.aggregate("SUM(val INT) -> INT", undo=True, source=_sum_source("0x80000000", "0xffffffff"))(_sum)
define.aggregate("SUM(val BIGINT) -> BIGINT", undo=True, source=_sum_source("0x8000000000000000", "0xffffffffffffffff"))(_sum)
define.aggregate(
    "SUM(val DOUBLE) -> DOUBLE",
    undo=True,
    source={"init": "0.0", "add": "{state} if {0} is None else {state} + {0}", "result": "{state}"},
)(_sum)


class SumDecimal:
    """State: the sum as text."""

    def __init__(self, kind: DecimalType) -> None:
        self.kind = kind

    def init(self) -> str:
        return str(Decimal(0).scaleb(-self.kind.scale))

    def _fit(self, value: Decimal) -> str:
        return str(fit(value, self.kind.precision, self.kind.scale))

    def add(self, state: str, value: Decimal | None) -> str:
        return state if value is None else self._fit(EXACT.add(Decimal(state), value))

    def undo(self, state: str, value: Decimal | None) -> str:
        return state if value is None else self._fit(EXACT.subtract(Decimal(state), value))

    def result(self, state: str) -> Decimal:
        return Decimal(state)

    def merge(self, left: str, right: str) -> str:
        return self._fit(EXACT.add(Decimal(left), Decimal(right)))


@define.aggregate("SUM(val DECIMAL)", returns=_first, undo=True)
def sum_decimal(types: Sequence[SqlType], _constants: Sequence[Any], _settings: dict[str, str]) -> SumDecimal:
    assert isinstance(types[0], DecimalType)
    return SumDecimal(types[0])


class Average:
    """State: [sum wrapped to the argument's type, count]."""

    def __init__(self, wrap: Callable[[Any], Any]) -> None:
        self.wrap = wrap

    def init(self) -> list[Any]:
        return [self.wrap(0), 0]

    def add(self, state: list[Any], value: Any) -> list[Any]:
        return state if value is None else [self.wrap(state[0] + value), state[1] + 1]

    def undo(self, state: list[Any], value: Any) -> list[Any]:
        return state if value is None else [self.wrap(state[0] - value), state[1] - 1]

    def result(self, state: list[Any]) -> float:
        return state[0] / state[1] if state[1] else 0.0

    def merge(self, left: list[Any], right: list[Any]) -> list[Any]:
        return [self.wrap(left[0] + right[0]), left[1] + right[1]]


@define.aggregate("AVG(val INT) -> DOUBLE", "AVG(val BIGINT) -> DOUBLE", "AVG(val DOUBLE) -> DOUBLE", undo=True)
def average(types: Sequence[SqlType], _constants: Sequence[Any], _settings: dict[str, str]) -> Average:
    return Average(WRAPS[types[0].base])


class SumList:
    """Adds the elements of arrays to what ``Sum`` or ``SumDecimal`` keeps."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.init, self.result, self.merge = inner.init, inner.result, inner.merge

    def add(self, state: Any, values: list[Any] | None) -> Any:
        for value in values or ():
            state = self.inner.add(state, value)
        return state

    def undo(self, state: Any, values: list[Any] | None) -> Any:
        for value in values or ():
            state = self.inner.undo(state, value)
        return state


def _sum_list(types: Sequence[SqlType], _constants: Sequence[Any], _settings: dict[str, str]) -> SumList:
    kind = types[0]
    assert isinstance(kind, ArrayType)
    return SumList(SumDecimal(kind.element) if isinstance(kind.element, DecimalType) else Sum(WRAPS[kind.element.base]))


define.aggregate(*(f"SUM_LIST(list ARRAY<{kind}>) -> {kind}" for kind in ("INT", "BIGINT", "DOUBLE")), undo=True)(_sum_list)
define.aggregate("SUM_LIST(list ARRAY<DECIMAL>)", returns=_element, undo=True)(_sum_list)
