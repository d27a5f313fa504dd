"""SQLite over the standard library's driver. Its values have types of their own, whatever the column says: ``columns`` fits them."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from millstream.worker.connectors.jdbc.columns import sqlite_moment
from millstream.worker.connectors.jdbc.database import Column, Rows, TableName
from millstream.worker.errors import DataError

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

_DECLARED = re.compile(r"\s*([A-Za-z ]*[A-Za-z])\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?")


class Sqlite:
    """Implements ``database.Database``."""

    placeholder = "?"

    def __init__(self, engine: Engine) -> None:
        self._raw = engine.raw_connection()
        self.connection: Any = self._raw.driver_connection
        #: Names of the functions that read times, by column and zone; and what the last one could not read.
        self._moments: dict[tuple[Column, str], str] = {}
        self._fault: DataError | None = None

    def _all(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        rows: list[Any] = self.connection.execute(sql, parameters).fetchall()
        return rows

    def tables(self, types: Iterable[str], schema_pattern: str | None) -> list[TableName]:
        kinds = [t.lower() for t in types]
        rows = self._all("SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name")
        return [TableName(name) for kind, name in rows if kind in kinds]

    def columns(self, table: TableName) -> list[Column]:
        rows = self._all(f"PRAGMA table_xinfo({self.quote(table.name)})")
        keys = [r for r in rows if r[5]]
        return [self._column(r, rowid=len(keys) == 1 and r[2].upper() == "INTEGER" and bool(r[5])) for r in rows if r[6] != 1]

    def _column(self, row: Sequence[Any], *, rowid: bool) -> Column:
        _, name, declared, not_null, _, key, _ = row
        kind, precision, scale = _parsed(declared)
        return Column(name, kind, not (not_null or rowid), precision, scale, auto=rowid, key=bool(key))

    def query_columns(self, query: str) -> list[Column]:
        cursor = self.connection.execute(f"SELECT * FROM ({query}) AS q LIMIT 0")
        names = [d[0] for d in cursor.description]
        known: dict[str, Column] = {}
        for table in self.tables(["table", "view"], None):
            if re.search(rf"\b{re.escape(table.name)}\b", query, re.IGNORECASE):
                known = {c.name: c for c in self.columns(table)} | known
        return [Column(n, known[n].kind, True, known[n].precision, known[n].scale) if n in known else Column(n, "") for n in names]

    def quote(self, name: str) -> str:
        return '"' + name.replace('"', '""') + '"'

    def table_sql(self, table: TableName) -> str:
        return self.quote(table.name)

    def stream(self, sql: str, parameters: Sequence[Any], size: int) -> Rows:
        try:
            cursor: Rows = self.connection.execute(sql, parameters)
        except sqlite3.OperationalError:
            fault, self._fault = self._fault, None
            if fault is not None:
                raise fault from None
            raise
        return cursor

    def end(self) -> None:
        self.connection.rollback()

    def now_micros(self) -> int:
        return time.time_ns() // 1000

    def time_parameter(self, micros: int, column: Column) -> Any:
        return micros

    def expression(self, column: Column, timezone: str) -> str:
        return self.quote(column.name)

    def moment(self, column: Column, timezone: str) -> str:
        """A call of a function made here: as texts, times compare only where all have one form, one zone and as many digits."""
        name = self._moments.get((column, timezone))
        if name is None:
            name = self._moments[column, timezone] = f"moment{len(self._moments)}"
            self.connection.create_function(name, 1, self._reader(sqlite_moment(column, timezone)), deterministic=True)
        return f"{name}({self.quote(column.name)})"

    def _reader(self, read: Any) -> Any:
        def moment(value: Any) -> int | None:
            try:
                return None if value is None else int(read(value))
            except DataError as fault:  # SQLite says only that there was one
                self._fault = fault
                raise

        return moment

    def close(self) -> None:
        self._raw.close()


def _parsed(declared: str) -> tuple[str, int | None, int | None]:
    match = _DECLARED.match(declared or "")
    if match is None:
        return "", None, None
    precision, scale = match.group(2), match.group(3)
    return match.group(1).lower(), int(precision) if precision else None, int(scale or 0) if precision else None
