"""Records per CPU-second of the server's processes through the built-in connectors."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure
from bench.rig import Server, server, until
from millstream.log.embedded import EmbeddedLog

RATE = "rec/CPU-s"


def connectors(quick: bool) -> Iterator[Figure]:
    """Datagen into the log, the log into SQLite, SQLite into the log. All records cross processes as in production."""
    count = 50_000 if quick else 300_000
    with server() as found, tempfile.TemporaryDirectory(prefix="millstream-bench-") as folder:
        log = EmbeddedLog(found.directory)
        database = Path(folder) / "shop.db"
        found.sql("SHOW CONNECTORS;")  # the worker runs

        def arrived(topic: str) -> bool:
            return log.topic(topic) is not None and sum(log.end_offsets(topic)) >= count

        used = _cpu(found, _datagen(count), lambda: arrived("generated"))
        yield Figure("Datagen, page views", count / used, RATE)
        sink = _sink(database)
        used = _cpu(found, sink, lambda: _rows(database) >= count)
        yield Figure("JDBC sink into SQLite, insert", count / used, RATE)
        for mode in ("bulk", "incrementing"):
            used = _cpu(found, _source(database, mode), lambda m=mode: arrived(f"{m}-generated"))  # type: ignore[misc]
            yield Figure(f"JDBC source from SQLite, {mode}", count / used, RATE)
        log.close()


def _cpu(found: Server, statement: str, done: object) -> float:
    """CPU seconds of the server and its processes from a statement until its work is done."""
    assert callable(done)
    before = found.cpu()
    found.sql(statement)
    until(done, 0.1)
    return found.cpu() - before


def _rows(database: Path) -> int:
    with sqlite3.connect(database) as connection:
        try:
            return int(connection.execute('SELECT count(*) FROM "generated"').fetchone()[0])
        except sqlite3.OperationalError:
            return 0


def _datagen(count: int) -> str:
    return f"""CREATE SOURCE CONNECTOR made WITH ('connector.class'='DatagenConnector', 'quickstart'='pageviews',
      'kafka.topic'='generated', 'iterations'='{count}', 'max.interval'='0', 'users.count'='10000', 'random.seed'='7');"""


def _sink(database: Path) -> str:
    return f"""CREATE SINK CONNECTOR written WITH ('connector.class'='JdbcSinkConnector', 'topics'='generated',
      'connection.url'='jdbc:sqlite:{database}', 'auto.create'='true', 'insert.mode'='insert', 'pk.mode'='none');"""


def _source(database: Path, mode: str) -> str:
    return f"""CREATE SOURCE CONNECTOR read_{mode} WITH ('connector.class'='JdbcSourceConnector', 'mode'='{mode}',
      'connection.url'='jdbc:sqlite:{database}', 'table.whitelist'='generated', 'topic.prefix'='{mode}-',
      'incrementing.column.name'='viewtime', 'poll.interval.ms'='3600000');"""
