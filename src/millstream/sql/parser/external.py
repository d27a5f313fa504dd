"""KLIP 7's connectors: CREATE EXTERNAL SOURCE|SINK name [FROM relation] WITH (key=value, ...), DROP EXTERNAL, SHOW EXTERNAL.

Names keep their case and may have dashes. The brackets of WITH are read as text (``bare``), the rest as tokens.
"""

from __future__ import annotations

from typing import NoReturn

from millstream.errors import SqlSyntaxError
from millstream.sql.bare import Body, body_start, plain
from millstream.sql.parser.cursor import Cursor
from millstream.sql.parser.names import dash_ahead, dashed_raw, dashed_source
from millstream.sql.tokens import END, QUOTED, Places, Tokens, tokenize
from millstream.sql.tree import CreateConnector, DropConnector


def tokens_of(text: str, places: Places) -> Tokens:
    """The tokens of the statement's head, up to and with the bracket after WITH, and its ``;``."""
    start = body_start(text, 0)
    if start is None:
        return tokenize(text, places.origin)
    head = tokenize(text[:start], places.origin)
    closed = text.endswith(";")
    keys = [*head.keys[:-1], *([";"] if closed else []), END]
    starts = [*head.starts[:-1], *([len(text) - 1] if closed else []), len(text)]
    ends = [*head.ends[:-1], *([len(text)] if closed else []), len(text)]
    return Tokens(text, places, keys, starts, ends)


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
    if not (c.at_name() or dash_ahead(c)):
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
            message = f"Syntax Error\nThe property {name} is set twice."
            raise SqlSyntaxError(message, hint="Remove one of the two", position=places.at(key[0]))
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
        message = f"The value that starts here is not closed by {found}."
        raise SqlSyntaxError(f"Syntax Error\n{message}", hint=f"Close it with {found}", position=position)
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
