"""Rows of queries as text: a heading first, then a line a row as they come. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from millstream.console.table import cell, heading, line, width

_TYPE_WIDTH = {"BIGINT": 20, "INTEGER": 12, "BOOLEAN": 8, "DOUBLE": 22, "TIMESTAMP": 23, "DATE": 10, "TIME": 12}


def columns(schema: str) -> list[tuple[str, str]]:
    """``\\`ID\\` INTEGER KEY, \\`N\\` ARRAY<BIGINT>`` -> [("ID", "INTEGER"), ("N", "ARRAY<BIGINT>")]."""
    result, depth, start, quoted = [], 0, 0, False
    for index, character in enumerate(schema + ","):
        if character == "`":
            quoted = not quoted
        elif not quoted and character in "<(":
            depth += 1
        elif not quoted and character in ">)":
            depth -= 1
        elif character == "," and depth == 0 and not quoted:
            part = schema[start:index].strip()
            start = index + 1
            if match := re.match(r"`((?:[^`]|``)*)`\s+(.*?)(?:\s+KEY)?\Z", part, re.DOTALL):
                result.append((match[1].replace("``", "`"), match[2]))
    return result


class RowTable:
    """Lays out rows that arrive one by one: widths are fixed by the schema and the terminal before the first row.

    Without a terminal nothing is cut: whoever reads a file or a pipe wants the values.
    """

    def __init__(self, schema: str, terminal: int | None) -> None:
        self.names = columns(schema)
        wanted = [max(width(n), _TYPE_WIDTH.get(t.split("(")[0], 24)) for n, t in self.names]
        room = (terminal or 10_000) - 3 * max(len(wanted) - 1, 0)
        if terminal is not None and sum(wanted) > room and wanted:
            share = max(8, room // len(wanted))
            spare = max(0, room - sum(min(w, share) for w in wanted))
            wanted = [w if w <= share else share + spare // max(1, sum(x > share for x in wanted)) for w in wanted]
        self.sizes = wanted
        self._cuts = terminal is not None

    def heading(self) -> str:
        return heading([n for n, _ in self.names], self.sizes)

    def row(self, values: Sequence[Any], tombstone: bool = False) -> str:
        """One row; a deletion shows its key and <TOMBSTONE> for the rest, as ksqlDB's console does."""
        shown = ["<TOMBSTONE>" if tombstone and v is None else _value(v) for v in values]
        return line(shown, self.sizes, cut=self._cuts)


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}={_value(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return cell(value)


def as_json(names: Sequence[str], values: Sequence[Any]) -> str:
    """One row as a JSON object, for scripts."""
    return _json(dict(zip(names, values, strict=False)))


class Number(str):
    """A number with a point or exponent, as the server wrote it: a float would not have all digits of a DECIMAL, nor its zeros."""

    __slots__ = ()


def read(text: str) -> Any:
    """A piece of an answer with rows in it."""
    return json.loads(text, parse_float=Number)


def _json(value: Any) -> str:
    if isinstance(value, Number):
        return value
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k, ensure_ascii=False)}: {_json(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_json, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
