"""Statements about streams, tables and types, and INSERT, as SQL."""

from __future__ import annotations

from millstream.sql.printer.expressions import VALUE, expression
from millstream.sql.printer.names import text
from millstream.sql.printer.queries import query
from millstream.sql.printer.types import column, columns, type_name
from millstream.sql.tree import (
    AlterRelation,
    AssertRelation,
    AssertValues,
    CreateAs,
    CreateFromConnector,
    CreateSource,
    CreateType,
    DropRelation,
    DropType,
    Expr,
    InsertInto,
    InsertValues,
)
from millstream.sql.tree.statements import Properties
from millstream.sql.words import write_name


def with_properties(properties: Properties) -> str:
    """`` WITH (K='v')`` with the space before it, or nothing."""
    pairs = ", ".join(f"{write_name(key)}={expression(value)}" for key, value in properties)
    return f" WITH ({pairs})" if pairs else ""


def _head(node: CreateSource | CreateAs | CreateFromConnector, read_only: bool = False) -> str:
    words = ["CREATE", "OR REPLACE" if node.or_replace else "", "SOURCE" if read_only else "", node.kind]
    words += ["IF NOT EXISTS" if node.if_not_exists else "", write_name(node.name)]
    return " ".join(filter(None, words))


def create_source(node: CreateSource) -> str:
    return _head(node, node.read_only) + columns(node.columns) + with_properties(node.properties)


def create_as(node: CreateAs) -> str:
    return f"{_head(node)}{with_properties(node.properties)} AS {query(node.query)}"


def create_from_connector(node: CreateFromConnector) -> str:
    topic = "" if node.topic is None else f" TOPIC {text(node.topic)}"
    return f"{_head(node)} FROM CONNECTOR {write_name(node.connector)}{topic}{with_properties(node.properties)}"


def _names(names: tuple[str, ...]) -> str:
    return " (" + ", ".join(map(write_name, names)) + ")" if names else ""


def _row(values: tuple[Expr, ...]) -> str:
    return "(" + ", ".join(expression(value, VALUE) for value in values) + ")"


def insert_values(node: InsertValues) -> str:
    return f"INSERT INTO {write_name(node.name)}{_names(node.columns)} VALUES {_row(node.values)}"


def insert_into(node: InsertInto) -> str:
    return f"INSERT INTO {write_name(node.name)}{with_properties(node.properties)} {query(node.query)}"


def drop(node: DropRelation) -> str:
    existing_only = " IF EXISTS" if node.if_exists else ""
    return f"DROP {node.kind}{existing_only} {write_name(node.name)}" + (" DELETE TOPIC" if node.delete_topic else "")


def alter(node: AlterRelation) -> str:
    return f"ALTER {node.kind} {write_name(node.name)} " + ", ".join(f"ADD COLUMN {column(added)}" for added in node.columns)


def create_type(node: CreateType) -> str:
    return f"CREATE TYPE{' IF NOT EXISTS' if node.if_not_exists else ''} {write_name(node.name)} AS {type_name(node.type)}"


def drop_type(node: DropType) -> str:
    return f"DROP TYPE{' IF EXISTS' if node.if_exists else ''} {write_name(node.name)}"


def assert_values(node: AssertValues) -> str:
    kind, row = ("NULL VALUES", "KEY") if node.tombstone else ("VALUES", "VALUES")
    offset = "" if node.offset is None else f" OFFSET {node.offset}"
    timeout = "" if node.timeout_ms is None else f" TIMEOUT {node.timeout_ms} MILLISECONDS"
    return f"ASSERT {kind} {write_name(node.name)}{_names(node.columns)} {row} {_row(node.values)}{offset}{timeout}"


def assert_relation(node: AssertRelation) -> str:
    return f"ASSERT {node.kind} {write_name(node.name)}{columns(node.columns)}{with_properties(node.properties)}"
