"""The JDBC source's task: polls its tables in turn, streaming each result to its end before the next."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from millstream.worker.connectors.base import SourceTask, TaskContext
from millstream.worker.connectors.jdbc.columns import Mapped, sqlite_moment, to_millis
from millstream.worker.connectors.jdbc.columns import mapped as map_column
from millstream.worker.connectors.jdbc.database import Column, Database, Rows, TableName
from millstream.worker.connectors.jdbc.modes import Plan, Progress, cut
from millstream.worker.connectors.jdbc.opening import open_database
from millstream.worker.connectors.jdbc.selection import increments, parse_tables, stamp_columns
from millstream.worker.connectors.jdbc.source_keys import SOURCE_KEYS
from millstream.worker.connectors.jdbc.url import mapped
from millstream.worker.errors import DataError, RetriableError, TaskError
from millstream.worker.log_names import logger
from millstream.worker.records import Polled, Records
from millstream.worker.schema import struct


class JdbcSourceTask(SourceTask):
    """One connection, some tables."""

    _db: Database | None = None
    _readers: tuple[TableReader, ...] = ()

    def start(self, config: Mapping[str, str], context: TaskContext) -> None:
        self._config, self._context = SOURCE_KEYS.parse(config), context
        query = self._config["query"] or self._config["query.masked"]
        tables = [None] if query else parse_tables(config.get("tables", ""))
        self._readers = tuple(TableReader(self._config, table, query, context) for table in tables)
        self._turn = 0
        self._connect()

    def _connect(self) -> Database:
        attempts, pause = self._config["connection.attempts"], self._config["connection.backoff.ms"]
        for left in range(attempts - 1, -1, -1):
            try:
                self._db = open_database(self._config)
                return self._db
            except Exception as e:
                error = mapped(e, "Cannot connect to the database")
                if left == 0 or isinstance(error, TaskError) or self._context.wait(pause):
                    raise error from e
        raise AssertionError("attempts is at least 1")

    def poll(self) -> list[Polled]:
        if not self._readers:
            self._context.wait(self._config["table.poll.interval.ms"])
            return []
        reader = self._readers[self._turn]
        if not reader.open:
            now = self._context.clock.now_ms()
            if reader.due > now:
                if self._context.wait(reader.due - now):
                    return []
                if reader.due > self._context.clock.now_ms():
                    return []  # woken for another reason
        try:
            polled = reader.read(self._db or self._connect())
        except (TaskError, DataError):
            raise
        except Exception as e:
            self._disconnect()
            reader.drop()
            error = mapped(e, f"Cannot read {reader.title}")
            if isinstance(error, TaskError):
                raise error from e
            self._context.wait(self._config["connection.backoff.ms"])
            self._connect()
            return []
        if not reader.open:
            self._turn = min(range(len(self._readers)), key=lambda i: self._readers[i].due)
        return polled

    def _disconnect(self) -> None:
        db, self._db = self._db, None
        if db is not None:
            try:
                db.close()
            except Exception:
                pass

    def stop(self) -> None:
        self._disconnect()


class TableReader:
    """One table (or the query): its plan, its progress, its open result."""

    def __init__(self, config: Mapping[str, Any], table: TableName | None, query: str, context: TaskContext) -> None:
        self._config, self._table, self._query, self._context = config, table, query, context
        self.title = f"table {table}" if table else "the query"
        self._topic = config["topic.prefix"] + (table.name if table else "")
        self._partition = {"protocol": "1", "table": str(table)} if table else {"query": "query"}
        self._progress = Progress.of(context.offset(self._partition))
        self._first(context)
        self.due: int = context.clock.now_ms()
        self._rows: Rows | None = None
        self._held: list[Any] = []
        self._columns: list[Column] | None = None
        self._announced = False

    def _first(self, context: TaskContext) -> None:
        """Where a table without an offset begins."""
        mode: str = self._config["mode"]
        if "incrementing" in mode and self._progress.incrementing is None:
            self._progress.incrementing = self._config["incrementing.initial"]
        if "timestamp" in mode and self._progress.micros is None:
            given = self._config["timestamp.initial"]
            given = self._config["timestamp.initial.ms"] if given is None else given
            if given is not None:
                self._progress.micros = (context.clock.now_ms() if given == -1 else given) * 1000

    @property
    def open(self) -> bool:
        return self._rows is not None

    def close(self) -> None:
        """Close the open result, whatever state its connection is in."""
        rows, self._rows, self._held = self._rows, None, []
        if rows is not None:
            try:
                rows.close()
            except Exception:
                logger("jdbc").debug("The result of %s was lost with its connection.", self.title)

    def drop(self) -> None:
        """Forget the open result; the next read begins at the last commit."""
        self.close()
        self._progress = Progress.of(self._context.offset(self._partition))
        self._first(self._context)

    def read(self, db: Database) -> list[Polled]:
        """The next batch; opens the result where none is open, closes it at its end."""
        size = self._config["batch.max.rows"]
        if self._rows is None:
            self._start(db, size)
        assert self._rows is not None
        fetched = self._rows.fetchmany(size)
        complete = len(fetched) < size
        rows = self._held + list(fetched) if self._held else fetched
        self._held = []
        if complete:
            self._rows.close()
            db.end()
            self._rows = None
            self.due = self._context.clock.now_ms() + self._config["poll.interval.ms"]
        stamps = [self._stamp_of(r) for r in rows] if self._plan.stamps else []
        if stamps:
            going = cut(stamps, complete=complete)
            self._held = list(rows[going:])
            rows = rows[:going]
        if not rows and (self._announced or not complete):
            return []
        self._announced = True
        return [self._polled(rows, stamps[len(rows) - 1] if stamps and rows else None)]

    def _polled(self, rows: Any, stamp: int | None) -> Polled:
        if rows:
            if stamp is not None:
                self._progress.micros = stamp
            if self._plan.incrementing:
                last = rows[-1][self._place(self._plan.incrementing)]
                self._progress.incrementing = int(last)
        records = Records(self._topic, self._schema, self._dicts(rows))
        moved = bool(rows) and self._plan.mode != "bulk"
        return Polled(records, self._partition, self._progress.offset() if moved else None)

    def _start(self, db: Database, size: int) -> None:
        """Open the result.

        Columns are looked up behind the query, not before it: the query holds the table, so that what is found is what it reads. Rows
        of a table that was altered in between would come without their new columns.
        """
        if self._columns is None:
            self._describe(db)
        while True:
            until = db.now_micros() - self._config["timestamp.delay.interval.ms"] * 1000 if self._plan.stamps else None
            sql, parameters = self._plan.sql(db, self._progress, until)
            try:
                self._rows = db.stream(sql, parameters, size)
            except Exception:
                db.end()
                if not self._describe(db):  # no column is gone: it is something else
                    raise
                continue
            if not self._describe(db):
                return
            self.close()
            db.end()

    def _describe(self, db: Database) -> bool:
        """Look at the columns again, in the transaction of the query: tables change. True where they have changed."""
        columns = db.columns(self._table) if self._table else db.query_columns(self._query)
        if not columns:
            raise TaskError(f"There is no table {self._table} (any more), or it has no columns.")
        if columns == self._columns:
            return False
        config = self._config
        numeric = "precision_only" if config["numeric.precision.mapping"] else (config["numeric.mapping"] or "none").lower()
        sqlite = db.placeholder == "?"
        options = {"sqlite": sqlite, "numeric": numeric, "timezone": config["db.timezone"]}
        found = tuple(map_column(c, granularity=config["timestamp.granularity"], **options) for c in columns)
        source = db.table_sql(self._table) if self._table else f"({self._query}) AS q"
        mode = config["mode"]
        increment = increments(config, self._table, columns) if "incrementing" in mode else None
        stamps = stamp_columns(config, self._table, columns) if "timestamp" in mode else ()
        self._plan = Plan(source, found, mode, increment, stamps, config["db.timezone"], config["query.suffix"])
        self._columns = columns
        self._names = [c.name for c in columns]
        self._dicts = compiled(found)
        self._schema = struct(self._table.name if self._table else None, [(m.column.name, m.schema) for m in found])
        self._stamp_reads = [(self._place(c), _micros(c, options)) for c in stamps]
        return True

    def _place(self, column: Column) -> int:
        return self._names.index(column.name)

    def _stamp_of(self, row: Any) -> int:
        for place, change in self._stamp_reads:
            value = row[place]
            if value is not None:
                return int(value if change is None else change(value))
        raise RetriableError("A row without a timestamp was read.")


def _micros(column: Column, options: dict[str, Any]) -> Callable[[Any], Any] | None:
    """How a timestamp column's value is read; in SQLite it holds a time whatever its type says."""
    if options["sqlite"]:
        return sqlite_moment(column, options["timezone"])
    return map_column(column, granularity="micros_long", **options).change


def compiled(columns: Sequence[Mapped]) -> Callable[[Any], list[dict[str, Any]]]:
    """A function of rows that gives a dict a row, changes included: one comprehension, made for these columns.

    Only machine-made names stand in its source; column names and changes come in through its namespace.
    """
    namespace: dict[str, Any] = {}
    items = []
    for i, mapped_column in enumerate(columns):
        namespace[f"n{i}"] = mapped_column.column.name
        value = f"v{i}"
        if mapped_column.change is not None:
            namespace[f"c{i}"] = mapped_column.change
            # The commonest change, microseconds to milliseconds, without a call.
            inlined = f"v{i} // 1000" if mapped_column.change is to_millis else f"c{i}(v{i})"
            value = f"None if v{i} is None else {inlined}"
        items.append(f"n{i}: {value}")
    names = ", ".join(f"v{i}" for i in range(len(columns)))
    source = f"lambda rows: [{{{', '.join(items)}}} for ({names},) in rows]"
    function: Callable[[Any], list[dict[str, Any]]] = eval(source, namespace)
    return function
