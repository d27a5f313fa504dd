"""Writing rows: insert, upsert, update, delete. One transaction a batch; PostgreSQL takes large batches through COPY."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from millstream.worker.connectors.jdbc.database import Database, TableName
from millstream.worker.connectors.jdbc.sink_rows import Rows, Target

#: From this many rows on, COPY into a temporary table is quicker than statements.
_COPY_FROM = 64


class Writer:
    """Writes into the tables of one connection. ``write`` leaves the transaction open: the caller commits or rolls back."""

    def __init__(self, db: Database, mode: str, batch_size: int, *, sqlite: bool) -> None:
        self._db, self._mode, self._size, self._sqlite = db, mode, max(batch_size, 1), sqlite
        self._connection: Any = db.connection  # type: ignore[attr-defined]
        self._staged: dict[tuple[TableName, tuple[str, ...]], str] = {}

    def write(self, table: TableName, batch: Rows) -> None:
        """Take a batch in order."""
        if self._mode == "upsert" and batch.keys and batch.keys[0]:
            # Of several changes of one key only the last counts, and the order of different keys does not.
            last = dict(zip(batch.keys, batch.rows, strict=True))
            deleted = [k for k, row in last.items() if row is None]
            kept = [row for row in last.values() if row is not None]
            self._delete(table, batch.targets, deleted)
            self._put(table, batch.targets, kept)
            return
        for is_delete, run in groupby(zip(batch.keys, batch.rows, strict=True), lambda pair: pair[1] is None):
            if is_delete:
                self._delete(table, batch.targets, [key for key, _ in run])
            else:
                self._put(table, batch.targets, [row for _, row in run if row is not None])

    def _put(self, table: TableName, targets: Sequence[Target], rows: list[tuple[Any, ...]]) -> None:
        for start in range(0, len(rows), self._size):
            part = rows[start : start + self._size]
            if not self._sqlite and self._mode != "update" and len(part) >= _COPY_FROM:
                self._copy(table, targets, part)
            else:
                self._many(self._statement(table, targets), [self._ordered(targets, r) for r in part])

    def _ordered(self, targets: Sequence[Target], row: tuple[Any, ...]) -> tuple[Any, ...]:
        """UPDATE names its key columns last."""
        if self._mode != "update":
            return row
        count = sum(t.key for t in targets)
        return row[count:] + row[:count]

    def _delete(self, table: TableName, targets: Sequence[Target], keys: list[tuple[Any, ...]]) -> None:
        if keys:
            where = " AND ".join(f"{self._db.quote(t.name)} = {self._db.placeholder}" for t in targets if t.key)
            self._many(f"DELETE FROM {self._db.table_sql(table)} WHERE {where}", keys)

    def _many(self, sql: str, parameters: list[tuple[Any, ...]]) -> None:
        cursor = self._connection.cursor()
        try:
            cursor.executemany(sql, parameters)
        finally:
            cursor.close()

    def _statement(self, table: TableName, targets: Sequence[Target]) -> str:
        quote, mark = self._db.quote, self._db.placeholder
        name = self._db.table_sql(table)
        columns = [quote(t.name) for t in targets]
        if self._mode == "update":
            changed = ", ".join(f"{quote(t.name)} = {mark}" for t in targets if not t.key)
            where = " AND ".join(f"{quote(t.name)} = {mark}" for t in targets if t.key)
            return f"UPDATE {name} SET {changed} WHERE {where}"
        return f"INSERT INTO {name} ({','.join(columns)}) VALUES ({','.join([mark] * len(columns))}){self._conflict(targets)}"

    def _conflict(self, targets: Sequence[Target]) -> str:
        keys = [self._db.quote(t.name) for t in targets if t.key]
        if self._mode != "upsert" or not keys:
            return ""
        others = [self._db.quote(t.name) for t in targets if not t.key]
        head = f" ON CONFLICT ({','.join(keys)}) DO "
        return head + ("UPDATE SET " + ",".join(f"{c}=EXCLUDED.{c}" for c in others) if others else "NOTHING")

    def _copy(self, table: TableName, targets: Sequence[Target], rows: list[tuple[Any, ...]]) -> None:
        columns = ",".join(self._db.quote(t.name) for t in targets)
        into = self._stage(table, targets, columns) if self._mode == "upsert" else self._db.table_sql(table)
        with self._connection.cursor() as cursor:
            with cursor.copy(f"COPY {into} ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            if self._mode == "upsert":
                name = self._db.table_sql(table)
                cursor.execute(f"INSERT INTO {name} ({columns}) SELECT {columns} FROM {into}{self._conflict(targets)}")
                cursor.execute(f"TRUNCATE {into}")

    def _stage(self, table: TableName, targets: Sequence[Target], columns: str) -> str:
        """A temporary table with the columns of the batch, made once."""
        key = (table, tuple(t.name for t in targets))
        if key not in self._staged:
            name = f"pg_temp.millstream_{len(self._staged)}"
            with self._connection.cursor() as cursor:
                cursor.execute(f"DROP TABLE IF EXISTS {name}")
                cursor.execute(f"CREATE TABLE {name} AS SELECT {columns} FROM {self._db.table_sql(table)} LIMIT 0")
            self._staged[key] = name
        return self._staged[key]

    def rolled_back(self) -> None:
        """Temporary tables made in a transaction that was rolled back are gone."""
        self._staged.clear()
