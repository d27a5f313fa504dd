"""Names of relations and connectors, where KLIP 7 allows more than an identifier.

``my-table1`` without quotes is a name only where nothing but a name can stand (after FROM and JOIN, in DESCRIBE, in connector
statements), so it never competes with a subtraction. As a relation it is upper-cased like every unquoted name.
"""

from __future__ import annotations

import re

from millstream.sql.parser.cursor import Cursor
from millstream.sql.tokens import DIGITS, FLOAT, INTEGER

_SOURCE = re.compile(r"[A-Za-z0-9_-]+\Z")


def source_name(c: Cursor) -> str:
    """The name of a stream or table. ksqlDB allows letters, digits, ``_`` and ``-`` in it, even between quotes."""
    index = c.index
    name = c.name()
    if _SOURCE.match(name) is None:
        c.index = index
        c.refuse(f"Source names may only contain alphanumeric values, '_' or '-'. Got: '{name}'", None)
    return name


def dashed_source(c: Cursor) -> str:
    """A relation's name where it may have dashes without quotes."""
    if not dash_ahead(c):
        return source_name(c)
    return dashed_raw(c).upper()


def connector_name(c: Cursor) -> str:
    """A connector's name in ksqlDB's spelling: upper-cased unless quoted. Dashes are allowed: look-up ignores case."""
    return dashed_raw(c).upper() if dash_ahead(c) else c.name()


def dashed_raw(c: Cursor) -> str:
    """The whole run of words, numbers and dashes that stand together, as written."""
    start = c.index
    while _joined(c, c.index):
        c.index += 1
    c.index += 1
    return c.tokens.text[c.tokens.starts[start] : c.tokens.ends[c.index - 1]]


def dash_ahead(c: Cursor) -> bool:
    """A reserved word too can begin such a name: nothing else starts with a word and a dash that touch where a name must stand."""
    return c.at_word() and c.peek(1) == "-" and _joined(c, c.index)


def _joined(c: Cursor, index: int) -> bool:
    """Whether the token after ``index`` touches it and continues a dashed name: a dash that something follows, or a word or number."""
    ends, starts, keys = c.tokens.ends, c.tokens.starts, c.keys
    if ends[index] != starts[index + 1]:
        return False
    if keys[index + 1] == "-":
        after = index + 2
        return ends[index + 1] == starts[after] and (keys[after] == "-" or _is_part(c, after))
    return keys[index] == "-" and _is_part(c, index + 1)


def _is_part(c: Cursor, index: int) -> bool:
    key = c.keys[index]
    return key in (INTEGER, DIGITS) or (key == FLOAT and "." not in c.raw(index)) or key[0].isalpha() or key[0] == "_"
