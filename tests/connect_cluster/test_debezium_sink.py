"""Debezium's JDBC sink behind CREATE EXTERNAL SINK ... FROM: the database's table holds what the relation holds.

Types, changes and deletions, without a word about keys.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from demo.kafka.maven import DEBEZIUM_JDBC, plugins
from demo.postgres import PASSWORD, Server, running

from millstream.connect.client import ConnectClient
from millstream.log.kafka import KafkaLog
from tests.connect_cluster.cluster import Cluster
from tests.connect_cluster.conftest import Bench

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def postgres() -> Iterator[Server]:
    with running() as server:
        yield server


@pytest.fixture(scope="module")
def worker(bootstrap: str, cluster_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A worker that has the connector."""
    cluster = Cluster(tmp_path_factory.mktemp("connect"), bootstrap, **{"plugin.path": plugins(DEBEZIUM_JDBC)})
    cluster.start()
    yield cluster
    cluster.kill()


@pytest.fixture
def bench(bootstrap: str, worker: Cluster, tmp_path: Path) -> Iterator[Bench]:
    service = f"s{uuid.uuid4().hex[:8]}_"
    log = KafkaLog({"bootstrap.servers": bootstrap}, tmp_path / "log", service, lambda: time.time_ns() // 1_000_000)
    made = Bench(log, ConnectClient(worker.url, timeout_ms=20_000))
    yield made
    made.close()


def _place(postgres: Server) -> str:
    return (
        f"connector.class='io.debezium.connector.jdbc.JdbcSinkConnector', connection.url='{postgres.jdbc_url}', "
        f"connection.username='postgres', connection.password='{PASSWORD}', schema.evolution='basic', quote.identifiers='true'"
    )


def _rows(bench: Bench, postgres: Server, table: str, query: str, expected: list[Any]) -> None:
    """The query's rows, once they are as expected."""
    deadline, found = time.monotonic() + 60, None
    while found != expected:
        assert time.monotonic() < deadline, f"{table} holds {found}; {bench.client.status(f'out{bench.tag}')}"
        bench.runtime.run_until_idle()
        there = postgres.execute(f"SELECT to_regclass('\"{table}\"') IS NOT NULL")[0][0]
        found = postgres.execute(query) if there else None
        threading.Event().wait(0.05)


def test_a_stream_becomes_rows_of_every_type(bench: Bench, postgres: Server) -> None:
    """Schemas come with the records: the table is created with columns of these types."""
    table = f"orders_{bench.tag}"
    bench.run(
        "CREATE STREAM orders~ (id BIGINT, name STRING, price DECIMAL(10, 2), day DATE, seen TIMESTAMP, ok BOOLEAN, ratio DOUBLE, n INT) "
        "WITH (kafka_topic='orders~', value_format='CONNECT_JSON', partitions=1);"
    )
    created = bench.one(
        f"CREATE EXTERNAL SINK out~ FROM orders~ WITH ({_place(postgres)}, collection.name.format='{table}', insert.mode='upsert', "
        "primary.key.mode='record_value', primary.key.fields='ID');"
    )
    assert (created.failure, created.warnings) == (None, ())
    assert PASSWORD not in repr(created)
    bench.run(
        "INSERT INTO orders~ VALUES (1, 'ann', 2.50, '2024-02-29', '2024-02-29T12:30:00.123', true, 0.5, 7);"
        "INSERT INTO orders~ (id, name) VALUES (2, 'bob'); INSERT INTO orders~ (id, name) VALUES (2, 'Bob');"
    )
    columns = '"ID", "NAME", "PRICE", "DAY", "SEEN", "OK", "RATIO", "N"'
    first = (1, "ann", Decimal("2.50"), date(2024, 2, 29), datetime(2024, 2, 29, 12, 30, 0, 123_000), True, 0.5, 7)
    _rows(bench, postgres, table, f'SELECT {columns} FROM "{table}" ORDER BY 1', [first, (2, "Bob", *[None] * 6)])


@pytest.mark.parametrize("keys", [("id",), ("id", "part")], ids=["one key", "two keys"])
def test_a_table_goes_out_with_its_deletions(bench: Bench, postgres: Server, keys: tuple[str, ...]) -> None:
    """Without a word about keys: upserts by the table's key, a row that leaves the table leaves the database."""
    table, listed = f"people_{bench.tag}", ", ".join(keys)
    bench.run(
        "CREATE STREAM changes~ (id STRING, part INT, city STRING) "
        "WITH (kafka_topic='changes~', value_format='CONNECT_JSON', partitions=1);"
        f"CREATE TABLE people~ WITH (kafka_topic='people~', format='CONNECT_JSON') AS SELECT {listed}, LATEST_BY_OFFSET(city) AS city, "
        f"COUNT(*) AS n FROM changes~ GROUP BY {listed} HAVING LATEST_BY_OFFSET(city) <> 'gone' EMIT CHANGES;"
    )
    created = bench.one(f"CREATE EXTERNAL SINK out~ FROM people~ WITH ({_place(postgres)}, collection.name.format='{table}');")
    assert created.failure is None
    assert {k: created.info["config"][k] for k in ("insert.mode", "primary.key.mode", "delete.enabled")} == {
        "insert.mode": "upsert", "primary.key.mode": "record_key", "delete.enabled": "true",
    }  # fmt: skip
    query = f'SELECT "ID", "CITY", "N" FROM "{table}" ORDER BY 1'
    bench.run("INSERT INTO changes~ VALUES ('a', 1, 'Rome'); INSERT INTO changes~ VALUES ('b', 1, 'Oslo');")
    _rows(bench, postgres, table, query, [("a", "Rome", 1), ("b", "Oslo", 1)])
    bench.run("INSERT INTO changes~ VALUES ('a', 1, 'gone'); INSERT INTO changes~ VALUES ('b', 1, 'Bern');")
    _rows(bench, postgres, table, query, [("b", "Bern", 2)])


def test_a_sink_that_cannot_log_in_says_so(bench: Bench, postgres: Server) -> None:
    """At CREATE and in DESCRIBE, with what Debezium gives as the cause, without the password."""
    bench.run(
        "CREATE STREAM s~ (id BIGINT KEY, n INT) WITH (kafka_topic='s~', format='CONNECT_JSON', partitions=1);INSERT INTO s~ VALUES (1, 2);"
    )
    place = _place(postgres).replace(PASSWORD, "geheim")
    created = bench.one(f"CREATE EXTERNAL SINK out~ FROM s~ WITH ({place}, collection.name.format='s_{bench.tag}');")
    assert created.failure is not None
    assert "geheim" not in repr(created)
    (note, *_) = bench.one("DESCRIBE CONNECTOR `out~`;").notes
    assert "Unable to determine Dialect without JDBC metadata" in note
    assert "RESTART CONNECTOR" in note
