"""GREATEST and LEAST of two or more values; NULLs are left out.

What may not live here: MAX and MIN, which are aggregates.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import reduce
from typing import Any

from millstream.decimals import decimal_for, widest
from millstream.engine.functions.define import Family
from millstream.engine.values.compare import order_key
from millstream.engine.values.exact import EXACT, unit
from millstream.types import DecimalType, SqlType

define = Family("MATHEMATICAL")

define.describe("GREATEST", "Gives the largest of two or more values; NULLs are left out.", val1="The first value.", vals="The others.")
define.describe("LEAST", "Gives the smallest of two or more values; NULLs are left out.", val1="The first value.", vals="The others.")

_KINDS = ("INT", "BIGINT", "DOUBLE", "STRING", "BYTES", "DATE", "TIME", "TIMESTAMP")


def _widest(types: Sequence[SqlType], _literals: Sequence[Any]) -> SqlType:
    return reduce(widest, (decimal_for(kind) for kind in types if kind is not None))


def _chooser(pick: Callable[..., Any], returns: SqlType) -> Callable[..., Any]:
    key = order_key(returns)

    def choose(*values: Any) -> Any:
        given = [v for v in values if v is not None]
        return pick(given, key=key) if given else None

    if not isinstance(returns, DecimalType):
        return choose
    scale = unit(returns.scale)

    def choose_decimal(*values: Decimal | None) -> Decimal | None:
        found: Decimal | None = choose(*values)
        return None if found is None else found.quantize(scale, context=EXACT)

    return choose_decimal


@define(*(f"GREATEST(val1 {kind}, vals {kind}...) -> {kind}" for kind in _KINDS), typed=True, strict=False)
def greatest(_types: Sequence[SqlType | None], returns: SqlType) -> Callable[..., Any]:
    return _chooser(max, returns)


@define(*(f"LEAST(val1 {kind}, vals {kind}...) -> {kind}" for kind in _KINDS), typed=True, strict=False)
def least(_types: Sequence[SqlType | None], returns: SqlType) -> Callable[..., Any]:
    return _chooser(min, returns)


define("GREATEST(val1 DECIMAL, vals DECIMAL...)", returns=_widest, typed=True, strict=False)(greatest)
define("LEAST(val1 DECIMAL, vals DECIMAL...)", returns=_widest, typed=True, strict=False)(least)
