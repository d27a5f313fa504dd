"""The sink's tables: created where missing, widened where fields came, refused in plain words where neither is allowed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from millstream.worker.connectors.jdbc.database import Database, TableName
from millstream.worker.connectors.jdbc.sink_rows import Target
from millstream.worker.errors import TaskError
from millstream.worker.schema import ConnectSchema

_POSTGRES = {
    "int8": "SMALLINT", "int16": "SMALLINT", "int32": "INT", "int64": "BIGINT", "float32": "REAL", "float64": "DOUBLE PRECISION",
    "boolean": "BOOLEAN", "string": "TEXT", "bytes": "BYTEA", "map": "JSONB", "struct": "JSONB",
    "Decimal": "DECIMAL", "Date": "DATE", "Time": "TIME", "Timestamp": "TIMESTAMP",
}  # fmt: skip
_SQLITE = {
    "int8": "INTEGER", "int16": "INTEGER", "int32": "INTEGER", "int64": "INTEGER", "float32": "REAL", "float64": "REAL",
    "boolean": "BOOLEAN", "string": "TEXT", "bytes": "BLOB", "map": "TEXT", "struct": "TEXT", "array": "TEXT",
    "Decimal": "NUMERIC", "Date": "DATE", "Time": "TIME", "Timestamp": "TIMESTAMP",
}  # fmt: skip


class Tables:
    """What the sink knows of its tables. Look-ups are remembered until ``forget``."""

    def __init__(self, db: Database, config: Mapping[str, Any], *, sqlite: bool) -> None:
        self._db, self._sqlite = db, sqlite
        self._create, self._evolve = config["auto.create"], config["auto.evolve"]
        self._columns: dict[TableName, set[str]] = {}

    def fit(self, table: TableName, targets: Sequence[Target]) -> None:
        """Make sure that the table has the columns. TaskError where it has not and must not be changed."""
        have = self._columns.get(table)
        if have is None:
            have = {c.name for c in self._db.columns(table)}
            if not have:
                self._make(table, targets)
                have = {t.name for t in targets}
            self._columns[table] = have
        lost = [t for t in targets if t.name not in have]
        if lost:
            self._widen(table, lost)
            have.update(t.name for t in lost)

    def _make(self, table: TableName, targets: Sequence[Target]) -> None:
        if not self._create:
            raise TaskError(f'Table "{table}" is missing and auto-creation is disabled', hint="Create the table, or set auto.create=true.")
        parts = [self._column(t) for t in targets]
        keys = [self._db.quote(t.name) for t in targets if t.key]
        if keys:
            parts.append(f"PRIMARY KEY({','.join(keys)})")
        self._execute(f"CREATE TABLE IF NOT EXISTS {self._db.table_sql(table)} ({', '.join(parts)})")

    def _widen(self, table: TableName, lost: Sequence[Target]) -> None:
        names = ", ".join(t.name for t in lost)
        if not self._evolve:
            raise TaskError(
                f'Table "{table}" is missing fields ({names}) and auto-evolution is disabled',
                hint="Add the columns, set auto.evolve=true, or choose fields with fields.whitelist.",
            )
        hard = [t.name for t in lost if not t.schema.optional and t.schema.default is None]
        if hard:
            raise TaskError(
                f"Cannot ALTER TABLE {table} to add missing field {hard[0]}, as the field is not optional and has no default value"
            )
        for target in lost:
            self._execute(f"ALTER TABLE {self._db.table_sql(table)} ADD {self._column(target)}")

    def _execute(self, sql: str) -> None:
        connection: Any = self._db.connection  # type: ignore[attr-defined]
        connection.execute(sql)
        connection.commit()

    def _column(self, target: Target) -> str:
        schema = target.schema
        text = f"{self._db.quote(target.name)} {self._type(schema)}"
        if schema.default is not None:
            return f"{text} DEFAULT {_literal(schema.default)}"
        return f"{text} NULL" if schema.optional and not target.key else f"{text} NOT NULL"

    def _type(self, schema: ConnectSchema) -> str:
        kinds = _SQLITE if self._sqlite else _POSTGRES
        if schema.type == "array" and schema.element and not self._sqlite:
            return self._type(schema.element) + "[]"
        logical = (schema.name or "").rpartition(".")[2]
        return kinds.get(logical) or kinds[schema.type]


def _literal(value: Any) -> str:
    match value:
        case bool():
            return "TRUE" if value else "FALSE"
        case int() | float() | Decimal():
            return str(value)
        case _:
            return "'" + str(value).replace("'", "''") + "'"
