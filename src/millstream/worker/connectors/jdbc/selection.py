"""Which tables a source reads, and which of their columns say what is new."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from millstream.worker.connectors.jdbc.database import Column, Database, TableName
from millstream.worker.errors import TaskError


def chosen(db: Database, config: Mapping[str, Any]) -> list[TableName]:
    """The tables of a parsed configuration that exist now."""
    tables = db.tables(config["table.types"] or ["TABLE"], config["schema.pattern"])
    wanted, unwanted = config["table.whitelist"], config["table.blacklist"]
    include, exclude = config["table.include.list"], config["table.exclude.list"]
    if wanted:
        tables = [t for t in tables if any(s in wanted for s in t.spellings)]
    if unwanted:
        tables = [t for t in tables if not any(s in unwanted for s in t.spellings)]
    if include:
        tables = [t for t in tables if _fits(include, t)]
    return [t for t in tables if not _fits(exclude, t)]


def _fits(patterns: Sequence[str], table: TableName) -> bool:
    return any(re.fullmatch(p, s) for p in patterns for s in table.spellings)


def missing(db: Database, config: Mapping[str, Any]) -> list[str]:
    """Names of the whitelist that no table has."""
    known = {s for t in db.tables(config["table.types"] or ["TABLE"], config["schema.pattern"]) for s in t.spellings}
    return [name for name in config["table.whitelist"] if name not in known]


def format_tables(tables: Sequence[TableName]) -> str:
    """Tables as one text of a task's configuration."""
    return json.dumps([[t.name, t.schema, t.database] for t in tables])


def parse_tables(text: str) -> list[TableName | None]:
    return [TableName(*names) for names in json.loads(text or "[]")]


def increments(config: Mapping[str, Any], table: TableName | None, columns: Sequence[Column]) -> Column:
    """The incrementing column of a table. TaskError says what is wrong with it."""
    name = _by_table(config["incrementing.column.mapping"], table) or config["incrementing.column.name"]
    title = table or "the query"
    if not name:
        auto = [c for c in columns if c.auto]
        if len(auto) != 1:
            raise TaskError(
                f"{title} has {len(auto)} identity or serial columns: name one in incrementing.column.name. "
                f"Existing columns: {', '.join(c.name for c in columns)}."
            )
        return auto[0]
    column = _found(name, title, columns, "incrementing.column.name")
    if config["validate.non.null"] and column.nullable and table is not None:
        raise TaskError(
            f"Cannot make incremental queries using incrementing column {column.name} on {title} because this column is nullable."
        )
    return column


def stamp_columns(config: Mapping[str, Any], table: TableName | None, columns: Sequence[Column]) -> tuple[Column, ...]:
    """The timestamp columns of a table. TaskError says what is wrong with them."""
    mapped = _by_table(config["timestamp.columns.mapping"], table)
    names = mapped.strip("[]").split("|") if mapped else config["timestamp.column.name"]
    title = table or "the query"
    if not names:
        raise TaskError(f"mode={config['mode']} needs timestamp.column.name. Existing columns: {', '.join(c.name for c in columns)}.")
    found = tuple(_found(n, title, columns, "timestamp.column.name") for n in names)
    for column in found:
        if column.kind not in ("timestamp", "timestamptz", "datetime", "date", "", "text", "integer", "bigint"):
            raise TaskError(f"Column {column.name} of {title} is {column.kind}: timestamp.column.name needs a timestamp.")
    if config["validate.non.null"] and table is not None and all(c.nullable for c in found):
        raise TaskError(
            f"Cannot make incremental queries using timestamp columns {[c.name for c in found]} on {title} because all of these columns "
            "are nullable."
        )
    return found


def _found(name: str, title: object, columns: Sequence[Column], key: str) -> Column:
    exact = [c for c in columns if c.name == name] or [c for c in columns if c.name.lower() == name.lower()]
    if len(exact) != 1:
        raise TaskError(f"{title} has no column {name} ({key}). Existing columns: {', '.join(c.name for c in columns)}.")
    return exact[0]


def _by_table(mapping: Sequence[str], table: TableName | None) -> str | None:
    for entry in mapping:
        expression, _, name = entry.rpartition(":")
        if table is not None and _fits([expression], table):
            return name
    return None
