"""Where KLIP 7's keys and bare values begin and end, as text.

A value without quotes ends at white space, ``,`` or ``)`` (and ``;`` ends the statement). It is not made of SQL tokens
(``jdbc:postgresql://host/db?user=me``), so what stands in the brackets of WITH is read character by character. The parser,
``text`` and ``mask`` all read it through this module, so that they agree. No errors here: a reader that cannot go on says None.
"""

from __future__ import annotations

import re

from millstream.sql.tokens import SPACE, unquote

QUOTED_TEXT = r"'[^']*+(?:''[^']*+)*+'|\"[^\"]*+(?:\"\"[^\"]*+)*+\"|`[^`]*+(?:``[^`]*+)*+`"
#: A value without quotes. A backslash that ends the line is white space, any other is part of the value.
BARE = r"(?!['\"`])(?:[^\s,);\\]|\\(?![ \t]*(?:\r|\n|\Z)))++"

#: The start of such a statement, up to the side.
HEAD = re.compile(rf"(?:EXPLAIN{SPACE})?CREATE{SPACE}(?:OR{SPACE}REPLACE{SPACE})?EXTERNAL\b", re.IGNORECASE)
_WITH = re.compile(rf"{QUOTED_TEXT}|{SPACE}|(?P<with>\bWITH\b(?:{SPACE})?\()|;", re.IGNORECASE)
SPACES = re.compile(SPACE)
_KEY = re.compile(rf"{QUOTED_TEXT}|[^\s=,();'\"`]++")
_VALUE = re.compile(rf"{QUOTED_TEXT}|{BARE}")


def body_start(text: str, start: int) -> int | None:
    """Where the pairs of WITH begin (just after the bracket) in the statement at ``start``, or None if it has none."""
    for match in _WITH.finditer(text, start):
        if match.group() == ";":
            return None
        if match.group("with"):
            return match.end()
    return None


class Body:
    """Reads ``key = value, ...)`` as text from an offset."""

    def __init__(self, text: str, offset: int) -> None:
        self.text = text
        self.offset = offset
        self.opened = offset - 1

    def space(self) -> None:
        match = SPACES.match(self.text, self.offset)
        if match:
            self.offset = match.end()

    def take(self, char: str) -> bool:
        """Steps over the character, and the space before it, if it comes next."""
        self.space()
        if self.text.startswith(char, self.offset):
            self.offset += len(char)
            return True
        return False

    def key(self) -> tuple[int, int] | None:
        return self._span(_KEY)

    def value(self) -> tuple[int, int] | None:
        return self._span(_VALUE)

    def _span(self, pattern: re.Pattern[str]) -> tuple[int, int] | None:
        self.space()
        match = pattern.match(self.text, self.offset)
        if match is None:
            return None
        self.offset = match.end()
        return match.span()


def plain(raw: str) -> str:
    """The text of a key or value as written."""
    return unquote(raw) if raw[0] in "'\"`" else raw
