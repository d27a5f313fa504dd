"""A parsed JSON value as text: what a STRING column makes of a number or an object, and how errors show a value."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import msgspec


def as_text(value: Any) -> str:
    """What a STRING column takes of any JSON value: a text is itself, ``[1, a, null]`` of a list, compact JSON of an object as it is."""
    kind = type(value)
    if kind is str:
        text: str = value
        return text
    if kind is dict:
        return _compact(value)
    if kind is list:
        return "[" + ", ".join(map(as_text, value)) + "]"
    if value is None:
        return "null"
    if kind is bool:
        return "true" if value else "false"
    # BigDecimal has no negative zero.
    return str(value) if value else str(abs(value))


_encode = msgspec.json.Encoder(decimal_format="number").encode


def _compact(value: Any) -> str:
    try:
        return _encode(value).decode()
    except OverflowError:  # an integer of more than 64 bits
        return _encode(_widen(value)).decode()


def _widen(value: Any) -> Any:
    if type(value) is dict:
        return {k: _widen(v) for k, v in value.items()}
    if type(value) is list:
        return [_widen(v) for v in value]
    return Decimal(value) if type(value) is int else value


def shown(value: Any, width: int = 60) -> str:
    """A JSON value for an error message, cut to ``width`` characters."""
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= width else text[: width - 1] + "…"
