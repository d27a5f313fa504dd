"""LIKE patterns as regular expressions: ``%`` any text, ``_`` one character, an escape character before either takes it literally."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from millstream.errors import RecordError

#: What a Java pattern's dot takes: anything but the end of a line.
_ANY = "[^\\n\\r\\u0085\\u2028\\u2029]"


@lru_cache(maxsize=1024)
def matcher(pattern: str, escape: str | None) -> Callable[[str], bool]:
    """A test for one pattern. It fails on None, as LIKE does on NULL."""
    parts: list[str] = []
    characters = iter(pattern)
    for character in characters:
        if escape is not None and character == escape:
            parts.append(re.escape(next(characters, "")))
        elif character == "%":
            parts.append(_ANY + "*")
        elif character == "_":
            parts.append(_ANY)
        else:
            parts.append(re.escape(character))
    match = re.compile("".join(parts)).fullmatch

    def test(text: str) -> bool:
        return match(text) is not None

    return test


def matches(text: str | None, pattern: str | None, escape: str | None) -> bool:
    """``text LIKE pattern`` for a pattern that is no constant."""
    if text is None or pattern is None:
        raise RecordError("LIKE has a NULL operand.")
    return matcher(pattern, escape)(text)
