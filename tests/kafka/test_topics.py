"""Topics that others made, and what the administration of topics gives on a real broker."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic

from millstream.config import Config
from millstream.log.kafka.assignments import topics_of
from millstream.server.start import Server, start_embedded
from millstream.session.database import Failed
from millstream.session.results import Printed
from tests.kafka.servers import EARLIEST, until

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("topics")]
CODECS = ("none", "gzip", "snappy", "lz4", "zstd")


@pytest.fixture(scope="module")
def server(bootstrap: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests here; its clients compress with zstd."""
    service = f"topics{uuid.uuid4().hex[:8]}_"
    config = Config({"bootstrap.servers": bootstrap, "service.id": service, "ksql.streams.producer.compression.type": "zstd"})
    with start_embedded(tmp_path_factory.mktemp("topics"), config=config) as made:
        yield made


@pytest.fixture(scope="module")
def admin(bootstrap: str) -> AdminClient:
    return AdminClient({"bootstrap.servers": bootstrap})


def made(admin: AdminClient, name: str, partitions: int, **config: str) -> str:
    admin.create_topics([NewTopic(name, partitions, config=config)])[name].result(30)
    return name


def configured(admin: AdminClient, name: str) -> dict[str, str]:
    """What was set for the topic itself."""
    (future,) = admin.describe_configs([ConfigResource("TOPIC", name)]).values()
    return {entry.name: entry.value for entry in future.result(30).values() if entry.source == 1}


def pushed(server: Server, text: str, count: int) -> list[list[Any]]:
    """Rows of a push query."""
    answer = server.database.query(text, EARLIEST)
    rows: list[list[Any]] = []
    assert not isinstance(answer, Printed)
    assert answer.start is not None
    answer.start(lambda batch: rows.extend(list(row.values) for row in batch) or True, lambda _: None)
    until(lambda: len(rows), lambda n: n >= count, 30)
    answer.close()
    return rows


def printed(server: Server, text: str) -> list[str]:
    answer = server.database.query(text)
    assert isinstance(answer, Printed)
    try:
        return [line for line in answer.lines if line is not None]
    finally:
        answer.close()


@pytest.mark.parametrize("codec", CODECS)
def test_topics_of_others_in_every_codec(server: Server, admin: AdminClient, bootstrap: str, service: str, codec: str) -> None:
    """Three partitions, headers, timestamps: all rows, once."""
    topic = made(admin, f"{service}{codec}", 3)
    producer = Producer({"bootstrap.servers": bootstrap, "compression.type": codec, "linger.ms": 50})
    for number in range(300):
        value = json.dumps({"A": number, "PAD": "x" * 50})
        producer.produce(topic, value, key=f"k{number}", headers={"h": b"1"}, timestamp=1000 + number)
    producer.flush(30)
    stream = f"s_{service}{codec}"
    server.database.execute(
        f"CREATE STREAM {stream} (k STRING KEY, a INT, h BYTES HEADER('h')) WITH (kafka_topic='{topic}', value_format='JSON');"
    )
    rows = pushed(server, f"SELECT k, a, ROWTIME, h FROM {stream} EMIT CHANGES;", 300)
    assert sorted(rows, key=lambda r: r[1]) == [[f"k{n}", n, 1000 + n, b"1"] for n in range(300)]


def test_topics_are_configured_by_kind(server: Server, admin: AdminClient, service: str) -> None:
    """Streams keep for the time they are told, tables compact, windowed tables do both."""
    server.database.execute(
        f"""CREATE STREAM a_{service} (k STRING KEY, v INT) WITH (kafka_topic='{service}a', value_format='JSON', partitions=2,
              retention_ms=3600000);
            CREATE TABLE b_{service} WITH (kafka_topic='{service}b') AS SELECT k, COUNT(*) AS n FROM a_{service} GROUP BY k;
            CREATE TABLE c_{service} WITH (kafka_topic='{service}c', retention_ms=7200000) AS
              SELECT k, COUNT(*) AS n FROM a_{service} WINDOW TUMBLING (SIZE 1 HOUR) GROUP BY k;
            CREATE STREAM d_{service} WITH (kafka_topic='{service}d', partitions=5) AS SELECT * FROM a_{service};"""
    )
    assert configured(admin, f"{service}a")["retention.ms"] == "3600000"
    assert configured(admin, f"{service}b")["cleanup.policy"] == "compact"
    windowed = configured(admin, f"{service}c")
    assert set(windowed["cleanup.policy"].split(",")) == {"compact", "delete"}
    assert windowed["retention.ms"] == "7200000"
    found = {line.name: line for line in server.database.execute("SHOW TOPICS;")[0].topics}  # type: ignore[union-attr]
    assert [len(found[f"{service}{name}"].replicas) for name in "abcd"] == [2, 2, 2, 5]


def test_what_the_broker_refuses_is_told(server: Server, service: str) -> None:
    """More replicas than there are brokers: its words, and nothing is defined."""
    with pytest.raises(Failed, match="replicat"):
        server.database.execute(
            f"CREATE STREAM r_{service} (v INT) WITH (kafka_topic='{service}r', value_format='JSON', partitions=1, replicas=3);"
        )
    assert f"R_{service}".upper() not in server.database.catalog.relations


def test_consumers_of_others_are_counted(server: Server, admin: AdminClient, bootstrap: str, service: str) -> None:
    """SHOW TOPICS EXTENDED: two members of a group, and our query as a group of its own."""
    topic = made(admin, f"{service}read", 2)
    server.database.execute(
        f"""CREATE STREAM r_{service} (v INT) WITH (kafka_topic='{topic}', value_format='JSON');
            CREATE STREAM q_{service} AS SELECT * FROM r_{service};"""
    )
    members = [Consumer({"bootstrap.servers": bootstrap, "group.id": f"{service}g"}) for _ in range(2)]
    for member in members:
        member.subscribe([topic])

    def counted() -> tuple[int, int]:
        for member in members:
            member.poll(0.1)
        (line,) = [t for t in server.database.execute("SHOW TOPICS EXTENDED;")[0].topics if t.name == topic]  # type: ignore[union-attr]
        return line.consumers, line.groups

    try:
        until(counted, lambda found: found == (3, 2), 30)
    finally:
        for member in members:
            member.close()


def test_printing_a_topic(server: Server, admin: AdminClient, bootstrap: str, service: str) -> None:
    """FROM BEGINNING, INTERVAL, LIMIT; a topic that is not there is told."""
    topic = made(admin, f"{service}print", 1)
    producer = Producer({"bootstrap.servers": bootstrap})
    for number in range(10):
        producer.produce(topic, json.dumps({"n": number}), timestamp=1000)
    producer.flush(30)
    lines = printed(server, f"PRINT '{topic}' FROM BEGINNING INTERVAL 4 LIMIT 3;")
    assert [line.split("value: ")[1].split(",")[0] for line in lines if "value: " in line] == ['{"n": 0}', '{"n": 4}', '{"n": 8}']
    with pytest.raises(Failed, match="Could not find topic 'nowhere'"):
        printed(server, "PRINT nowhere;")


def test_rows_that_are_inserted_are_compressed_and_placed_as_kafka_does(
    server: Server, bootstrap: str, service: str, tmp_path: Path
) -> None:
    """INSERT VALUES: the partition is the one a Java producer chooses, the time the one given."""
    stream = f"i_{service}"
    server.database.execute(
        f"CREATE STREAM {stream} (k STRING KEY, v INT) WITH (kafka_topic='{service}ins', value_format='JSON', partitions=4);"
    )
    for number in range(20):
        server.database.execute(f"INSERT INTO {stream} (ROWTIME, k, v) VALUES ({number + 1}, 'k{number}', {number});")
    ours = sorted(pushed(server, f"SELECT k, ROWPARTITION, ROWTIME FROM {stream} EMIT CHANGES;", 20))
    producer = Producer({"bootstrap.servers": bootstrap, "partitioner": "murmur2_random"})
    theirs: dict[str, int] = {}

    def placed(_: Any, message: Any) -> None:
        theirs[message.key().decode()] = message.partition()

    for number in range(20):
        producer.produce(f"{service}ins", b"{}", key=f"k{number}", on_delivery=placed)
    producer.flush(30)
    assert [[k, p] for k, p, _ in ours] == [[k, theirs[k]] for k, _, _ in ours]
    assert sorted(t for _, _, t in ours) == list(range(1, 21))


def test_starting_where_the_reset_says(server: Server, admin: AdminClient, bootstrap: str, service: str) -> None:
    """latest: what comes from now on; earliest: everything."""
    topic = made(admin, f"{service}reset", 1)
    producer = Producer({"bootstrap.servers": bootstrap})
    producer.produce(topic, b'{"V":1}')
    producer.flush(30)
    server.database.execute(f"CREATE STREAM t_{service} (v INT) WITH (kafka_topic='{topic}', value_format='JSON');")
    for name, reset in (("e", "earliest"), ("l", "latest")):
        properties = {"auto.offset.reset": reset}
        server.database.execute(f"CREATE STREAM {name}_{service} AS SELECT * FROM t_{service};", properties)
    producer.produce(topic, b'{"V":2}')
    producer.flush(30)
    assert pushed(server, f"SELECT v FROM e_{service} EMIT CHANGES;", 2) == [[1], [2]]
    assert pushed(server, f"SELECT v FROM l_{service} EMIT CHANGES;", 1) == [[2]]


def test_assignments_are_read_and_damaged_ones_left() -> None:
    """Two topics of two partitions; rubbish is nobody's."""
    data = b"\0\0" + b"\0\0\0\2" + b"\0\1t" + b"\0\0\0\2" + b"\0" * 8 + b"\0\2uv" + b"\0\0\0\1" + b"\0" * 4 + b"\0\0\0\0"
    assert topics_of(data) == ["t", "uv"]
    assert topics_of(b"") == topics_of(b"\0\0\xff") == []
