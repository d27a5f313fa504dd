"""Tables and boxes as text, the way KLIP 7 prints them. Pure: text in, text out; no terminal, no colours.

    name         |  topic prefix
-----------------|--------------
my-postgres-jdbc | test-
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence


def width(text: str) -> int:
    """Columns that a text takes on a terminal (wide East Asian characters count as two, combining marks as none)."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def cell(value: object) -> str:
    """A value as one line of text: NULL as ksqlDB prints it, line breaks and control characters made visible."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    return text if text.isprintable() else "".join(c if c.isprintable() else _visible(c) for c in text)


def _visible(character: str) -> str:
    return {"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(character, f"\\x{ord(character):02x}")


def fit(text: str, limit: int) -> str:
    """The text cut to ``limit`` columns, with an ellipsis where something was cut."""
    if width(text) <= limit:
        return text
    kept, used = [], 0
    for character in text:
        used += width(character)
        if used > max(limit - 1, 0):
            break
        kept.append(character)
    return "".join(kept) + "…"


def widths(header: Sequence[str], rows: Sequence[Sequence[str]], terminal: int | None) -> list[int]:
    """A width for each column: as wide as its widest cell, the widest columns narrowed until the table fits the terminal."""
    result = [max([width(h), *(width(r[i]) for r in rows)]) for i, h in enumerate(header)]
    if terminal is None or not result:
        return result
    room = terminal - 3 * (len(result) - 1)
    while sum(result) > room and max(result) > 8:
        widest = max(range(len(result)), key=result.__getitem__)
        second = max([w for i, w in enumerate(result) if i != widest], default=8)
        result[widest] = max(8, min(result[widest] - 1, max(second, result[widest] - (sum(result) - room))))
    return result


def pad(text: str, size: int) -> str:
    return text + " " * (size - width(text))


def centre(text: str, size: int) -> str:
    left = (size - width(text)) // 2
    return " " * left + pad(text, size - left)


def line(cells: Sequence[str], sizes: Sequence[int], *, cut: bool = True) -> str:
    """One row of a table. Without ``cut`` what is too wide moves the columns behind it."""
    return " | ".join(pad(fit(c, s) if cut else c, s) for c, s in zip(cells, sizes, strict=True)).rstrip()


def heading(header: Sequence[str], sizes: Sequence[int]) -> str:
    """The header and the rule below it."""
    names = " | ".join(centre(fit(h, s), s) for h, s in zip(header, sizes, strict=True)).rstrip()
    return names + "\n" + "-|-".join("-" * s for s in sizes)


def table(header: Sequence[str], rows: Sequence[Sequence[object]], terminal: int | None = None) -> str:
    """A whole table. ``terminal`` is its width in columns; None never cuts."""
    cells = [[cell(v) for v in row] for row in rows]
    sizes = widths(header, cells, terminal)
    return "\n".join([heading(header, sizes), *(line(row, sizes) for row in cells)])


def box(message: str) -> str:
    """A message between two rules as long as its longest line."""
    rule = "-" * max(map(width, message.splitlines()), default=0)
    return f"{rule}\n{message}\n{rule}"


def fields(pairs: Sequence[tuple[str, object]]) -> str:
    """``name : value`` lines, aligned."""
    size = max((width(name) for name, _ in pairs), default=0)
    return "\n".join(f"{pad(name, size)} : {cell(value)}" for name, value in pairs)
