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
        upserts = self._mode == "upsert" and any(t.key for t in batch.targets)
        if batch.kept is None and not upserts:
            self._put(table, batch, None)
        elif upserts:
            self._upsert(table, batch)
        else:
            self._in_order(table, batch)

    def _upsert(self, table: TableName, batch: Rows) -> None:
        """Of several changes of one key only the last counts, and the order of different keys does not."""
        keys = batch.keys()
        last = dict(zip(keys, range(batch.count), strict=True))
        if batch.kept is None:
            self._put(table, batch, None if len(last) == batch.count else list(last.values()))
            return
        places = {record: place for place, record in enumerate(batch.kept)}
        self._delete(table, batch.targets, [key for key, record in last.items() if record not in places])
        self._put(table, batch, [places[record] for record in last.values() if record in places])

    def _in_order(self, table: TableName, batch: Rows) -> None:
        """Deletions between insertions or updates."""
        keys = batch.keys()
        places = {record: place for place, record in enumerate(batch.kept or ())}
        for is_delete, run in groupby(range(batch.count), lambda record: record not in places):
            if is_delete:
                self._delete(table, batch.targets, [keys[record] for record in run])
            else:
                self._put(table, batch, [places[record] for record in run])

    def _put(self, table: TableName, batch: Rows, chosen: list[int] | None) -> None:
        """Write the chosen rows, None for all."""
        count = len(batch.kept) if batch.kept is not None else batch.count
        many = (count if chosen is None else len(chosen)) >= _COPY_FROM
        if many and not self._sqlite and self._mode != "update":
            lines = batch.lines()
            found: Sequence[Any] = batch.rows() if lines is None else lines
            self._copy(table, batch.targets, found if chosen is None else [found[i] for i in chosen])
            return
        rows = batch.rows()
        rows = rows if chosen is None else [rows[i] for i in chosen]
        statement = self._statement(table, batch.targets)
        for start in range(0, len(rows), self._size):
            self._many(statement, [self._ordered(batch.targets, r) for r in rows[start : start + self._size]])

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

    def _copy(self, table: TableName, targets: Sequence[Target], found: Sequence[Any]) -> None:
        """``found``: lines of COPY's text, or rows for the driver to make them of."""
        columns = ",".join(self._db.quote(t.name) for t in targets)
        into = self._stage(table, targets, columns) if self._mode == "upsert" else self._db.table_sql(table)
        with self._connection.cursor() as cursor:
            with cursor.copy(f"COPY {into} ({columns}) FROM STDIN") as copy:
                if isinstance(found[0], str):
                    copy.write("\n".join(found) + "\n")
                else:
                    for row in found:
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
