"""KLIP 7's connectors: CREATE EXTERNAL SOURCE|SINK name [FROM relation] WITH (key=value, ...), DROP EXTERNAL, SHOW EXTERNAL.

Names keep their case and may have dashes; keys may have dots; a value without quotes ends at white space, ``,`` or ``)``. Such
values are not made of SQL tokens (``jdbc:postgresql://host/db?user=me``), so the brackets of WITH are read as text: ``Body``
does it, and ``text`` and ``mask`` use its expressions too, so that all three agree where a value ends.
"""

from __future__ import annotations

import re
from typing import NoReturn

from millstream.errors import SqlSyntaxError
from millstream.sql.parser.cursor import Cursor
from millstream.sql.parser.names import dashed_raw, dashed_source
from millstream.sql.tokens import QUOTED, SPACE, Places, Tokens, tokenize, unquote
from millstream.sql.tree import CreateConnector, DropConnector

_QUOTED_TEXT = r"'[^']*+(?:''[^']*+)*+'|\"[^\"]*+(?:\"\"[^\"]*+)*+\"|`[^`]*+(?:``[^`]*+)*+`"
#: A value without quotes. A backslash that ends the line is white space, any other is part of the value.
BARE = r"(?!['\"`])(?:[^\s,);\\]|\\(?![ \t]*(?:\r|\n|\Z)))++"

#: The start of such a statement, up to the side.
HEAD = re.compile(rf"CREATE{SPACE}(?:OR{SPACE}REPLACE{SPACE})?EXTERNAL\b", re.IGNORECASE)
_WITH = re.compile(rf"{_QUOTED_TEXT}|{SPACE}|(?P<with>\bWITH\b(?:{SPACE})?\()|;", re.IGNORECASE)
_SPACE = re.compile(SPACE)
_KEY = re.compile(rf"{_QUOTED_TEXT}|[^\s=,();'\"`]++")
_VALUE = re.compile(rf"{_QUOTED_TEXT}|{BARE}")


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
        match = _SPACE.match(self.text, self.offset)
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


def tokens_of(text: str, places: Places) -> tuple[Tokens, int | None]:
    """The tokens of the statement's head, up to and with the bracket after WITH, and where its pairs begin."""
    start = body_start(text, 0)
    tokens = tokenize(text if start is None else text[:start])
    return Tokens(text, places, tokens.keys, tokens.starts, tokens.ends), start


def create(c: Cursor) -> CreateConnector:
    """What follows CREATE EXTERNAL. The cursor holds the head only; the pairs are read from the text."""
    side = c.one_of("SOURCE", "SINK")
    missing_only = c.accept_all("IF", "NOT", "EXISTS")
    name = _name(c)
    relation = dashed_source(c) if c.accept("FROM") else None
    c.expect("WITH", "(")
    pairs = _pairs(Body(c.tokens.text, c.tokens.ends[c.index - 1]), c.tokens.places)
    return CreateConnector(side, name, pairs, missing_only, external=True, relation=relation)


def _name(c: Cursor) -> str:
    if c.keys[c.index] == QUOTED:
        return c.name()
    if not c.at_name():
        c.fail()
    return dashed_raw(c)


def _pairs(body: Body, places: Places) -> tuple[tuple[str, str], ...]:
    pairs: dict[str, str] = {}
    while True:
        key = body.key()
        if key is None:
            _refuse(body, places, "a property such as connector.class=...")
        name = plain(body.text[key[0] : key[1]])
        if name in pairs:
            raise SqlSyntaxError(f"Syntax Error\nThe property {name} is set twice.", hint="Remove one of the two", position=places.at(key[0]))
        if not body.take("="):
            _refuse(body, places, f"'=' after {name}", key[0] if name == "..." else None)
        value = body.value()
        if value is None:
            _refuse(body, places, f"the value of {name} (an empty one is '')")
        pairs[name] = plain(body.text[value[0] : value[1]])
        if not body.take(","):
            break
    if not body.take(")"):
        _refuse(body, places, "',' or ')'")
    body.take(";")
    body.space()
    if body.offset < len(body.text):
        _refuse(body, places, "';'")
    return tuple(pairs.items())


def _refuse(body: Body, places: Places, expected: str, at: int | None = None) -> NoReturn:
    body.space()
    text, offset = body.text, body.offset if at is None else at
    found = text[offset : offset + 1]
    position = places.at(offset)
    hint = None
    if text.startswith("...", offset):
        hint = "The dots stand for further properties: write them out"
    elif found in ("'", '"', "`"):
        raise SqlSyntaxError(f"Syntax Error\nThe value that starts here is not closed by {found}.", hint=f"Close it with {found}", position=position)
    elif found in ("", ";"):
        message = f"The '(' that starts here is not closed; at line {position.line}:{position.column} expected {expected}."
        hint = "Close it with ')'. A value with ; in it needs quotes"
        raise SqlSyntaxError(f"Syntax Error\n{message}", hint=hint, position=places.at(body.opened))
    else:
        hint = "A value with spaces, commas or brackets in it needs quotes"
    raise SqlSyntaxError(f"Syntax Error\nFound '{found}', expected {expected}.", hint=hint, position=position)


def drop(c: Cursor) -> DropConnector:
    """What follows DROP EXTERNAL."""
    side = c.one_of("SOURCE", "SINK")
    existing_only = c.accept_all("IF", "EXISTS")
    return DropConnector(_name(c), existing_only, True, side, c.accept("TERMINATE"))
