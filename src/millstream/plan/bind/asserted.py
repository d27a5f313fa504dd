"""ASSERT VALUES, ASSERT STREAM | TABLE: what is expected of a record or a relation, as values, columns and properties.

What may not live here: looking at records or topics.
"""

from __future__ import annotations

from functools import partial

from millstream.catalog import Relation
from millstream.errors import BindError
from millstream.plan.bind import properties
from millstream.plan.bind.context import BindContext, near_column, near_miss
from millstream.plan.bind.insert import inserted_value
from millstream.plan.bind.properties import With
from millstream.plan.bind.relation import declared_column
from millstream.plan.bind.results import BoundAssertion
from millstream.sql import tree
from millstream.types import BIGINT, INTEGER, Column, Role, quote

_PSEUDO = (
    Column("ROWTIME", BIGINT, Role.PSEUDO),
    Column("ROWPARTITION", INTEGER, Role.PSEUDO),
    Column("ROWOFFSET", BIGINT, Role.PSEUDO),
)
_WINDOW = (Column("WINDOWSTART", BIGINT, Role.PSEUDO), Column("WINDOWEND", BIGINT, Role.PSEUDO))


def bind_assert_values(context: BindContext, statement: tree.AssertValues) -> BoundAssertion:
    """The values that a record must have. Raises BindError where the statement cannot hold for any record."""
    relation = known_relation(context, statement.name, statement)
    schema = relation.schema
    default = schema.key if statement.tombstone else (*schema.key, *schema.value)
    names = statement.columns or tuple(c.name for c in default)
    failed = partial(_failed, statement.name)
    if len(names) != len(statement.values):
        raise failed(f"{len(names)} columns ({', '.join(names)}) and {len(statement.values)} values are given.")
    expected = []
    for name, written in zip(names, statement.values, strict=True):
        column = _column(relation, name, statement, written)
        expected.append((column, inserted_value(context, column, written, failed)))
    return BoundAssertion(relation, tuple(expected), statement.tombstone)


def expected_columns(context: BindContext, statement: tree.AssertRelation) -> list[Column]:
    """The declared columns, keys first."""
    columns = [declared_column(context, c) for c in statement.columns]
    return sorted(columns, key=lambda c: c.role is not Role.KEY)


def expected_properties(statement: tree.AssertRelation) -> With:
    return With.read(statement.properties, properties.CREATE)


def known_relation(context: BindContext, name: str, statement: tree.Statement) -> Relation:
    relation = context.catalog.relations.get(name)
    if relation is None:
        raise BindError(f"{name} does not exist.", hint=near_miss(name, context.catalog.relations), position=statement.at)
    return relation


def _failed(name: str, reason: str, at: tree.Expr | None = None, hint: str | None = None) -> BindError:
    return BindError(f"Cannot assert values of {quote(name)}. {reason}", hint=hint, position=None if at is None else at.at)


def _column(relation: Relation, name: str, statement: tree.AssertValues, written: tree.Expr) -> Column:
    """A column of the relation, or a pseudo column."""
    known = [*relation.schema, *_PSEUDO, *(_WINDOW if relation.window is not None else ())]
    found: Column | None = next((c for c in known if c.name == name), None)
    if found is None:
        raise _failed(statement.name, f"Column {quote(name)} does not exist.", written, near_column(name, [c.name for c in known]))
    if statement.tombstone and found.role is Role.VALUE:
        raise _failed(statement.name, f"A tombstone has no column {quote(name)}.", written, "Name key columns only.")
    return found
