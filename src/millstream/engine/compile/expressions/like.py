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
    """A test for one pattern. It fails on None, as LIKE does on NULL, and on all texts where the pattern ends with the escape character."""
    parts: list[str] = []
    characters = iter(pattern)
    for character in characters:
        if escape is not None and character == escape:
            literal = next(characters, None)
            if literal is None:
                return _fails
            parts.append(re.escape(literal))
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


def _fails(_: str) -> bool:
    raise RecordError("A LIKE pattern must not end with its escape character.")


def matches(text: str | None, pattern: str | None, escape: str | None) -> bool:
    """``text LIKE pattern`` for a pattern that is no constant."""
    if text is None or pattern is None:
        raise RecordError("LIKE has a NULL operand.")
    return matcher(pattern, escape)(text)
