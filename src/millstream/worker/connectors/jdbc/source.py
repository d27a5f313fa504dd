"""The JDBC source connector: which tables, cut into tasks; and what can be judged before anything runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from millstream.worker.connectors.base import Connector, SourceTask
from millstream.worker.connectors.jdbc import selection
from millstream.worker.connectors.jdbc.database import Database
from millstream.worker.connectors.jdbc.opening import open_database
from millstream.worker.connectors.jdbc.source_keys import SOURCE_KEYS
from millstream.worker.connectors.jdbc.source_task import JdbcSourceTask
from millstream.worker.connectors.jdbc.url import mapped, parse, sentence
from millstream.worker.definition import KeyResult
from millstream.worker.errors import TaskError

#: Seconds that a validation waits for a database.
_PATIENCE_S = 5


class JdbcSourceConnector(Connector):
    """Reads tables or a query. The same class answers to Confluent's and to Aiven's name."""

    kind = "source"
    class_names = ("io.confluent.connect.jdbc.JdbcSourceConnector", "io.aiven.connect.jdbc.JdbcSourceConnector")
    definition = SOURCE_KEYS
    rows = True

    def expand(self, config: Mapping[str, str]) -> dict[str, str]:
        """``key=column`` becomes two transforms, as ksqlDB makes it."""
        out = dict(config)
        column = (out.get("key") or "").strip()
        if column:
            before = [t for t in out.get("transforms", "").split(",") if t.strip()]
            out["transforms"] = ",".join([*before, "ksqlCreateKey", "ksqlExtractString"])
            out["transforms.ksqlCreateKey.type"] = "org.apache.kafka.connect.transforms.ValueToKey"
            out["transforms.ksqlCreateKey.fields"] = column
            out["transforms.ksqlExtractString.type"] = "org.apache.kafka.connect.transforms.ExtractField$Key"
            out["transforms.ksqlExtractString.field"] = column
        return out

    def task_configs(self, config: Mapping[str, str], tasks_max: int) -> list[dict[str, str]]:
        parsed = SOURCE_KEYS.parse(config)
        if parsed["query"] or parsed["query.masked"]:
            return [dict(config)]
        try:
            db = open_database(parsed)
            try:
                tables = selection.chosen(db, parsed)
            finally:
                db.close()
        except TaskError:
            raise
        except Exception as e:
            raise mapped(e, "Cannot look for tables") from e
        count = max(min(tasks_max, len(tables)), 1)
        return [{**config, "tables": selection.format_tables(tables[i::count])} for i in range(count)]

    def check_offsets(self, moved: Sequence[tuple[Mapping[str, Any], Mapping[str, Any] | None]]) -> bool:
        for partition, offset in moved:
            if offset is None:
                continue
            if not {"table", "query"} & set(partition):
                raise ValueError("Partition objects should contain the key 'table' (with 'protocol': '1'), or 'query'")
            known = {key: offset[key] for key in ("incrementing", "timestamp", "timestamp_nanos") if key in offset}
            if not known:
                raise ValueError("Offset objects should either be null or contain 'incrementing' or 'timestamp'")
            for key, value in known.items():
                if not isinstance(value, int) or isinstance(value, bool):
                    raise ValueError(f"The value for the '{key}' key in the offset is expected to be a Long value")
        return True

    def monitor_ms(self, config: Mapping[str, str]) -> int | None:
        parsed = SOURCE_KEYS.parse(config)
        return None if parsed["query"] or parsed["query.masked"] else int(parsed["table.poll.interval.ms"])

    def validate(self, given: Mapping[str, str], results: dict[str, KeyResult]) -> None:
        parsed = {n: r.value for n, r in results.items()}
        _together(parsed, results)
        url = results["connection.url"]
        if url.errors or any(results[k].errors for k in ("mode", "query", "table.whitelist")):
            return
        try:
            parse(parsed["connection.url"])
        except ValueError as e:
            url.errors.append(f"Invalid value for configuration connection.url: {e}")
            return
        try:
            db = open_database(parsed, timeout_s=_PATIENCE_S)
        except Exception as e:
            blame_connection(e, parsed, results)
            return
        try:
            _look(db, parsed, results)
        except Exception as e:
            url.errors.append(f"Cannot look into the database: {sentence(e)}")
        finally:
            db.close()

    def task(self) -> SourceTask:
        return JdbcSourceTask()


def _together(parsed: Mapping[str, Any], results: dict[str, KeyResult]) -> None:
    """Keys that exclude each other."""
    groups = ("table.whitelist", "table.blacklist", "table.include.list")
    used = [k for k in groups if parsed[k]]
    if "table.whitelist" in used and len(used) > 1:
        results["table.whitelist"].errors.append(f"{' and '.join(used)} cannot be used together.")
    query = parsed["query"] or parsed["query.masked"]
    if query and used:
        results["query"].errors.append(f"query and {' and '.join(used)} cannot be used together: a query reads no other tables.")


def blame_connection(error: Exception, parsed: Mapping[str, Any], results: dict[str, KeyResult]) -> None:
    """Put a failed connection at the key that is most likely at fault."""
    text = sentence(error)
    key = "connection.url"
    if "authentication failed" in text or "no password supplied" in text:
        key = "connection.password"
    elif "role" in text and "does not exist" in text:
        key = "connection.user"
    results[key].errors.append(f"Cannot connect to the database: {text}")


def _look(db: Database, parsed: dict[str, Any], results: dict[str, KeyResult]) -> None:
    """What only the database knows: tables and columns."""
    names = [t.name for t in db.tables(parsed["table.types"] or ["TABLE"], parsed["schema.pattern"])]
    for key in ("table.whitelist", "table.blacklist"):
        results[key].recommended = names
    query = parsed["query"] or parsed["query.masked"]
    if query:
        try:
            columns = db.query_columns(query)
        except Exception as e:
            results["query"].errors.append(f"The query cannot be run: {sentence(e)}")
            return
        _judge_columns(parsed, None, columns, results)
        return
    lost = selection.missing(db, parsed)
    if lost:
        known = ", ".join(names) or "none"
        views = {s for t in db.tables(["VIEW", "MATERIALIZED VIEW"], parsed["schema.pattern"]) for s in t.spellings}
        cure = " It is a view: set table.types=TABLE,VIEW or, in Postgres, MATERIALIZED VIEW." if set(lost) <= views else ""
        results["table.whitelist"].errors.append(f"There is no table {', '.join(lost)}.{cure} Existing tables: {known}.")
        return
    for table in selection.chosen(db, parsed):
        _judge_columns(parsed, table, db.columns(table), results)


def _judge_columns(parsed: Mapping[str, Any], table: Any, columns: Any, results: dict[str, KeyResult]) -> None:
    mode = parsed["mode"]
    checks = (
        ("incrementing", "incrementing.column.name", selection.increments),
        ("timestamp", "timestamp.column.name", selection.stamp_columns),
    )
    for part, key, check in checks:
        if part in mode:
            try:
                check(parsed, table, columns)
            except TaskError as e:
                results[key].errors.append(e.message)
    key = (parsed["key"] or "").strip()
    if key and all(c.name != key for c in columns):
        results["key"].errors.append(f"{table or 'The query'} has no column {key}. Existing columns: {', '.join(c.name for c in columns)}.")
