"""The whole server on Kafka: REST API, engine process, Connect worker and registry, all over the broker."""

from __future__ import annotations

from pathlib import Path

import pytest

from millstream.config import Config
from millstream.console.client import Client
from millstream.server.start import start_embedded

EARLIEST = {"auto.offset.reset": "earliest"}
PREPARE = """
CREATE TABLE users (userid VARCHAR PRIMARY KEY, regionid VARCHAR) WITH (kafka_topic='{0}users', value_format='JSON_SR', partitions=1);
CREATE STREAM views (userid VARCHAR KEY, pageid VARCHAR) WITH (kafka_topic='{0}views', value_format='JSON', partitions=2);
"""
ROWS = """
INSERT INTO users (userid, regionid) VALUES ('alice', 'north');
INSERT INTO views (userid, pageid) VALUES ('alice', 'home');
"""


def _rows(client: Client, text: str) -> list[list[object]]:
    return [piece["row"]["columns"] for piece in client.query(text, EARLIEST, {}) if "row" in piece]


@pytest.mark.slow
def test_a_server_on_kafka_goes_on_after_a_restart(bootstrap: str, service: str, tmp_path: Path) -> None:
    """Definitions, state and rows are on the broker: a server with an empty directory replays the journal and reads the same table."""
    config = Config({"bootstrap.servers": bootstrap, "service.id": service})
    count = "CREATE TABLE counts AS SELECT userid, COUNT(*) AS n FROM views GROUP BY userid EMIT CHANGES;"
    with start_embedded(tmp_path / "one", config=config) as server:
        client = Client(server.url)
        client.statements(PREPARE.format(service), EARLIEST, {})
        client.statements(count, EARLIEST, {})
        client.statements(ROWS, EARLIEST, {})
        assert _rows(client, "SELECT * FROM counts EMIT CHANGES LIMIT 1;") == [["alice", 1]]
        client.close()
    with start_embedded(tmp_path / "two", config=config) as server:
        client = Client(server.url)
        client.statements("INSERT INTO views (userid, pageid) VALUES ('alice', 'cart');", EARLIEST, {})
        assert _rows(client, "SELECT * FROM counts EMIT CHANGES LIMIT 2;") == [["alice", 1], ["alice", 2]]
        assert _rows(client, "SELECT userid, n FROM counts WHERE userid = 'alice';") == [["alice", 2]]
        assert _rows(client, "SELECT * FROM users EMIT CHANGES LIMIT 1;") == [["alice", "north"]]
        client.close()
