"""Text before grammar: cutting a text into statements. Pure, and never fails: what is broken is left to the parser."""

from __future__ import annotations

import re

from millstream.errors import Position
from millstream.sql.bare import BARE, HEAD, QUOTED_TEXT, SPACES
from millstream.sql.tokens import SPACE, Places

#: What can hide a ``;``: strings, quoted names, comments; an opening one that never closes hides the rest.
_SKIP = re.compile(rf"--[^\r\n]*|/\*(?s:.*?)\*/|{QUOTED_TEXT}|/\*|['\"`]|;")
#: The same in KLIP 7's statements, where a bare value may hold quotes and dashes.
_SKIP_EXTERNAL = re.compile(rf"=(?:{SPACE})?{BARE}|{_SKIP.pattern}")


def split(text: str) -> list[tuple[str, Position]]:
    """The statements of a text with the place of each: from its first token to its ``;``. What is left over at the end, without
    a ``;``, comes last; comments alone are no statement, a lone ``;`` is one."""
    places = Places(text)
    return [(text[start:end], places.at(start)) for start, end in spans(text)]


def spans(text: str) -> list[tuple[int, int]]:
    """Where each statement of ``split`` begins and ends."""
    spans: list[tuple[int, int]] = []
    offset = 0
    while True:
        space = SPACES.match(text, offset)
        start = space.end() if space else offset
        if start >= len(text):
            return spans
        end = _end(text, start)
        spans.append((start, end) if text[end - 1] == ";" else (start, len(text.rstrip(" \t\r\n\f\v"))))
        offset = end


def _end(text: str, start: int) -> int:
    """Just after the ``;`` of the statement, or the end of the text."""
    pattern = _SKIP_EXTERNAL if HEAD.match(text, start) else _SKIP
    for match in pattern.finditer(text, start):
        found = match.group()
        if found == ";":
            return match.end()
        if found in ("'", '"', "`", "/*"):
            break
    return len(text)
