"""SHOW | LIST, DESCRIBE, EXPLAIN of a query id, PRINT."""

from __future__ import annotations

from millstream.sql.parser.connectors import plugin
from millstream.sql.parser.cursor import Cursor
from millstream.sql.parser.names import connector_name, dash_ahead, dashed_raw, dashed_source
from millstream.sql.parser.properties import resource
from millstream.sql.tokens import QUOTED
from millstream.sql.tree import Describe, Print, Show, ShowConnector, Statement

_EXTENDABLE = ("STREAMS", "TABLES", "QUERIES", "TOPICS")
_PLAIN = ("PROPERTIES", "FUNCTIONS", "TYPES", "VARIABLES", "CONNECTORS")


def show(c: Cursor) -> Statement:
    c.one_of("SHOW", "LIST")
    if c.accept("ALL"):
        c.expect("TOPICS")
        return Show("TOPICS", c.accept("EXTENDED"), all=True)
    if c.accept("EXTERNAL"):
        side = c.one_of("SOURCES", "SINKS").removesuffix("S")
        return Show("CONNECTORS", side=side, external=True)
    for side in ("SOURCE", "SINK"):
        if c.accept(side):
            c.expect("CONNECTORS")
            return Show("CONNECTORS", side=side)
    if c.accept("CREATE"):
        c.expect("CONNECTOR")
        return ShowConnector("CREATE", connector_name(c))
    if c.accept("CONNECTOR"):
        if c.one_of("PLUGINS", "OFFSETS") == "PLUGINS":
            return Show("CONNECTOR PLUGINS")
        return ShowConnector("OFFSETS", connector_name(c))
    what = c.one_of(*_EXTENDABLE, *_PLAIN)
    return Show(what, what in _EXTENDABLE and c.accept("EXTENDED"))


def describe(c: Cursor) -> Statement:
    """DESCRIBE. STREAMS, TABLES, FUNCTION and CONNECTOR are taken as such where what follows allows it, else as a relation's name."""
    c.expect("DESCRIBE")
    dashed, ends = dash_ahead(c), c.peek(1) in (";", "#END", "EXTENDED")
    if ends and c.at("STREAMS", "TABLES"):
        return Describe(c.one_of("STREAMS", "TABLES"), extended=c.accept("EXTENDED"))
    if not ends and not dashed and c.accept("FUNCTION"):
        return Describe("FUNCTION", c.name())
    if not dashed and c.accept("CONNECTOR"):
        if c.peek(1) not in (";", "#END", "-") and c.accept("PLUGIN"):
            return Describe("CONNECTOR PLUGIN", plugin(c), search=c.string() if c.accept("SEARCH") else None)
        return Describe("CONNECTOR", connector_name(c))
    start = c.index
    name = dashed_source(c)
    raw = None if c.keys[start] == QUOTED else c.tokens.text[c.tokens.starts[start] : c.tokens.ends[c.index - 1]]
    return Describe("RELATION", name, c.accept("EXTENDED"), raw=raw)


def query_id(c: Cursor) -> str:
    """The id of a query, in the case it is written: ids compare without case. Dashes are allowed."""
    return c.cased_name() if not (c.at_name() or dash_ahead(c)) or c.keys[c.index] == QUOTED else dashed_raw(c)


def print_topic(c: Cursor) -> Statement:
    c.expect("PRINT")
    topic = resource(c)
    beginning = c.accept("FROM")
    if beginning:
        c.expect("BEGINNING")
    interval = c.integer("INTERVAL") if c.accept("INTERVAL") or c.accept("SAMPLE") else None
    limit = c.integer("LIMIT") if c.accept("LIMIT") else None
    return Print(topic, beginning, interval, limit)
