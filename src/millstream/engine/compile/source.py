"""Source text while it is being written: lines, indentation, machine-made names, and the namespace that brings in everything else.

No user text ever becomes source: names are a letter and a number, constants and callables go through ``bind``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Source:
    """Lines of one module of generated code, and the objects that they name."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.namespace: dict[str, Any] = {}
        self._depth = 0
        self._first: list[str] = []
        self._count = 0
        self._bound: dict[int, str] = {}

    def line(self, text: str) -> None:
        self.lines.append("    " * self._depth + text)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """Lines below a head such as ``if x:``; an empty block becomes ``pass``."""
        self.line(head)
        self._depth += 1
        before = len(self.lines)
        yield
        if len(self.lines) == before:
            self.line("pass")
        self._depth -= 1

    @contextmanager
    def function(self, signature: str) -> Iterator[None]:
        """A function's lines, behind those that ``first`` gave while they were written."""
        with self.block(f"def {signature}:"):
            start, self._first = len(self.lines), []
            yield
            self.lines[start:start] = ["    " * self._depth + text for text in self._first]

    def first(self, text: str) -> None:
        """A line at the beginning of the function that is being written."""
        self._first.append(text)

    def fresh(self, prefix: str) -> str:
        """A name that is used nowhere else."""
        self._count += 1
        return f"{prefix}{self._count}"

    def bind(self, prefix: str, value: Any) -> str:
        """A name for an object in the namespace; the same object gets the same name."""
        name = self._bound.get(id(value))
        if name is None:
            name = self.fresh(prefix)
            self._bound[id(value)] = name
            self.namespace[name] = value
        return name

    def constant(self, value: Any) -> str:
        """Source of a constant: small numbers, booleans and NULL as they are, anything else by name."""
        if value is None or value is True or value is False:
            return repr(value)
        if type(value) is int:
            return repr(value) if value >= 0 else f"({value})"
        if type(value) is float and math.isfinite(value):
            return repr(value) if value >= 0 and math.copysign(1, value) > 0 else f"({value!r})"
        return self.bind("k", value)

    @property
    def text(self) -> str:
        return "\n".join(self.lines) + "\n"
