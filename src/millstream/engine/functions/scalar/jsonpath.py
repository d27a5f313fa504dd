"""JSON text as trees that keep every digit, back to text as Jackson writes it, and simple paths ($.a.b[0]).

What may not live here: SQL functions, the JSON format of records.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from millstream.errors import RecordError


class _Missing:
    """What an empty text holds: no value at all."""


MISSING = _Missing()
_DECODER = json.JSONDecoder(parse_float=Decimal, strict=True)
_SPACE = re.compile(r"[ \t\n\r]*")
_ESCAPED = re.compile(r'["\\\x00-\x1f]')
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
_STEP = re.compile(r"\.([A-Za-z0-9_:@\-$ ]+)|\[([0-9]+)\]|\.\"([^\"]+)\"|\[\"([^\"]+)\"\]")


def parse(text: str) -> Any:
    """The first value in the text (what follows it is ignored); MISSING for an empty text. Raises RecordError if there is none."""
    at = _skip(text, 0)
    if at == len(text):
        return MISSING
    try:
        value, _ = _DECODER.raw_decode(text, at)
    except ValueError as error:
        raise RecordError(f"Invalid JSON format: {text!r}: {error}") from None
    if isinstance(value, float):
        raise RecordError(f"Invalid JSON format: {text!r}: NaN and Infinity are no JSON.")
    return value


def elements(text: str) -> Iterator[Any]:
    """The elements of a JSON array one by one, nothing if it is no array. Raises RecordError where the text stops being JSON."""
    at = _skip(text, 0)
    if text[at : at + 1] != "[":
        return
    at = _skip(text, at + 1)
    while text[at : at + 1] != "]":
        try:
            value, at = _DECODER.raw_decode(text, at)
        except ValueError as error:
            raise RecordError(f"Invalid JSON format: {text!r}: {error}") from None
        yield value
        at = _skip(text, at)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def dump(value: Any, *, plain: bool = False) -> str:
    """A tree as compact JSON text. ``plain``: numbers never with an exponent."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return format(value, "f") if plain else str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{quote(k)}:{dump(v, plain=plain)}" for k, v in value.items()) + "}"
    return "[" + ",".join(dump(v, plain=plain) for v in value) + "]"


def quote(text: str) -> str:
    """A string in JSON's quotes."""
    return '"' + _ESCAPED.sub(lambda found: _ESCAPES.get(found[0]) or f"\\u{ord(found[0]):04X}", text) + '"'


@functools.lru_cache(maxsize=1024)
def steps(path: str) -> tuple[str | int, ...]:
    """A path as field names and indexes. Raises RecordError for one that cannot be used."""
    if not path.startswith("$"):
        raise RecordError(f"Invalid JSON path {path!r}: it must start with $.")
    found: list[str | int] = []
    at = 1
    while at < len(path):
        step = _STEP.match(path, at)
        if step is None:
            raise RecordError(f"Invalid JSON path {path!r} at position {at + 1}: expected .field or [index].")
        found.append(int(step[2]) if step[2] is not None else step[1] or step[3] or step[4])
        at = step.end()
    return tuple(found)


def at_path(value: Any, path: str) -> Any:
    """What lies at a path; MISSING if nothing does."""
    for step in steps(path):
        if isinstance(step, int):
            if not isinstance(value, list) or step >= len(value):
                return MISSING
            value = value[step]
        else:
            if not isinstance(value, dict) or step not in value:
                return MISSING
            value = value[step]
    return value
