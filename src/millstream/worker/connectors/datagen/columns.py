"""Generators of one column: (random, first iteration, how many) -> that many values. Pure: same arguments, same values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from millstream.worker.schema import ConnectSchema, struct

Column = Callable[[Random, int, int], list[Any]]


def iteration(start: int, step: int = 1, restart: int | None = None) -> Column:
    """start, start + step, ...; from ``start`` again when ``restart`` would be reached."""
    span = None if restart is None or not step else max((restart - start + step - 1) // step, 1)
    if span is None:
        return lambda rng, first, n: list(range(start + first * step, start + (first + n) * step, step)) if step else [start] * n
    return lambda rng, first, n: [start + (i % span) * step for i in range(first, first + n)]


def options(values: Sequence[Any]) -> Column:
    """One of the values."""
    known = list(values)
    return lambda rng, first, n: rng.choices(known, k=n)


def integers(low: int, high: int) -> Column:
    """low <= value < high."""
    span = max(high - low, 1)

    def column(rng: Random, first: int, n: int) -> list[Any]:
        draw = rng.random
        return [low + int(draw() * span) for _ in range(n)]

    return column


def doubles(low: float, high: float) -> Column:
    """low <= value < high."""

    def column(rng: Random, first: int, n: int) -> list[Any]:
        draw, span = rng.random, high - low
        return [low + draw() * span for _ in range(n)]

    return column


def numbered(prefix: str, count: int) -> Column:
    """prefix1 ... prefix<count>."""
    return options([f"{prefix}{i}" for i in range(1, count + 1)])


def nullable(column: Column, share: float = 0.5) -> Column:
    """Null for a share of the rows."""

    def mixed(rng: Random, first: int, n: int) -> list[Any]:
        draw = rng.random
        return [None if draw() < share else v for v in column(rng, first, n)]

    return mixed


def record(name: str | None, fields: Sequence[tuple[str, ConnectSchema, Column]]) -> tuple[ConnectSchema, Column]:
    """A struct of columns."""
    names = [f[0] for f in fields]
    columns = [f[2] for f in fields]
    schema = struct(name, [(n, s) for n, s, _ in fields])

    def column(rng: Random, first: int, n: int) -> list[Any]:
        if not columns:
            return [{} for _ in range(n)]
        return [dict(zip(names, row, strict=True)) for row in zip(*[c(rng, first, n) for c in columns], strict=True)]

    return schema, column
