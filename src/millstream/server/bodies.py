"""JSON bodies of requests: what cannot be read is refused in ksqlDB's words."""

from __future__ import annotations

import json
from typing import Any

from millstream.errors import RequestError


def read(body: bytes, required: str | None = None) -> dict[str, Any]:
    """A JSON object. Raises RequestError 40000 for anything else, or without a ``required`` field. Unknown fields are ignored."""
    try:
        parsed = json.loads(body) if body.strip() else None
    except ValueError as fault:
        raise RequestError(f"Invalid JSON in request: {fault}") from None
    except RecursionError:
        raise RequestError("Invalid JSON in request: it nests too deeply") from None
    if body.strip() == b"":
        raise RequestError("Invalid JSON in request: No content to map due to end-of-input")
    if not isinstance(parsed, dict):
        raise RequestError(f"Invalid JSON in request: expected an object, got {type(parsed).__name__}")
    if required is not None and parsed.get(required) is None:
        raise RequestError(f"Invalid JSON in request: Missing required creator property '{required}'")
    return parsed


def mapping(body: dict[str, Any], field: str) -> dict[str, Any]:
    """An optional object of a body."""
    value = body.get(field)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise RequestError(f"Invalid JSON in request: '{field}' must be an object, got {type(value).__name__}")
    return value
