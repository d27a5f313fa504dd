"""The JDBC sink connector and its task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from millstream.worker.connectors.base import Connector, SinkTask, TaskContext
from millstream.worker.connectors.jdbc.database import Database
from millstream.worker.connectors.jdbc.opening import open_database
from millstream.worker.connectors.jdbc.sink_keys import SINK_KEYS
from millstream.worker.connectors.jdbc.sink_rows import RowMaker, table_of
from millstream.worker.connectors.jdbc.sink_table import Tables
from millstream.worker.connectors.jdbc.sink_writer import Writer
from millstream.worker.connectors.jdbc.source import blame_connection
from millstream.worker.connectors.jdbc.spellings import told, unified
from millstream.worker.connectors.jdbc.url import mapped, parse
from millstream.worker.definition import KeyResult
from millstream.worker.errors import DataError, RetriableError, TaskError
from millstream.worker.log_names import logger
from millstream.worker.records import Records

_PATIENCE_S = 5


class JdbcSinkConnector(Connector):
    """Writes topics into tables."""

    kind = "sink"
    class_names = ("io.confluent.connect.jdbc.JdbcSinkConnector", "io.aiven.connect.jdbc.JdbcSinkConnector")
    definition = SINK_KEYS

    def expand(self, config: Mapping[str, str]) -> dict[str, str]:
        return unified(config)

    def task_configs(self, config: Mapping[str, str], tasks_max: int) -> list[dict[str, str]]:
        return [dict(config)] * tasks_max

    def validate(self, given: Mapping[str, str], results: dict[str, KeyResult]) -> None:
        self._judge(results)
        told(given, results)

    def _judge(self, results: dict[str, KeyResult]) -> None:
        parsed = {n: r.value for n, r in results.items()}
        mode, pk, fields = str(parsed["insert.mode"]).lower(), str(parsed["pk.mode"]).lower(), parsed["pk.fields"]
        if parsed["delete.enabled"] and pk != "record_key":
            results["delete.enabled"].errors.append("Deletes are only supported for pk.mode record_key")
        if mode in ("upsert", "update") and pk == "none":
            results["pk.mode"].errors.append(f"insert.mode={mode} needs a primary key: set pk.mode to record_key, record_value or kafka.")
        if pk == "kafka" and len(fields) not in (0, 3):
            results["pk.fields"].errors.append(f"pk.mode=kafka needs three names (topic, partition, offset) or none, got {len(fields)}.")
        if results["connection.url"].errors:
            return
        try:
            parse(parsed["connection.url"])
            open_database(parsed, read_only=False, timeout_s=_PATIENCE_S).close()
        except ValueError as e:
            results["connection.url"].errors.append(f"Invalid value for configuration connection.url: {e}")
        except Exception as e:
            blame_connection(e, parsed, results)

    def task(self) -> SinkTask:
        return JdbcSinkTask()


class JdbcSinkTask(SinkTask):
    """Each ``put`` is one database transaction: all of the batch, or nothing."""

    _db: Database | None = None

    def start(self, config: Mapping[str, str], context: TaskContext) -> None:
        self._config, self._context = SINK_KEYS.parse(config), context
        self._attempts = self._config["max.retries"] + 1
        self._open()

    def _open(self) -> None:
        try:
            self._db = open_database(self._config, read_only=False)
            sqlite = self._db.placeholder == "?"
            if not sqlite:
                connection: Any = self._db.connection  # type: ignore[attr-defined]
                connection.execute("SET TIME ZONE 'UTC'")
                connection.commit()
        except Exception as e:
            raise mapped(e, "Cannot connect to the database") from e
        mode = self._config["insert.mode"].lower()
        self._rows = RowMaker(self._config, self._context.connector, sqlite=sqlite)
        self._tables = Tables(self._db, self._config, sqlite=sqlite)
        self._writer = Writer(self._db, "insert" if mode == "multi" else mode, self._config["batch.size"], sqlite=sqlite)

    def put(self, records: Records) -> None:
        for left in range(self._attempts - 1, -1, -1):
            try:
                self._put(records)
                return
            except RetriableError as e:
                self._close()
                if left == 0 or self._context.wait(self._config["retry.backoff.ms"]):
                    raise TaskError(f"Gave up after {self._attempts} tries: {e.message}") from e
                logger("jdbc").warning("Sink %s will try again: %s", self._context.connector, e.message)

    def _put(self, records: Records) -> None:
        """Write all; where that fails on bad data and bad records are tolerated, write them one by one."""
        try:
            self._write(records)
        except (DataError, TaskError) as e:
            if not self._context.tolerates:
                raise TaskError(e.message, hint=e.hint) from e
            if len(records) == 1:
                self._context.report(records, e)
                return
            for i in range(len(records)):
                self._put(records.part([i]))

    def _write(self, records: Records) -> None:
        if self._db is None:
            self._open()
        assert self._db is not None
        connection: Any = self._db.connection  # type: ignore[attr-defined]
        table = table_of(self._config, records.topic, None)
        try:
            rows = self._rows.make(records)
            self._tables.fit(table, rows.targets)
            self._writer.write(table, rows)
            connection.commit()
        except (DataError, TaskError):
            raise
        except Exception as e:
            error = mapped(e, f"Cannot write to table {table}")
            try:
                connection.rollback()
            except Exception:
                error = RetriableError(error.message)
            self._writer.rolled_back()
            raise error from e

    def _close(self) -> None:
        db, self._db = self._db, None
        if db is not None:
            try:
                db.close()
            except Exception:
                logger("jdbc").debug("The connection was broken before it was closed.")

    def stop(self) -> None:
        self._close()
