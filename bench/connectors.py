"""Records per CPU-second of the server's processes through the built-in connectors."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

from demo.postgres import PASSWORD, running
from demo.postgres import Server as Postgres

from bench.figures import Figure
from bench.rig import Server, server, until
from millstream.log.embedded import EmbeddedLog

RATE = "rec/CPU-s"
#: Records a CPU-second of a real Connect worker 4.3.1 that has just started, on such a machine: its JDBC source, and its sink's upserts
#: (85 000 and 83 000 cold; 110 000 to 190 000 and 147 000 warm). Rows of 90 bytes, one task.
REAL_SOURCE, REAL_SINK = 85_000, 83_000

_ORDERS = """CREATE TABLE orders (id bigint PRIMARY KEY, customer varchar(40) NOT NULL, product text NOT NULL, amount double precision,
    quantity int, placed timestamp NOT NULL)"""
_FILL = """INSERT INTO orders SELECT g, 'customer-' || (g % 10007), 'product number ' || (g % 499) || ' in a box', g * 0.25, g % 17,
    timestamp '2024-01-01' + g * interval '1 second' FROM generate_series(1, {}) g"""


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
    yield from _postgres(quick)


def _postgres(quick: bool) -> Iterator[Figure]:
    """PostgreSQL into the log, with and without a key, and back. Held to what a real Connect worker does."""
    count = 100_000 if quick else 500_000
    with running() as database, server() as found:
        database.execute(_ORDERS, _FILL.format(count))
        log = EmbeddedLog(found.directory)
        found.sql("SHOW CONNECTORS;")
        for form, key in (("", ""), ("keyed-", "'key'='id',")):
            statement = _connector(database, f"SOURCE CONNECTOR from_{form[:5]}pg", "Source", f"""{key} 'mode'='incrementing',
                'incrementing.column.name'='id', 'table.whitelist'='orders', 'topic.prefix'='{form}'""")  # fmt: skip
            topic = f"{form}orders"
            used = _cpu(found, statement, lambda t=topic: log.topic(t) is not None and sum(log.end_offsets(t)) >= count)  # type: ignore[misc]
            yield Figure(f"JDBC source from PostgreSQL{', with key' * bool(key)}", count / used, RATE, least=REAL_SOURCE)
        sinks = (
            ("insert", "orders", "'insert.mode'='insert', 'pk.mode'='none'"),
            ("upsert", "orders", "'insert.mode'='upsert', 'pk.mode'='record_value', 'pk.fields'='id'"),
            (
                "upsert and delete",
                "keyed-orders",
                "'insert.mode'='upsert', 'pk.mode'='record_key', 'pk.fields'='id', 'delete.enabled'='true'",
            ),
        )
        for number, (form, topic, options) in enumerate(sinks):
            name, table = f"TO_{number}", f"orders_{number}"
            statement = _connector(database, f"SINK CONNECTOR {name}", "Sink", f"""'topics'='{topic}', 'auto.create'='true',
                'table.name.format'='{table}', {options}""")  # fmt: skip
            used = _cpu(found, statement, lambda n=name: sum(log.committed(f"connect-{n}").values()) >= count)  # type: ignore[misc]
            assert database.execute(f"SELECT count(*) FROM {table}") == [(count,)]
            yield Figure(f"JDBC sink into PostgreSQL, {form}", count / used, RATE, least=REAL_SINK)
        log.close()


def _connector(database: Postgres, what: str, side: str, options: str) -> str:
    return f"""CREATE {what} WITH ('connector.class'='Jdbc{side}Connector', 'connection.url'='{database.jdbc_url}',
      'connection.user'='postgres', 'connection.password'='{PASSWORD}', {options});"""


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
