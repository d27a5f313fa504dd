"""Functions that ksqlDB's own test suite brings along and the product does not have."""

from __future__ import annotations

from millstream.functions import FunctionRegistry


def add_to(registry: FunctionRegistry) -> FunctionRegistry:
    return registry
