"""The built-in Elasticsearch / OpenSearch sink against a real OpenSearch that asks for a login: what is in the index is what counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from millstream.worker.connectors.opensearch.connector import OpenSearchSinkTask
from millstream.worker.errors import TaskError
from millstream.worker.records import Records
from millstream.worker.schema import ConnectSchema, decimal, struct, timestamp
from tests.connect_cluster.search import OpenSearch
from tests.crash.server import Server
from tests.worker.test_opensearch import Alone

USER, PASSWORD = "sink", "pa55-word"

pytestmark = pytest.mark.long


class Node(OpenSearch):
    """A node, and questions to it."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, f"{USER}:{PASSWORD}")
        self.http = httpx.Client(base_url=self.url, auth=(USER, PASSWORD), timeout=30, trust_env=False)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.http.request(method, path, json=body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def documents(self, index: str) -> dict[str, tuple[int, Any]]:
        """id -> version, document."""
        if self.http.head(f"/{index}").status_code == 404:
            return {}
        self.ask("POST", f"/{index}/_refresh")
        hits = self.ask("POST", f"/{index}/_search", {"size": 10_000, "version": True})["hits"]["hits"]
        return {hit["_id"]: (hit["_version"], hit["_source"]) for hit in hits}


@pytest.fixture(scope="module")
def node(java: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    made = Node(tmp_path_factory.mktemp("search"))
    made.start()
    yield made
    made.http.close()
    made.kill()


@pytest.fixture
def index(request: pytest.FixtureRequest) -> str:
    """A topic and an index of the test's own."""
    return "".join(c if c.isalnum() else "-" for c in request.node.name.lower()).strip("-")


@pytest.fixture
def task(node: Node) -> Iterator[Callable[..., OpenSearchSinkTask]]:
    made: list[OpenSearchSinkTask] = []

    def start(alone: Alone | None = None, **config: str) -> OpenSearchSinkTask:
        full = {"connection.url": node.url, "connection.username": USER, "connection.password": PASSWORD}
        made.append(OpenSearchSinkTask())
        made[-1].start({**full, **{k.replace("__", "."): v for k, v in config.items()}}, alone or Alone())
        return made[-1]

    yield start
    for sink in made:
        sink.stop()


def records(topic: str, values: list[Any], keys: list[Any] | None = None, schema: ConnectSchema | None = None, first: int = 0) -> Records:
    return Records(topic, schema, values, None, keys, partition=0, offsets=range(first, first + len(values)))


def test_documents_follow_their_keys(node: Node, task: Callable[..., OpenSearchSinkTask], index: str) -> None:
    """The version is the offset. What is given again changes nothing, and an older record never wins over a later one or a deletion."""
    sink = task(behavior__on__null__values="delete")
    batch = records(index, [{"n": 0}, {"n": 1}, {"n": 2}, {"n": 3}], ["a", "b", "a", "c"])
    deletions = records(index, [None, None], ["b", "never"], first=4)
    for _ in range(3):
        sink.put(batch)
        sink.put(deletions)
        assert node.documents(index) == {"a": (2, {"n": 2}), "c": (3, {"n": 3})}
    sink.put(records(index, [{"n": 9}], ["b"], first=6))
    assert node.documents(index)["b"] == (6, {"n": 9})


def test_the_index_is_created_with_the_schemas_mapping(node: Node, task: Callable[..., OpenSearchSinkTask], index: str) -> None:
    fields = [("id", ConnectSchema("int64")), ("name", ConnectSchema("string")), ("ts", timestamp()), ("dec", decimal(2))]
    nested = struct("n", [("flag", ConnectSchema("boolean")), ("raw", ConnectSchema("bytes"))])
    schema = struct("s", [*fields, ("nested", nested)])
    value = {"id": 1, "name": "ann", "ts": 1709212455123, "dec": 5, "nested": {"flag": True, "raw": b"\x01\x02"}}
    task().put(records(index, [value], ["1"], schema))
    mapping = node.ask("GET", f"/{index}/_mapping")[index]["mappings"]["properties"]
    assert {name: about.get("type") for name, about in mapping.items()} == {
        "id": "long", "name": "text", "ts": "date", "dec": "double", "nested": None,
    }  # fmt: skip
    assert mapping["name"]["fields"]["keyword"]["type"] == "keyword"
    assert {name: about["type"] for name, about in mapping["nested"]["properties"].items()} == {"flag": "boolean", "raw": "binary"}
    node.ask("POST", f"/{index}/_refresh")
    found = node.ask("POST", f"/{index}/_search", {"query": {"range": {"ts": {"gte": "2024-02-29", "lt": "2024-03-01"}}}})
    assert found["hits"]["total"]["value"] == 1


def test_without_keys_documents_have_places_as_ids(node: Node, task: Callable[..., OpenSearchSinkTask], index: str) -> None:
    for _ in range(2):
        task(key__ignore="true", schema__ignore="true").put(records(index, [{"n": 0}, {"n": 1}]))
    assert {number: document for number, (_, document) in node.documents(index).items()} == {
        f"{index}+0+0": {"n": 0}, f"{index}+0+1": {"n": 1},
    }  # fmt: skip


def test_upserts_merge(node: Node, task: Callable[..., OpenSearchSinkTask], index: str) -> None:
    task(write__method="upsert").put(records(index, [{"a": 1, "b": 1}, {"b": 2}, {"c": 3}], ["k", "k", "k"]))
    assert node.documents(index)["k"][1] == {"a": 1, "b": 2, "c": 3}


def test_documents_that_do_not_fit_the_mapping(node: Node, task: Callable[..., OpenSearchSinkTask], index: str) -> None:
    """They end the task, are left out, or go to the dead-letter queue, as configured; the others are there in any case."""
    node.ask("PUT", f"/{index}", {"mappings": {"properties": {"day": {"type": "date"}}}})
    batch = records(index, [{"day": "2024-01-01"}, {"day": "no day"}, {"day": "2024-01-03"}], ["1", "2", "3"])
    with pytest.raises(TaskError, match=r"refused document 2 of .*failed to parse field \[day\] of type \[date\]"):
        task().put(batch)
    task(behavior__on__malformed__documents="warn").put(batch)
    assert sorted(node.documents(index)) == ["1", "3"]
    tolerant = Alone(tolerates=True)
    task(tolerant).put(batch)
    assert [value for value, _ in tolerant.reported] == [{"day": "no day"}]


def test_a_wrong_password_is_told(task: Callable[..., OpenSearchSinkTask], index: str) -> None:
    """At once, without the password, and without trying again."""
    alone = Alone()
    with pytest.raises(TaskError, match=r"refused the login: check connection.username") as caught:
        task(alone, connection__password="geheim").put(records(index, [{"n": 1}], ["1"]))
    assert "geheim" not in str(caught.value)
    assert alone.waits == []


def test_an_index_name_that_cannot_be_is_told(task: Callable[..., OpenSearchSinkTask], index: str) -> None:
    with pytest.raises(TaskError, match=r"Cannot create index a\\b: .*must not contain"):
        task(topic__index__map=f"{index}:a\\b").put(records(index, [{"n": 1}], ["1"]))


def test_what_is_too_large_goes_in_parts(node: Node, task: Callable[..., OpenSearchSinkTask], index: str) -> None:
    """The node takes 2 MB at once: 8 documents of 0.9 MB are sent in halves of halves; one that is larger is a refused document."""
    values = [{"n": n, "text": "x" * 900_000} for n in range(8)]
    task(schema__ignore="true").put(records(index, values, [str(n) for n in range(8)]))
    assert sorted(node.documents(index)) == [str(n) for n in range(8)]
    tolerant = Alone(tolerates=True)
    task(tolerant).put(records(index, [{"text": "x" * 3_000_000}, {"n": 9}], ["large", "9"], first=8))
    assert "http.max_content_length" in tolerant.reported[0][1]
    assert "9" in node.documents(index)


def test_an_index_that_is_deleted_under_the_sink_is_made_again(node: Node, task: Callable[..., OpenSearchSinkTask], index: str) -> None:
    """With its mapping, where the cluster makes none by itself."""
    schema = struct("s", [("at", timestamp())])
    sink = task()
    sink.put(records(index, [{"at": 1}], ["1"], schema))
    node.ask("PUT", "/_cluster/settings", {"transient": {"action.auto_create_index": "false"}})
    try:
        node.ask("DELETE", f"/{index}")
        sink.put(records(index, [{"at": 2}], ["2"], schema, first=1))
    finally:
        node.ask("PUT", "/_cluster/settings", {"transient": {"action.auto_create_index": None}})
    assert node.documents(index) == {"2": (1, {"at": 2})}
    assert node.ask("GET", f"/{index}/_mapping")[index]["mappings"]["properties"]["at"]["type"] == "date"


def test_a_node_that_goes_and_comes_back_misses_nothing(node: Node, task: Callable[..., OpenSearchSinkTask], index: str) -> None:
    """Killed between two batches; the sink tries again with growing pauses, up to 10 s, until it is back."""

    class Waiting(Alone):
        def wait(self, timeout_ms: float) -> bool:
            if len(self.waits) == 9:
                node.start()
            return super().wait(timeout_ms)

    waiting = Waiting()
    sink = task(waiting, max__retries="20")
    sink.put(records(index, [{"n": 0}], ["0"]))
    node.kill()
    sink.put(records(index, [{"n": 1}, {"n": 2}], ["1", "0"], first=1))
    assert node.documents(index) == {"0": (2, {"n": 2}), "1": (1, {"n": 1})}
    assert waiting.waits[:9] == [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]
    node.kill()
    with pytest.raises(TaskError, match=r"Gave up after 3 tries: Cannot reach http://127.0.0.1"):
        task(max__retries="2").put(records(index, [{"n": 3}], ["3"]))
    node.start()


USERS = 400


def test_a_table_is_searchable_after_kills_of_everything(node: Node, index: str, tmp_path: Path) -> None:
    """CREATE EXTERNAL SINK FROM a table; Millstream, OpenSearch and both are killed. Each row is one document, deleted rows are none."""
    topic, quarter = index.replace("-", "_"), USERS // 4
    found = f"{topic}_found"

    def insert(first: int, name: str, shift: int) -> str:
        users = ((n, (n + shift) % 7) for n in range(first, first + quarter))
        return "".join(f"INSERT INTO people (id, name, city) VALUES ('u{n}', '{name} {n}', 'c{city}');" for n, city in users)

    server: Server | None = Server(tmp_path / "data")
    assert server is not None
    try:
        for statement in DEFINITIONS.split(";")[:-1]:
            server.run(statement.format(topic=topic, found=found, url=node.url) + ";")
        server.run(insert(0, "old", 0))
        server.until(lambda: len(node.documents(found)) > 0, "the first documents")
        for part, victims in enumerate(("server", "node", "server and node", "server")):
            server.run(insert(part * quarter, "new", 1))
            if "node" in victims:
                node.kill()
            if "server" in victims:
                server.kill()
                server = Server(tmp_path / "data")
            if "node" in victims:
                node.start()
        expected = {
            f"u{n}": {"NAME": f"new {n}", "CITY": f"c{(n + 1) % 7}", "TIMES": 2 if n < quarter else 1}
            for n in range(USERS)
            if (n + 1) % 7 != 6
        }
        server.until(lambda: {key: document for key, (_, document) in node.documents(found).items()} == expected, "all documents")
        server.stop()
        server = None
    finally:
        if server is not None:
            server.kill()


DEFINITIONS = f"""
CREATE STREAM people (id STRING KEY, name STRING, city STRING) WITH (kafka_topic='{{topic}}', value_format='JSON', partitions=1);
CREATE TABLE found WITH (kafka_topic='{{found}}', value_format='JSON_SR') AS
  SELECT id, LATEST_BY_OFFSET(name) AS name, LATEST_BY_OFFSET(city) AS city, COUNT(*) AS times
  FROM people GROUP BY id HAVING LATEST_BY_OFFSET(city) <> 'c6' EMIT CHANGES;
CREATE EXTERNAL SINK search FROM found WITH (connector.class=ElasticsearchSinkConnector, connection.url='{{url}}',
  connection.username={USER}, connection.password='{PASSWORD}', max.retries=100, batch.size=20, retry.backoff.ms=50);
"""
