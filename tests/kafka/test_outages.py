"""Brokers and topics that are not there: each is told in words where people look; work goes on when they are back, with nothing lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from millstream.config import Config
from millstream.log.base import Batch, TopicInfo
from millstream.log.kafka.open import open_kafka
from tests.kafka.broker import USER, Broker
from tests.kafka.servers import EARLIEST, ServerProcess, counted, ended, until

DEFINE = """
CREATE STREAM views (id STRING KEY, page STRING) WITH (kafka_topic='views', value_format='json', partitions=1);
CREATE TABLE counts AS SELECT id, COUNT(*) AS n FROM views GROUP BY id EMIT CHANGES;
"""


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Broker]:
    """A broker of this test's own, not yet started."""
    broker = Broker(tmp_path / "broker")
    yield broker
    broker.kill()


def ask(server: ServerProcess, text: str) -> tuple[int, Any]:
    answer = httpx.post(f"{server.url}/ksql", json={"ksql": text, "streamsProperties": EARLIEST}, timeout=60)
    return answer.status_code, answer.json()


def shown(server: ServerProcess) -> tuple[str, str]:
    """State of the one query, and what SHOW QUERIES says about it."""
    _, body = ask(server, "SHOW QUERIES;")
    query = body[0]["queries"][0]
    return query["state"], query.get("lastError", "")


@pytest.mark.slow
def test_no_broker_at_the_start_then_one_that_goes_and_comes_back(own: Broker, tmp_path: Path) -> None:
    """The server answers from the start, says what it waits for, and loses nothing."""
    server = ServerProcess(tmp_path / "server", own.bootstrap, "t_").listening()
    with ended(server):
        status, body = ask(server, "SHOW QUERIES;")
        assert (status, body["error_code"]) == (503, 50302)
        assert f"No Kafka broker answers at {own.bootstrap}" in body["hint"]
        assert f"No Kafka broker answers at {own.bootstrap}" in server.said
        own.start()
        until(lambda: server.info()["serverStatus"], lambda state: state == "RUNNING", 30)
        assert ask(server, DEFINE)[0] == 200
        insert = "INSERT INTO views (id, page) VALUES ('a', 'p');"
        assert ask(server, insert)[0] == 200
        until(lambda: counted(server), lambda found: found == [[1]], 20)

        own.kill()
        state, _ = until(lambda: shown(server), lambda found: "No Kafka broker answers" in found[1], 30)
        assert state == "UNRESPONSIVE"
        assert counted(server) == [[1]], "what is known can be read without a broker"
        own.start()
        until(lambda: shown(server), lambda found: found == ("RUNNING", ""), 60)
        until(lambda: ask(server, insert)[0], lambda status: status == 200, 30)
        until(lambda: counted(server), lambda found: found == [[2]], 30)


def task_of(worker: str) -> tuple[str, str]:
    """State of the one task of the connector OUT, and what its worker says about it."""
    task = httpx.get(f"http://{worker}/connectors/OUT/status", timeout=10).json()["tasks"][0]
    return task["state"], task.get("trace") or ""


@pytest.mark.slow
def test_a_sink_waits_for_a_broker_that_goes_and_comes_back(own: Broker, tmp_path: Path) -> None:
    """Its task does not fail, says what it waits for, and writes each row once."""
    own.start()
    server = ServerProcess(tmp_path / "server", own.bootstrap, "t_").running()
    out = tmp_path / "out"
    with ended(server):
        assert ask(server, "CREATE STREAM views (page STRING) WITH (kafka_topic='views', value_format='json', partitions=1);")[0] == 200
        sink = f"CREATE SINK CONNECTOR out WITH ('connector.class'='FileStreamSink', 'topics.regex'='vie.*', 'file'='{out}', "
        converter = "'value.converter'='org.apache.kafka.connect.storage.StringConverter');"
        assert ask(server, sink + converter)[0] == 200
        insert = "INSERT INTO views (page) VALUES ('{}');"
        assert ask(server, insert.format("p"))[0] == 200
        until(out.read_text, lambda text: text == '{"PAGE":"p"}\n', 30)
        worker = ask(server, "DESCRIBE CONNECTOR out;")[1][0]["status"]["connector"]["worker_id"]

        own.kill()
        state, why = until(lambda: task_of(worker), lambda found: bool(found[1]), 60)
        assert state == "UNASSIGNED"
        assert why.startswith("It waits and goes on by itself. Unavailable: No Kafka broker answers at ")
        assert ask(server, "SHOW CONNECTORS;")[1][0]["connectors"][0]["state"] == "WARNING (0/1 tasks RUNNING)"
        own.start()
        until(lambda: task_of(worker), lambda found: found == ("RUNNING", ""), 60)
        until(lambda: ask(server, insert.format("q"))[0], lambda status: status == 200, 30)
        until(out.read_text, lambda text: text == '{"PAGE":"p"}\n{"PAGE":"q"}\n', 30)


def test_a_topic_deleted_underneath_is_waited_for(bootstrap: str, service: str, tmp_path: Path) -> None:
    """The query is in ERROR and says which topic there is none of; of the one made anew it misses nothing, and its state stays."""
    topic = f"{service}views"
    server = ServerProcess(tmp_path / "server", bootstrap, service).running()
    with ended(server), open_kafka(tmp_path / "other", Config({"bootstrap.servers": bootstrap, "service.id": f"{service}other"})) as log:
        assert (
            ask(server, DEFINE.replace("'views'", f"'{topic}'").replace("counts AS", f"counts WITH (kafka_topic='{service}c') AS"))[0]
            == 200
        )
        assert ask(server, "INSERT INTO views (id, page) VALUES ('a', 'p');")[0] == 200
        until(lambda: counted(server), lambda found: found == [[1]], 20)
        # What a query has not committed goes with the topic that it was read from.
        until(lambda: log.read(f"{service}c", 0, 0).values, lambda found: len(found) == 1, 20)
        log.delete(topic)
        state, _ = until(lambda: shown(server), lambda found: f"There is no topic '{topic}'" in found[1], 30)
        assert state == "ERROR"
        log.create(TopicInfo(topic, 1))
        with log.begin("loader") as transaction:
            transaction.append(topic, 0, Batch([b"a"] * 3, [b'{"PAGE":"q"}'] * 3, [1000] * 3))
        until(lambda: counted(server), lambda found: found == [[4]], 30)
        until(lambda: shown(server), lambda found: found == ("RUNNING", ""), 10)


def test_a_wrong_password_is_told_and_tried_again(listeners: tuple[str, str], service: str, tmp_path: Path) -> None:
    """Where people look, and without the password."""
    directory = tmp_path / "server"
    directory.mkdir()
    given = f"security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\nsasl.username={USER}\nsasl.password=wrong-pa55\n"
    server = ServerProcess(directory, listeners[1], service, settings=given).listening()
    with ended(server):
        status, body = ask(server, "SHOW QUERIES;")
        assert status == 503
        assert "refused the connection" in body["hint"]
        assert "refused the connection" in server.said
        assert "wrong-pa55" not in server.said + str(body)
