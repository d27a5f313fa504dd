"""Change capture by a real Debezium into tables: snapshot, inserts, updates and deletes, plain and unwrapped, by KLIP 7's statements."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from demo.kafka.maven import DEBEZIUM_POSTGRES, plugins
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


@pytest.fixture
def bench(bootstrap: str, cluster_url: str, tmp_path: Path) -> Iterator[Bench]:
    """A database with a worker of its own that has Debezium."""
    cluster = Cluster(tmp_path / "connect", bootstrap, **{"plugin.path": plugins(DEBEZIUM_POSTGRES)})
    cluster.start()
    service = f"d{uuid.uuid4().hex[:8]}_"
    log = KafkaLog({"bootstrap.servers": bootstrap}, tmp_path / "log", service, lambda: time.time_ns() // 1_000_000)
    made = Bench(log, ConnectClient(cluster.url, timeout_ms=20_000))
    yield made
    made.close()
    cluster.kill()


def _source(bench: Bench, postgres: Server, more: str = "") -> Any:
    return bench.one(
        "CREATE EXTERNAL SOURCE people-~ WITH (connector.class=PostgresConnector, database.hostname=127.0.0.1, "
        f"database.port={postgres.port}, database.user=postgres, database.password='{PASSWORD}', database.dbname={postgres.database}, "
        "topic.prefix='p~', table.include.list='public.people_~', plugin.name=pgoutput, slot.name='s_~', publication.name='p_~', "
        "publication.autocreate.mode=filtered, topic.creation.default.replication.factor=1, topic.creation.default.partitions=1"
        f"{more});"
    )


UNWRAP = ", transforms=unwrap, transforms.unwrap.type='io.debezium.transforms.ExtractNewRecordState'"


@pytest.mark.parametrize(
    ("more", "name", "price"), [("", "after->name", "after->price"), (UNWRAP, "name", "price")], ids=["plain", "unwrapped"]
)
def test_changes_become_a_table(bench: Bench, postgres: Server, more: str, name: str, price: str) -> None:
    """No column is written by hand: keys, types (DECIMAL too) and topics come from the records."""
    table = f"people_{bench.tag}"
    postgres.execute(
        f"CREATE TABLE {table} (id INT PRIMARY KEY, name TEXT, price NUMERIC(8, 2))",
        f"INSERT INTO {table} VALUES (1, 'ann', 1.50), (2, 'bob', NULL), (3, 'cid', 3)",
    )
    created = _source(bench, postgres, more)
    assert (created.failure, created.state) == (None, "RUNNING (1/1 tasks RUNNING)")
    assert PASSWORD not in repr(created)
    bench.run("CREATE TABLE people~ FROM CONNECTOR `people-~`;")
    relation = bench.database.catalog.relations[f"PEOPLE{bench.tag}".upper()]
    assert [f"{c.name} {c.type}" for c in relation.schema.key] == ["ID INTEGER"]
    bench.run(f"CREATE TABLE now~ WITH (kafka_topic='now~', format='JSON') AS SELECT id, {name} AS name, {price} AS price FROM people~;")
    postgres.execute(
        f"UPDATE {table} SET name = 'Ann' WHERE id = 1", f"DELETE FROM {table} WHERE id = 2", f"INSERT INTO {table} VALUES (4, 'dee', 4)"
    )
    expected = {b"1": ("Ann", 1.5), b"3": ("cid", 3), b"4": ("dee", 4)}
    deadline = time.monotonic() + 30
    while (found := _rows(bench)) != expected:
        assert time.monotonic() < deadline, f"after 30 s: {found}"
    described = bench.one("DESCRIBE people-~;")
    assert [(t.name, t.topic) for t in described.topics] == [(f"public.{table}", f"p{bench.tag}.public.{table}")]


def _rows(bench: Bench) -> dict[bytes, tuple[Any, Any]]:
    """What is left of the table in its changelog, by key."""
    bench.runtime.run_until_idle()
    topic = f"now{bench.tag}"
    bench.log.wait({(topic, 0): bench.log.end_offsets(topic)[0]}, 100)
    rows: dict[bytes, tuple[Any, Any]] = {}
    batch = bench.log.read(topic, 0, 0)
    for key, value in zip(batch.keys, batch.values, strict=True):
        assert key is not None
        rows.pop(key, None)
        if value is not None:
            row = json.loads(value)
            rows[key] = (row["NAME"], row["PRICE"])
    return rows
