"""Functions that ksqlDB's own test suite brings along and the product does not have: users' functions, made as users make them."""

from __future__ import annotations

import sys
from typing import Any

from millstream.engine.functions.registry import Registry
from millstream.engine.functions.user import aggregate, functions_of


def add_to(registry: Registry) -> Registry:
    """The registry, with these functions too."""
    registry.add(functions_of(sys.modules[__name__]))
    return registry


@aggregate("TEST_UDAF(val STRUCT<A INT, B INT>) -> STRUCT<A INT, B INT>")
class SumOfStructs:
    """Adds field by field."""

    def init(self) -> dict[str, int]:
        return {"A": 0, "B": 0}

    def add(self, state: dict[str, int], value: dict[str, Any] | None) -> dict[str, int]:
        return state if value is None else {k: state[k] + (value[k] or 0) for k in state}

    def result(self, state: dict[str, int]) -> dict[str, int]:
        return state

    def merge(self, left: dict[str, int], right: dict[str, int]) -> dict[str, int]:
        return self.add(left, right)
