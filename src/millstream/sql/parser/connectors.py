"""Connector statements in ksqlDB's spelling, and Millstream's own: ALTER, PAUSE, RESUME, STOP, RESTART. KLIP 7's is in ``external``."""

from __future__ import annotations

from millstream.sql.parser.cursor import Cursor
from millstream.sql.parser.names import connector_name, dashed_source
from millstream.sql.parser.properties import pairs
from millstream.sql.tokens import DECIMAL, DIGITS, FLOAT, INTEGER, QUOTED, STRING, VARIABLE, unquote
from millstream.sql.tree import AlterConnector, ControlConnector, CreateConnector

Config = tuple[tuple[str, str], ...]


def create_connector(c: Cursor, side: str) -> CreateConnector:
    """What follows CREATE SOURCE|SINK CONNECTOR."""
    missing_only = c.accept_all("IF", "NOT", "EXISTS")
    name = connector_name(c)
    relation = dashed_source(c) if side == "SINK" and c.accept("FROM") else None
    c.expect("WITH")
    return CreateConnector(side, name, config(c), missing_only, relation=relation)


def config(c: Cursor) -> Config:
    """``('key' = 'value', ...)``. A key may also stand without quotes, dots and all; it keeps its case."""
    return pairs(c, _key, _value)


def _key(c: Cursor) -> str:
    if c.at(STRING):
        return c.string()
    if c.at(QUOTED):
        return c.name()
    start = c.index
    starts, ends, keys = c.tokens.starts, c.tokens.ends, c.keys
    if not keys[start][0].isalpha():
        c.at(STRING)
        c.at_name()
        c.fail()
    c.index += 1
    while starts[c.index] == ends[c.index - 1] and (keys[c.index] in (".", "-", INTEGER, DECIMAL, DIGITS) or keys[c.index][0].isalpha()):
        c.index += 1
    return c.tokens.text[starts[start] : ends[c.index - 1]]


def _value(c: Cursor) -> str:
    """A literal as text, as Connect will get it."""
    if c.at(STRING):
        return c.string()
    if c.at("TRUE", "FALSE", "NULL"):
        return c.one_of("TRUE", "FALSE", "NULL").lower()
    if c.at(VARIABLE):
        c.unknown_variable()
    sign = "-" if c.accept("-") else ""
    c.one_of(INTEGER, DECIMAL, FLOAT)
    return sign + c.raw(c.index - 1)


def control_connector(c: Cursor, action: str) -> ControlConnector:
    """What follows PAUSE, RESUME, STOP or RESTART, from CONNECTOR on."""
    c.expect("CONNECTOR")
    return ControlConnector(action, connector_name(c))


def restart(c: Cursor) -> ControlConnector:
    """RESTART CONNECTOR name, or RESTART FAILED TASKS OF CONNECTOR name."""
    c.expect("RESTART")
    if c.accept("FAILED"):
        c.expect("TASKS", "OF", "CONNECTOR")
        return ControlConnector("RESTART", connector_name(c), failed_only=True)
    return control_connector(c, "RESTART")


def alter_connector(c: Cursor) -> AlterConnector:
    """What follows ALTER CONNECTOR."""
    name = connector_name(c)
    if c.accept("RESET"):
        c.expect("OFFSETS")
        return AlterConnector(name, reset_offsets=True)
    if c.accept("UNSET"):
        c.expect("(")
        keys = [_key(c)]
        while c.accept(","):
            keys.append(_key(c))
        c.expect(")")
        return AlterConnector(name, unset=tuple(keys))
    c.expect("SET")
    if c.accept("OFFSETS"):
        return AlterConnector(name, offsets=c.string())
    return AlterConnector(name, set=config(c))


def plugin(c: Cursor) -> str:
    """A connector class: a string, or a dotted name as written."""
    if c.at(STRING):
        return c.string()
    start = c.index
    c.cased_name()
    while c.accept("."):
        c.cased_name()
    raw = c.tokens.text[c.tokens.starts[start] : c.tokens.ends[c.index - 1]]
    return unquote(raw) if c.index == start + 1 and c.keys[start] == QUOTED else raw
