"""Statements as answers show them: with what was filled in (topic, formats, partitions), in ksqlDB's layout. Pure.

What may not live here: parsing, and SQL that has to parse again (``sql.printer`` does that).
"""

from __future__ import annotations

from dataclasses import replace

from millstream.catalog import Relation
from millstream.sql import tree
from millstream.sql.printer import to_sql
from millstream.sql.words import write_name
from millstream.types import Column, Role


def name(text: str) -> str:
    """A name, quoted only where it must be."""
    return write_name(text)


def created(statement: tree.CreateSource, relation: Relation) -> str:
    """CREATE STREAM | TABLE with its columns (also inferred ones) and its properties in order of name."""
    given = {key.upper(): value for key, value in statement.properties}
    if "FORMAT" not in given:
        given.setdefault("KEY_FORMAT", tree.String(relation.key_format.name))
        given.setdefault("VALUE_FORMAT", tree.String(relation.value_format.name))
    given.setdefault("CLEANUP_POLICY", tree.String("compact" if relation.is_table else "delete"))
    columns = tuple(_column(c, relation.is_table) for c in relation.schema)
    return to_sql(replace(statement, columns=columns, properties=tuple(sorted(given.items()))))


def created_as(statement: tree.CreateAs, relation: Relation, cleanup: str, retention_ms: int, replicas: int) -> str:
    """CREATE ... AS SELECT with the properties that were filled in."""
    given = {key.upper(): value for key, value in statement.properties}
    given.setdefault("CLEANUP_POLICY", tree.String(cleanup))
    given.setdefault("KAFKA_TOPIC", tree.String(relation.topic))
    given["PARTITIONS"] = tree.Integer(relation.partitions)
    given.setdefault("REPLICAS", tree.Integer(replicas))
    given.setdefault("RETENTION_MS", tree.Integer(retention_ms))
    return to_sql(replace(statement, properties=tuple(sorted(given.items()))))


def missing_topic(statement: tree.CreateSource, topic: str) -> str:
    """Why a relation cannot be declared over a topic that does not exist, with the statement that would make it."""
    better = {key.upper(): value for key, value in statement.properties} | {"PARTITIONS": tree.Integer(2)}
    example = to_sql(replace(statement, properties=tuple(sorted(better.items()))))
    return (
        f"Topic '{topic}' does not exist. If you want to create a new topic for the stream/table please re-run the statement "
        "providing the required 'PARTITIONS' configuration in the WITH clause (and optionally 'REPLICAS'). "
        f"For example: {example}"
    )


def _column(column: Column, is_table: bool) -> tree.ColumnDef:
    constraint = None
    if column.role is Role.KEY:
        constraint = "PRIMARY KEY" if is_table else "KEY"
    elif column.role is Role.HEADERS:
        constraint = "HEADERS" if column.header is None else "HEADER"
    return tree.ColumnDef(column.name, tree.TypeName(type=column.type), constraint, column.header)
