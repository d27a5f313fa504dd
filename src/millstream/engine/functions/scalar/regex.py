"""Regular expressions. What may not live here: Java's syntax itself (``javaregex``)."""

from __future__ import annotations

import re

from millstream.engine.functions.define import Family
from millstream.engine.functions.scalar import utf16
from millstream.engine.functions.scalar.javaregex import compile_java, matches
from millstream.engine.functions.scalar.javareplace import expand
from millstream.errors import RecordError

define = Family("REGULAR EXPRESSION")

define.describe("REGEXP_EXTRACT", "Gives the first match of a pattern, or one of its groups; NULL if there is none.")
define.describe("REGEXP_EXTRACT_ALL", "Gives all matches of a pattern, or one group of each.")
define.describe("REGEXP_REPLACE", "Replaces every match of a pattern; $1 in the replacement is the first group.")
define.describe("REGEXP_SPLIT_TO_ARRAY", "Splits a text at every match of a pattern.")


def _prepared(pattern: str, text: str) -> tuple[re.Pattern[str], str]:
    """The pattern and the text to search: by UTF-16 unit where the pattern may match nothing, since Java then stops at every unit."""
    compiled = compile_java(pattern)
    return compiled, utf16.units(text) if compiled.match("") else text


@define("REGEXP_EXTRACT(pattern STRING, input STRING) -> STRING", "REGEXP_EXTRACT(pattern STRING, input STRING, group INT) -> STRING")
def regexp_extract(pattern: str, text: str, group: int = 0) -> str | None:
    found = compile_java(pattern).search(text)
    if found is None or not 0 <= group <= found.re.groups:
        return None
    return found[group]


@define(
    "REGEXP_EXTRACT_ALL(pattern STRING, input STRING) -> ARRAY<STRING>",
    "REGEXP_EXTRACT_ALL(pattern STRING, input STRING, group INT) -> ARRAY<STRING>",
)
def regexp_extract_all(pattern: str, text: str, group: int = 0) -> list[str | None] | None:
    compiled, counted = _prepared(pattern, text)
    if group > compiled.groups:
        return None
    found_all = list(matches(compiled, counted))
    if group < 0 and found_all:
        raise RecordError(f"The pattern {pattern!r} has no group {group}.")
    return [found[group] if found[group] is None else utf16.whole(found[group]) for found in found_all]


@define("REGEXP_REPLACE(input STRING, pattern STRING, replacement STRING) -> STRING")
def regexp_replace(text: str, pattern: str, replacement: str) -> str:
    compiled, counted = _prepared(pattern, text)
    parts: list[str] = []
    start = 0
    plain = "\\" not in replacement and "$" not in replacement
    for found in matches(compiled, counted):
        first, last = found.span()
        parts.append(counted[start:first])
        parts.append(replacement if plain else expand(replacement, found))
        start = last
    return utf16.whole("".join(parts) + counted[start:])


@define("REGEXP_SPLIT_TO_ARRAY(input STRING, regexp STRING) -> ARRAY<STRING>")
def regexp_split_to_array(text: str, pattern: str) -> list[str]:
    compiled, counted = _prepared(pattern, text)
    parts: list[str] = []
    start = 0
    for found in matches(compiled, counted):
        if found.end() == 0:
            # Java's split starts no piece with an empty match.
            continue
        parts.append(counted[start : found.start()])
        start = found.end()
    parts.append(counted[start:])
    if compiled.match("") and len(counted):
        while parts and not parts[-1]:
            parts.pop()
    return [utf16.whole(part) for part in parts]
