"""Completion: a pure function of the text before the cursor and of the names that exist.

One test feeds every prefix of a query to prove that none crashes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import field

from millstream.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Names:
    """What exists on the server: relations with their columns, functions, connectors, queries, topics."""

    relations: dict[str, Sequence[str]] = field(default_factory=dict)
    functions: Sequence[str] = ()
    connectors: Sequence[str] = ()
    queries: Sequence[str] = ()
    topics: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Suggestion:
    """``text`` replaces the last ``length`` characters before the cursor; ``kind`` says what it is."""

    text: str
    length: int
    kind: str


_STARTS = (
    "CREATE EXTERNAL SOURCE",
    "CREATE EXTERNAL SINK",
    "CREATE STREAM",
    "CREATE TABLE",
    "CREATE OR REPLACE STREAM",
    "CREATE OR REPLACE TABLE",
    "CREATE SOURCE CONNECTOR",
    "CREATE SINK CONNECTOR",
    "CREATE TYPE",
    "SELECT",
    "INSERT INTO",
    "SHOW STREAMS;",
    "SHOW TABLES;",
    "SHOW TOPICS;",
    "SHOW QUERIES;",
    "SHOW CONNECTORS;",
    "SHOW CONNECTOR PLUGINS;",
    "SHOW EXTERNAL SOURCES;",
    "SHOW EXTERNAL SINKS;",
    "SHOW FUNCTIONS;",
    "SHOW PROPERTIES;",
    "SHOW TYPES;",
    "SHOW VARIABLES;",
    "DESCRIBE",
    "DESCRIBE CONNECTOR",
    "DESCRIBE FUNCTION",
    "DROP STREAM",
    "DROP TABLE",
    "DROP CONNECTOR",
    "DROP EXTERNAL SOURCE",
    "DROP EXTERNAL SINK",
    "EXPLAIN",
    "PRINT",
    "TERMINATE",
    "PAUSE",
    "RESUME",
    "ALTER STREAM",
    "ALTER TABLE",
    "SET",
    "UNSET",
    "DEFINE",
    "UNDEFINE",
    "RUN SCRIPT",
)
_INSIDE = (
    "AS SELECT", "FROM", "WHERE", "GROUP BY", "PARTITION BY", "HAVING", "EMIT CHANGES", "EMIT FINAL", "LIMIT", "JOIN", "LEFT JOIN",
    "INNER JOIN", "FULL OUTER JOIN", "ON", "WITHIN", "GRACE PERIOD", "WINDOW TUMBLING (SIZE", "WINDOW HOPPING (SIZE", "WINDOW SESSION (",
    "WITH (", "AND", "OR", "NOT", "NULL", "IS NULL", "IS NOT NULL", "LIKE", "BETWEEN", "IN (", "CASE WHEN", "THEN", "ELSE", "END", "CAST(",
    "VALUES (", "TERMINATE", "EXTENDED", "DELETE TOPIC",
)  # fmt: skip
_PROPERTIES = ("KAFKA_TOPIC=", "VALUE_FORMAT=", "KEY_FORMAT=", "PARTITIONS=", "TIMESTAMP=", "WRAP_SINGLE_VALUE=")
_WORD = re.compile(r"[A-Za-z0-9_$.\-`]*\Z")


def complete(text: str, names: Names) -> list[Suggestion]:
    """Suggestions for the end of ``text``, best first. Nothing inside a string or a comment."""
    statement = _last_statement(text)
    if statement is None:
        return []
    word = _WORD.search(statement)
    typed = word[0] if word else ""
    before = statement[: len(statement) - len(typed)].upper().split()
    if len(before) < 3 and (starts := _matching([s for s in _STARTS if s.startswith(statement.lstrip().upper())], statement.lstrip())):
        return starts
    return _matching_kinds(_candidates(before, statement, names), typed)


def _candidates(before: list[str], statement: str, names: Names) -> list[tuple[str, Sequence[str]]]:
    last = before[-1] if before else ""
    relations = ("relation", list(names.relations))
    if last in ("FROM", "JOIN", "INTO") or (last in ("STREAM", "TABLE") and before[0] in ("DROP", "ALTER")):
        return [relations]
    if last == "PRINT":
        return [("topic", names.topics)]
    if last in ("TERMINATE", "EXPLAIN", "PAUSE", "RESUME"):
        return [("query", names.queries)]
    if last == "CONNECTOR" or (last in ("SOURCE", "SINK") and before[0] == "DROP"):
        return [("connector", names.connectors)]
    if last == "DESCRIBE":
        return [relations, ("connector", names.connectors)]
    if last == "FUNCTION":
        return [("function", names.functions)]
    used = set(re.findall(r"[A-Za-z0-9_]+", statement.upper()))
    columns = [c for relation, cs in names.relations.items() if relation.upper() in used or "FROM" not in used for c in cs]
    properties = _PROPERTIES if "WITH" in before else ()
    return [("column", columns), ("keyword", _INSIDE), ("property", properties), ("function", names.functions), relations]


def _matching_kinds(candidates: list[tuple[str, Sequence[str]]], typed: str) -> list[Suggestion]:
    wanted, seen, result = typed.upper(), set[str](), []
    for kind, texts in candidates:
        for text in texts:
            if text.upper().startswith(wanted) and text.upper() != wanted and text not in seen:
                seen.add(text)
                result.append(Suggestion(text, len(typed), kind))
    return result


def _matching(starts: list[str], typed: str) -> list[Suggestion]:
    return [Suggestion(s, len(typed), "statement") for s in starts if s != typed.upper()]


def _last_statement(text: str) -> str | None:
    """What was typed since the last ``;``; None inside a string or a comment."""
    start, quote, index = 0, "", 0
    while index < len(text):
        character = text[index]
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"`":
            quote = character
        elif text.startswith("--", index):
            end = text.find("\n", index)
            if end < 0:
                return None
            index = end
        elif text.startswith("/*", index):
            end = text.find("*/", index + 2)
            if end < 0:
                return None
            index = end + 1
        elif character == ";":
            start = index + 1
        index += 1
    return None if quote in ("'", '"') else text[start:].lstrip()
