"""Rows that a client streams in: JSON values coerced to the target's columns, written in batches.

What may not live here: HTTP, lines, acknowledgements.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from millstream.catalog import Relation
from millstream.errors import ExecutionError, MillstreamError, RecordError, RequestError
from millstream.plan.bind.context import near_miss
from millstream.plan.bind.properties import column_name
from millstream.session.coercing import Coercer, coercer
from millstream.session.dispatch import file_only
from millstream.session.encoding import Writer, refuse_target
from millstream.session.request import Request
from millstream.types import Role

if TYPE_CHECKING:
    from millstream.session.database import Database


class InsertStream:
    """One client's rows for one relation. Raises RequestError 40001 for a target that takes none."""

    def __init__(self, database: Database, target: str, properties: Mapping[str, Any]) -> None:
        Request.make(database.config, properties, None)
        if database.fixed:
            error = file_only("INSERT")
            raise RequestError(error.message, hint=error.hint, code=40001)
        name = column_name(target)
        try:
            relation = refuse_target(database.catalog.relations.get(name), name, near_miss(name, database.catalog.relations))
        except RequestError as error:
            raise RequestError(error.message, hint=error.hint, code=40001) from None
        if relation.schema.headers:
            raise RequestError(f"Cannot insert into {relation.name} because it has header columns", code=40001)
        self._relation = relation
        self._coerce: dict[str, Coercer] = {c.name: coercer(c.type) for c in relation.schema if c.role is not Role.HEADERS}
        self._writer = Writer(database, relation)

    def write(self, rows: Sequence[Mapping[str, Any]]) -> tuple[int, MillstreamError | None]:
        """Write the rows up to the first bad one: how many were written, and why the next was not."""
        good: list[tuple[dict[str, Any], int | None]] = []
        error: MillstreamError | None = None
        for row in rows:
            try:
                good.append((self._row(row), None))
            except MillstreamError as fault:
                error = fault
                break
        if not good:
            return 0, error
        try:
            self._writer.write(good)
        except RecordError as fault:
            return 0, RequestError(fault.message)
        except MillstreamError as fault:
            return 0, ExecutionError(fault.message)
        return len(good), error

    def _row(self, row: Mapping[str, Any]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for written, value in row.items():
            name = column_name(written)
            coerce = self._coerce.get(name)
            if coerce is None:
                raise RequestError(f"Column name `{name}` does not exist in {self._relation.name}.", hint=near_miss(name, self._coerce))
            values[name] = None if value is None else coerce(value)
        _need_key(self._relation, values)
        return values


def _need_key(relation: Relation, values: Mapping[str, Any]) -> None:
    if relation.is_table:
        for column in relation.schema.key:
            if values.get(column.name) is None:
                raise RequestError(f"Key field must be specified: {column.name}")
