"""INSERT INTO ... VALUES: one Python value a column, coerced as strictly as ksqlDB does: numbers widen, texts become dates and times.

What may not live here: encoding, writing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from millstream.errors import BindError
from millstream.plan.bind.context import BindContext, near_column, near_miss
from millstream.plan.bind.expressions import ExpressionBinder
from millstream.plan.bind.inserted import Mismatch, coerced
from millstream.plan.bind.results import BoundInsert
from millstream.plan.bind.text import show
from millstream.plan.expr import TypedExpr
from millstream.plan.rewrites.fold import fold
from millstream.sql import tree
from millstream.types import BIGINT, Column, Role, SqlType, quote

#: Makes an error from a reason, the expression at fault and a hint.
Fail = Callable[..., BindError]
_CLOSED = {"ROWPARTITION", "ROWOFFSET", "WINDOWSTART", "WINDOWEND"}


def bind_insert_values(context: BindContext, statement: tree.InsertValues) -> BoundInsert:
    """The values to insert. Raises BindError naming column, expected type and value."""
    name = statement.name
    relation = context.catalog.relations.get(name)
    if relation is None:
        hint = near_miss(name, context.catalog.relations)
        raise BindError(f"Cannot insert values into an unknown stream/table: {quote(name)}", hint=hint, position=statement.at, code=40000)
    if relation.read_only:
        raise BindError(f"Cannot insert values into read-only {relation.kind.lower()}: {name}", code=40000)
    if relation.window is not None:
        raise BindError(f"Cannot insert values into windowed stream/table: {name}", code=40000)
    insertable = [c for c in relation.schema if c.role is not Role.HEADERS]
    headers = {c.name for c in relation.schema.headers}
    blocked = [c for c in statement.columns if c in headers]
    if blocked:
        raise BindError(f"Cannot insert into HEADER columns: {', '.join(blocked)}", code=40000)
    names = statement.columns or tuple(c.name for c in insertable)
    if len(names) != len(statement.values):
        raise _failed(
            name,
            f"Expected a value for each column. Expected Columns: [{', '.join(map(quote, names))}]. "
            f"Got [{', '.join(map(show, statement.values))}]",
            statement.values[-1] if statement.values else None,
        )
    values: dict[str, Any] = {c.name: None for c in insertable}
    timestamp: int | None = None
    for column_name, written in zip(names, statement.values, strict=True):
        column = _column(name, column_name, insertable, written)
        value = inserted_value(context, column, written, partial(_failed, name))
        if column_name == "ROWTIME" and column.role is Role.PSEUDO:
            if value is not None and value < 0:
                raise _failed(name, f"ROWTIME cannot be before 1970, got {value}", written)
            timestamp = value
        else:
            values[column_name] = value
    _check_key(name, relation.is_table, relation.schema.key, names, values)
    return BoundInsert(relation, values, timestamp)


def _failed(name: str, reason: str, at: tree.Expr | None, hint: str | None = None) -> BindError:
    return BindError(f"Failed to insert values into '{name}'. {reason}", hint=hint, position=at.at if at is not None else None)


def _column(name: str, column_name: str, insertable: list[Column], written: tree.Expr) -> Column:
    if column_name == "ROWTIME":
        return Column("ROWTIME", BIGINT, Role.PSEUDO)
    if column_name in _CLOSED:
        raise _failed(name, f"Inserting into column {quote(column_name)} is not allowed.", written)
    found = next((c for c in insertable if c.name == column_name), None)
    if found is None:
        raise _failed(
            name, f"Column name {quote(column_name)} does not exist.", written, near_column(column_name, [c.name for c in insertable])
        )
    return found


def inserted_value(context: BindContext, column: Column, written: tree.Expr, failed: Fail) -> Any:
    """What the expression gives as a value of the column. ``failed`` makes the error from a reason, the place and a hint."""

    def refuse(reference: tree.Name) -> TypedExpr:
        raise failed(f"Unsupported column reference in insert value: {show(reference)}", reference)

    typed = ExpressionBinder(context.catalog.functions, context.catalog.types, refuse).bind(written)
    if typed.type is None:
        return None
    value = _constant(context, typed, written, failed)
    try:
        return coerced(value, typed.type, column.type)
    except Mismatch as error:
        raise failed(
            f"Expected type {column.type} for field {quote(column.name)} but got {_shown(typed.type, value)}{error}",
            written,
            None if str(error) else "CAST it.",
        ) from None


def _constant(context: BindContext, typed: TypedExpr, written: tree.Expr, failed: Fail) -> Any:
    folded = fold(typed)
    if folded is not None:
        return folded.value
    if context.evaluate is None:
        raise failed(f"Only literals can be inserted here. Got: {show(written)}", written)
    try:
        return context.evaluate(typed)
    except BindError as error:
        raise failed(error.message, written, error.hint) from error


def _shown(kind: SqlType, value: Any) -> str:
    return f"{kind.base.value}({value})"


def _check_key(name: str, is_table: bool, keys: tuple[Column, ...], names: tuple[str, ...], values: dict[str, Any]) -> None:
    if not is_table:
        return
    missing = [c.name for c in keys if c.name not in names]
    if missing:
        raise _failed(name, f"Value for primary key column(s) {', '.join(missing)} is required for tables", None)
    if any(values[c.name] is None for c in keys):
        raise BindError(
            f"Failed to insert values into '{name}'. Primary key columns cannot be NULL: {', '.join(c.name for c in keys)}.", code=40000
        )
