"""Strings, and names that keep their case without quotes (connectors of KLIP 7, query ids)."""

from __future__ import annotations

import re

from millstream.sql.words import RESERVED

_WORDS = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:-[A-Za-z0-9_]+)*\Z")


def text(value: str) -> str:
    """A string literal."""
    return "'" + value.replace("'", "''") + "'"


def cased(name: str, taken: frozenset[str] = frozenset()) -> str:
    """A name whose case counts: bare if it reads back the same. ``taken`` are words that mean something else in its place."""
    match = _WORDS.match(name)
    if match is not None and match[1].upper() not in RESERVED | taken:
        return name
    return "`" + name.replace("`", "``") + "`"
