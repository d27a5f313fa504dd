"""ASSERT: of topics and schemas, and of the records and definitions of relations (ksqlDB: in its test scripts only)."""

from __future__ import annotations

from millstream.sql.parser.cursor import Cursor
from millstream.sql.parser.expressions import value
from millstream.sql.parser.names import source_name
from millstream.sql.parser.properties import columns, names, resource, with_properties
from millstream.sql.parser.windows import duration
from millstream.sql.tokens import INTEGER
from millstream.sql.tree import Assert, AssertRelation, AssertValues, Expr, Statement


def assertion(c: Cursor) -> Statement:
    c.expect("ASSERT")
    if c.at("VALUES", "NULL", "STREAM", "TABLE"):
        return _of_relation(c)
    exists = not c.accept_all("NOT", "EXISTS")
    if c.accept("TOPIC"):
        topic = resource(c)
        properties = with_properties(c)
        return Assert("TOPIC", exists, topic, properties, timeout_ms=_timeout(c))
    c.expect("SCHEMA")
    subject = resource(c) if c.accept("SUBJECT") else None
    schema_id = _schema_id(c) if c.accept("ID") else None
    if subject is None and schema_id is None:
        c.fail()
    return Assert("SCHEMA", exists, subject=subject, schema_id=schema_id, timeout_ms=_timeout(c))


def _schema_id(c: Cursor) -> int:
    at = c.here()
    text = None if c.at(INTEGER, "-") else c.string()
    if text is None:
        return c.integer("The ID of a schema")
    if not text.isascii() or not text.isdigit():
        c.refuse(f"The ID of a schema must be a whole number, not '{text}'.", None, at)
    return int(text)


def _timeout(c: Cursor) -> int | None:
    return duration(c, "TIMEOUT").millis if c.accept("TIMEOUT") else None


def _of_relation(c: Cursor) -> Statement:
    if c.at("STREAM", "TABLE"):
        kind = c.one_of("STREAM", "TABLE")
        name = source_name(c)
        declared = columns(c) if c.at("(") else ()
        return AssertRelation(kind, name, declared, with_properties(c))
    tombstone = c.accept("NULL")
    c.expect("VALUES")
    name = source_name(c)
    listed = names(c)
    c.expect("KEY" if tombstone else "VALUES")
    values = row(c)
    timeout = _timeout(c)
    offset = _offset(c) if c.accept("OFFSET") else None
    return AssertValues(name, listed, values, tombstone, offset, timeout_ms=timeout if timeout is not None else _timeout(c))


def _offset(c: Cursor) -> int:
    at = c.here()
    found = c.integer("OFFSET")
    if found < 0:
        c.refuse(f"OFFSET is how many records are passed over; it cannot be {found}.", None, at)
    return found


def row(c: Cursor) -> tuple[Expr, ...]:
    """``(value, ...)``, maybe empty."""
    c.expect("(")
    if c.accept(")"):
        return ()
    items = [value(c)]
    while c.accept(","):
        items.append(value(c))
    c.expect(")")
    return tuple(items)
