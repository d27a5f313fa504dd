"""CREATE in ksqlDB's spelling and Millstream's FROM CONNECTOR; DROP and ALTER of the same things."""

from __future__ import annotations

from millstream.sql.parser import external
from millstream.sql.parser.connectors import alter_connector, create_connector
from millstream.sql.parser.cursor import Cursor
from millstream.sql.parser.names import connector_name, source_name
from millstream.sql.parser.properties import columns, resource, with_properties
from millstream.sql.parser.queries import query
from millstream.sql.parser.types import type_name
from millstream.sql.tree import (
    AlterRelation,
    AlterSystem,
    ColumnDef,
    CreateAs,
    CreateFromConnector,
    CreateSource,
    CreateType,
    DropConnector,
    DropRelation,
    DropType,
    Statement,
)


def create(c: Cursor) -> Statement:
    c.expect("CREATE")
    or_replace = c.accept_all("OR", "REPLACE")
    if not or_replace:
        if c.accept("TYPE"):
            return _type(c)
        if c.accept_all("SOURCE", "CONNECTOR"):
            return create_connector(c, "SOURCE")
        if c.accept_all("SINK", "CONNECTOR"):
            return create_connector(c, "SINK")
        if c.accept("EXTERNAL"):
            return external.create(c)
    read_only = c.accept("SOURCE")
    kind = c.one_of("STREAM", "TABLE")
    missing_only = c.accept_all("IF", "NOT", "EXISTS")
    return _relation(c, kind, or_replace, missing_only, read_only)


def _relation(c: Cursor, kind: str, or_replace: bool, missing_only: bool, read_only: bool) -> Statement:
    name = source_name(c)
    if not read_only and c.accept("FROM"):
        c.expect("CONNECTOR")
        connector = connector_name(c)
        topic = resource(c) if c.accept("TOPIC") else None
        return CreateFromConnector(kind, name, connector, topic, with_properties(c), or_replace, missing_only)
    declared = columns(c) if c.at("(") else ()
    properties = with_properties(c)
    if not declared and not read_only and c.accept("AS"):
        return CreateAs(kind, name, query(c), properties, or_replace, missing_only)
    return CreateSource(kind, name, declared, properties, or_replace, missing_only, read_only)


def _type(c: Cursor) -> Statement:
    missing_only = c.accept_all("IF", "NOT", "EXISTS")
    name = c.name()
    c.expect("AS")
    return CreateType(name, type_name(c), missing_only)


def drop(c: Cursor) -> Statement:
    c.expect("DROP")
    if c.accept("EXTERNAL"):
        return external.drop(c)
    what = c.one_of("STREAM", "TABLE", "TYPE", "CONNECTOR")
    existing_only = c.accept_all("IF", "EXISTS")
    if what == "TYPE":
        return DropType(c.name(), existing_only)
    if what == "CONNECTOR":
        return DropConnector(connector_name(c), existing_only)
    name = source_name(c)
    delete_topic = c.accept("DELETE")
    if delete_topic:
        c.expect("TOPIC")
    return DropRelation(what, name, existing_only, delete_topic)


def alter(c: Cursor) -> Statement:
    c.expect("ALTER")
    if c.accept("SYSTEM"):
        name = c.string()
        c.expect("=")
        return AlterSystem(name, c.string())
    if c.accept("CONNECTOR"):
        return alter_connector(c)
    kind = c.one_of("STREAM", "TABLE")
    name = source_name(c)
    added = [_added(c)]
    while c.accept(","):
        added.append(_added(c))
    return AlterRelation(kind, name, tuple(added))


def _added(c: Cursor) -> ColumnDef:
    """ADD [COLUMN] name type. COLUMN itself may be the name: ``ADD COLUMN INT``."""
    c.expect("ADD")
    if c.at("COLUMN") and c.peek(1) != "DECIMAL" and c.peek(2) not in (",", ";", "(", "<", "#END"):
        c.expect("COLUMN")
    at = c.here()
    return ColumnDef(c.name(), type_name(c), at=at)
