"""Columns of values as PostgreSQL's COPY takes them, in text. Pure.

Column by column, so that nearly all of the work is done by C: a function a value would cost more than everything else in the sink.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from math import isfinite
from operator import itemgetter
from typing import Any

from millstream.worker.converters.json import encode_plain
from millstream.worker.schema import DATE_NAME, DECIMAL_NAME, FLOATS, INTEGERS, TIME_NAME, TIMESTAMP_NAME, ConnectSchema

NULL = "\\N"
_EPOCH_DAY = 719_163
_DAY_MS = 86_400_000
_BOOLEAN = {True: "t", False: "f"}
#: ``HH:MM:`` of each minute of a day.
_MINUTES = [f"{m // 60:02d}:{m % 60:02d}:" for m in range(1440)]


def lines(schemas: Sequence[ConnectSchema], columns: Sequence[Sequence[Any]]) -> list[str] | None:
    """Rows as lines without their ends; None where a column has no text that is made here (arrays)."""
    texts = []
    for schema, column in zip(schemas, columns, strict=True):
        text = _text(schema)
        if text is None:
            return None
        texts.append(_nulls_kept(text, column) if None in column else text(column))
    return list(map("\t".join, zip(*texts, strict=True)))


Text = Callable[[Sequence[Any]], Iterable[str]]


def _nulls_kept(text: Text, column: Sequence[Any]) -> Iterable[str]:
    there = iter(list(text([v for v in column if v is not None])))
    return [NULL if v is None else next(there) for v in column]


def _text(schema: ConnectSchema) -> Text | None:
    """How a column without nulls becomes text."""
    logical = {TIMESTAMP_NAME: _timestamps, DATE_NAME: _dates, TIME_NAME: _times, DECIMAL_NAME: _plain}.get(schema.name or "")
    if logical is not None:
        return logical
    if schema.type in INTEGERS:
        return _plain
    if schema.type in FLOATS:
        return _floats
    return {
        "boolean": lambda column: map(_BOOLEAN.__getitem__, column),
        "string": _strings,
        "bytes": lambda column: ["\\\\x" + v.hex() for v in column],
        "struct": _documents,
        "map": _documents,
    }.get(schema.type)


def _plain(column: Sequence[Any]) -> Iterable[str]:
    return map(str, column)


def _floats(column: Sequence[Any]) -> Iterable[str]:
    if all(map(isfinite, column)):
        return map(repr, column)
    return [repr(v) if isfinite(v) else "NaN" if v != v else "Infinity" if v > 0 else "-Infinity" for v in column]


def _strings(column: Sequence[Any]) -> Iterable[str]:
    """Escaped where any of them needs it: nearly always none does, and one look at all of them together is cheap."""
    together = "".join(column)
    if not any(mark in together for mark in "\\\t\n\r"):
        return column
    return [v.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r") for v in column]


def _documents(column: Sequence[Any]) -> Iterable[str]:
    return _strings([(data or b"").decode() for data in encode_plain(column, None)])


def _timestamps(column: Sequence[Any]) -> Iterable[str]:
    parts = [divmod(v, _DAY_MS) for v in column]
    days = {d: str(date.fromordinal(d + _EPOCH_DAY)) for d in set(map(itemgetter(0), parts))}
    return [f"{days[d]} {_MINUTES[r // 60_000]}{r // 1000 % 60:02d}.{r % 1000:03d}" for d, r in parts]


def _dates(column: Sequence[Any]) -> Iterable[str]:
    days = {d: str(date.fromordinal(d + _EPOCH_DAY)) for d in set(column)}
    return map(days.__getitem__, column)


def _times(column: Sequence[Any]) -> Iterable[str]:
    return [f"{_MINUTES[v // 60_000]}{v // 1000 % 60:02d}.{v % 1000:03d}" for v in (v % _DAY_MS for v in column)]
