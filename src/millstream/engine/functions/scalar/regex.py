"""Regular expressions. What may not live here: Java's syntax itself (``javaregex``)."""

from __future__ import annotations

from millstream.engine.functions.define import Family
from millstream.engine.functions.scalar.javaregex import compile_java, expand

define = Family("REGULAR EXPRESSION")

define.describe("REGEXP_EXTRACT", "Gives the first match of a pattern, or one of its groups; NULL if there is none.")
define.describe("REGEXP_EXTRACT_ALL", "Gives all matches of a pattern, or one group of each.")
define.describe("REGEXP_REPLACE", "Replaces every match of a pattern; $1 in the replacement is the first group.")
define.describe("REGEXP_SPLIT_TO_ARRAY", "Splits a text at every match of a pattern.")


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
def regexp_extract_all(pattern: str, text: str, group: int = 0) -> list[str] | None:
    compiled = compile_java(pattern)
    if not 0 <= group <= compiled.groups:
        return None
    return [found[group] for found in compiled.finditer(text)]


@define("REGEXP_REPLACE(input STRING, pattern STRING, replacement STRING) -> STRING")
def regexp_replace(text: str, pattern: str, replacement: str) -> str:
    return compile_java(pattern).sub(lambda found: expand(replacement, found), text)


@define("REGEXP_SPLIT_TO_ARRAY(input STRING, regexp STRING) -> ARRAY<STRING>")
def regexp_split_to_array(text: str, pattern: str) -> list[str]:
    compiled = compile_java(pattern)
    if not pattern:
        return list(text) or [""]
    parts: list[str] = []
    start = 0
    for found in compiled.finditer(text):
        parts.append(text[start : found.start()])
        start = found.end()
    return [*parts, text[start:]]
