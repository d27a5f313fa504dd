"""Whether values of a schema fit a column's type: what formats with schemas build their readers from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from millstream.types import SqlType

#: A value that is not None -> a value that is not None. Raises Mismatch.
Convert = Callable[[Any], Any]


class Mismatch(Exception):
    """A schema or value that the column's type does not take. ``path`` grows from the inside out."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason, self.path = reason, ""


def same(value: Any) -> Any:
    """What fits as it is."""
    return value


def never(type_: SqlType, got: str) -> Convert:
    """For what a type does not take at all."""

    def convert(_: Any) -> Any:
        raise Mismatch(f"expected {type_}, got {got}")

    return convert
