"""Errors as text: what the server said, the line of the statement (without passwords) with a caret below the place, the hint. Pure."""

from __future__ import annotations

import re

from millstream.console.table import width
from millstream.sql import mask

_PLACE = re.compile(r"^line (\d+):(\d+): ")


def error(message: str, statement: str = "", hint: str | None = None) -> str:
    """The error of a statement. ``statement`` is its text as sent; a message that starts with ``line L:C:`` points into it."""
    parts = [message]
    if place := _PLACE.match(message):
        number, column = int(place[1]), int(place[2])
        lines, shown = statement.splitlines(), mask(statement).splitlines()
        if 1 <= number <= len(lines) and column >= 1 and len(lines) == len(shown):
            before = lines[number - 1][: column - 1]
            parts.append(f"  {shown[number - 1]}")
            if shown[number - 1].startswith(before):  # nothing was hidden in front of the place
                parts.append("  " + "".join(" " * width(c) if c != "\t" else "\t" for c in before) + "^")
    if hint:
        parts.append(hint)
    return "\n".join(parts)
