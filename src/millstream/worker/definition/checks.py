"""What a value may be. A check takes the key's name and the parsed value and gives Kafka's error text, or None."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Check = Callable[[str, Any], str | None]


def one_of(*allowed: str, ignore_case: bool = False) -> Check:
    """The value is one of these texts; ``allowed`` on the check names them for recommendations."""
    known = {a.lower() for a in allowed} if ignore_case else set(allowed)

    def check(name: str, value: Any) -> str | None:
        for item in value if isinstance(value, list) else [value]:
            if item is None or (item.lower() if ignore_case else item) not in known:
                shown = "null" if item is None else item
                return f"Invalid value {shown} for configuration {name}: String must be one of: {', '.join(allowed)}"
        return None

    check.allowed = allowed  # type: ignore[attr-defined]
    return check


def at_least(low: float) -> Check:
    """A number not smaller than ``low``."""

    def check(name: str, value: Any) -> str | None:
        if value is None:
            return f"Invalid value null for configuration {name}: Value must be non-null"
        return f"Invalid value {value} for configuration {name}: Value must be at least {low}" if value < low else None

    return check


def between(low: float, high: float) -> Check:
    """A number from ``low`` to ``high``."""

    def check(name: str, value: Any) -> str | None:
        lower = at_least(low)(name, value)
        if lower or value <= high:
            return lower
        return f"Invalid value {value} for configuration {name}: Value must be no more than {high}"

    return check


def non_empty(name: str, value: Any) -> str | None:
    """A text that holds something."""
    return f"Invalid value for configuration {name}: String may not be empty" if value is not None and not str(value).strip() else None


def pattern(name: str, value: Any) -> str | None:
    """A regular expression that compiles."""
    for item in value if isinstance(value, list) else [value or ""]:
        try:
            re.compile(item)
        except re.error as e:
            return f"Invalid value {item} for configuration {name}: not a regular expression ({e})"
    return None


def name_of_connector(name: str, value: Any) -> str | None:
    """Not empty, and without control characters."""
    controls = [str(ord(c)) for c in str(value or "") if ord(c) < 32 or ord(c) == 127]
    if controls:
        wrong = "String may not contain control sequences but had the following ASCII chars"
        return f"Invalid value {value} for configuration {name}: {wrong}: {', '.join(controls)}"
    return f"Invalid value  for configuration {name}: String may not be empty" if value is not None and not str(value).strip() else None
