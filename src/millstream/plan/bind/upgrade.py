"""What a definition may replace: free names, CREATE OR REPLACE, ALTER ... ADD COLUMN, DROP.

What may not live here: carrying any of it out.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from millstream import formats
from millstream.catalog import Catalog, FormatSpec, Relation, TimestampSpec, WindowSpec
from millstream.errors import BindError
from millstream.plan.bind.context import BindContext, near_miss
from millstream.plan.bind.relation import RESERVED, declared_column
from millstream.plan.bind.replaced import check_replace_query
from millstream.plan.nodes import QueryPlan
from millstream.sql import tree
from millstream.types import Column, Role, Schema, quote


def check_create(
    context: BindContext, statement: tree.CreateSource | tree.CreateAs, relation: Relation, plan: QueryPlan | None = None
) -> Relation:
    """``relation``, when its name is free or it may replace what is there. Raises BindError otherwise. IF NOT EXISTS is the caller's.

    ``plan``: the new query of CREATE OR REPLACE ... AS, which must be able to go on from the state of the old one.
    """
    existing = context.catalog.relations.get(relation.name)
    kind = relation.kind.lower()
    if statement.or_replace and (relation.read_only or (existing is not None and existing.read_only)):
        raise BindError(
            f"Cannot add {kind} '{relation.name}': CREATE OR REPLACE is not supported on source {kind}s.",
            hint=f"DROP {relation.kind} {relation.name}; and create it again.",
            position=statement.at,
        )
    if existing is None:
        return relation
    if not statement.or_replace:
        raise BindError(
            f"Cannot add {kind} '{relation.name}': A {existing.kind.lower()} with the same name already exists",
            hint="Use CREATE OR REPLACE to change it, or IF NOT EXISTS to keep it.",
            position=statement.at,
        )
    old = context.catalog.queries.get(existing.query_id) if existing.query_id is not None else None
    if old is not None and plan is not None and isinstance(old.plan, QueryPlan):
        check_replace_query(old.plan, plan)
    _check_replace(existing, relation, statement)
    return relation


def _check_replace(old: Relation, new: Relation, statement: tree.Statement) -> None:
    faults: list[str] = []
    if old.is_table is not new.is_table:
        shown = {True: "KTABLE", False: "KSTREAM"}
        faults.append(f"has type = {shown[old.is_table]} which is not upgradeable to {shown[new.is_table]}")
    for what, before, after in (
        ("topic", old.topic, new.topic),
        ("key format", _format(old.key_format), _format(new.key_format)),
        ("value format", _format(old.value_format), _format(new.value_format)),
        ("window", _window(old.window), _window(new.window)),
        ("timestamp column", _timestamp(old.timestamp), _timestamp(new.timestamp)),
    ):
        if before != after:
            faults.append(f"has {what} = {before} which is not upgradeable to {after}")
    reason = _schema_fault(old.schema, new.schema)
    if reason is not None:
        faults.append(f"has schema = {old.schema} which is not upgradeable to {new.schema}. ({reason})")
    if faults:
        joined = "\n\tAND ".join(f"DataSource '{quote(old.name)}' {f}" for f in faults)
        raise BindError(
            f"Cannot upgrade data source: {joined}",
            hint="Columns can only be added at the end. For anything else DROP it and create it again.",
            position=statement.at,
        )


def _format(spec: FormatSpec) -> str:
    """A format with what WITH says of how its bytes are read."""
    if spec.options.unwrapped and not spec.options.is_key and formats.get(spec.name).wraps_by_default:
        return f"{spec.name} of unwrapped values"
    return spec.name if spec.options.delimiter == "," else f"{spec.name} delimited by {spec.options.delimiter!r}"


def _window(window: WindowSpec | None) -> str:
    """Kind and size; how long windows stay open is the query's matter."""
    return "none" if window is None else f"{window.kind} of {window.size} ms" if window.kind != "SESSION" else window.kind


def _timestamp(spec: TimestampSpec | None) -> str:
    if spec is None:
        return "none"
    return quote(spec.column) if spec.format is None else f"{quote(spec.column)} with format {spec.format}"


def _schema_fault(old: Schema, new: Schema) -> str | None:
    if list(old.key) != list(new.key):
        return f"Key columns must be identical. The following key columns are changed, missing or reordered: [{_listed(old.key)}]"
    if list(new.value[: len(old.value)]) != list(old.value):
        changed = [c for i, c in enumerate(old.value) if i >= len(new.value) or new.value[i] != c]
        return f"The following columns are changed, missing or reordered: [{_listed(changed)}]"
    return None


def _listed(columns: Sequence[Column]) -> str:
    return ", ".join(map(str, columns))


def bind_alter(context: BindContext, statement: tree.AlterRelation) -> Relation:
    """ALTER STREAM | TABLE ... ADD COLUMN: the relation with its new value columns."""
    old = context.catalog.relations.get(statement.name)
    if old is None:
        hint = near_miss(statement.name, context.catalog.relations)
        raise BindError(f"Source {statement.name} does not exist.", hint=hint, position=statement.at)
    if old.kind != statement.kind:
        raise BindError(f"Incompatible data source type is {old.kind}, but statement was ALTER {statement.kind}", position=statement.at)
    if old.read_only:
        kind = old.kind.lower()
        raise BindError(f"Cannot alter {kind} '{old.name}': ALTER operations are not supported on source {kind}s.")
    if old.query_id is not None:
        raise BindError("ALTER command is not supported for CREATE ... AS statements.", hint="Use CREATE OR REPLACE ... AS SELECT.")
    columns = list(old.schema.columns)
    for written in statement.columns:
        column = declared_column(context, written)
        if any(c.name == column.name for c in columns):
            raise BindError(
                f"Cannot add column {quote(column.name)} to schema. A column with the same name already exists.", position=written.at
            )
        if column.name in RESERVED or column.role is not Role.VALUE:
            raise BindError(f"{quote(column.name)} cannot be added: only value columns can.", position=written.at)
        columns.append(column)
    return dataclasses.replace(old, schema=Schema(tuple(columns)))


def check_drop(context: BindContext, statement: tree.DropRelation) -> Relation | None:
    """The relation to drop; None where there is none and IF EXISTS was given. Raises BindError while something uses it."""
    found = context.catalog.relations.get(statement.name)
    if found is None:
        if statement.if_exists:
            return None
        hint = near_miss(statement.name, context.catalog.relations)
        raise BindError(f"{statement.kind.capitalize()} {statement.name} does not exist.", hint=hint, position=statement.at)
    if found.kind != statement.kind:
        raise BindError(
            f"Incompatible data source type is {found.kind.lower()}, but statement was DROP {statement.kind.lower()}",
            hint=f"Use DROP {found.kind} {found.name};",
            position=statement.at,
        )
    if statement.delete_topic and found.read_only:
        raise BindError(f"Cannot delete topic for read-only source: {found.name}", code=40000)
    _check_users(context.catalog, found)
    return found


def _check_users(catalog: Catalog, relation: Relation) -> None:
    name = relation.name
    derived = sorted(r.name for r in catalog.relations.values() if name in r.sources and r.name != name)
    if derived:
        raise BindError(
            f"Cannot drop {name}.\nThe following streams and/or tables read from this source: [{', '.join(derived)}].\n"
            f"You need to drop them before dropping {name}."
        )
    readers = sorted(q.id for q in catalog.readers(name))
    writers = sorted(q.id for q in catalog.writers(name) if q.id != relation.query_id)
    if readers or writers:
        raise BindError(
            f"Cannot drop {name}.\nThe following queries read from this source: [{', '.join(readers)}].\n"
            f"The following queries write into this source: [{', '.join(writers)}].\nYou need to terminate them before dropping {name}."
        )
