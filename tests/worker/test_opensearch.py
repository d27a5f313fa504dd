"""The Elasticsearch / OpenSearch sink: bulk requests, ids, versions, mappings, refusals, retries.

The cluster here is a few lines that keep documents as the bulk API says; ids, documents and mappings are those that a real OpenSearch
2.19 held after Aiven's sink had written the same records.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import httpx
import msgspec
import pytest

from millstream.worker.clock import ManualClock
from millstream.worker.connectors.opensearch.cluster import Cluster
from millstream.worker.connectors.opensearch.connector import OpenSearchSinkTask
from millstream.worker.connectors.opensearch.keys import KEYS
from millstream.worker.errors import TaskError
from millstream.worker.records import Records
from millstream.worker.schema import ConnectSchema, decimal, struct, timestamp
from tests.worker.conftest import Bench


class Documents:
    """Indices in memory behind the bulk API; ``busy`` answers 429 as often as it says, ``refused`` are ids it does not take."""

    def __init__(self) -> None:
        self.indices: dict[str, dict[str, tuple[int, Any]]] = {}
        self.mappings: dict[str, Any] = {}
        self.busy, self.refused, self.busy_once = 0, set[str](), set[str]()
        self.most_bytes = 1 << 30

    def __call__(self, request: httpx.Request) -> httpx.Response:
        index = request.url.path.strip("/")
        if request.method == "HEAD":
            return httpx.Response(200 if index in self.indices else 404)
        if request.method == "PUT":
            self.indices[index] = {}
            self.mappings[index] = msgspec.json.decode(request.content).get("mappings")
            return httpx.Response(200, json={})
        if self.busy:
            self.busy -= 1
            return httpx.Response(429, json={"error": {"reason": "queue is full"}})
        if len(request.content) > self.most_bytes:
            return httpx.Response(413)
        return httpx.Response(200, json={"items": list(self._bulk(request.content.splitlines()))})

    def _bulk(self, lines: list[bytes]) -> Any:
        rest = iter(lines)
        for line in rest:
            ((action, about),) = msgspec.json.decode(line).items()
            body = None if action == "delete" else msgspec.json.decode(next(rest))
            number, kept = about["_id"], self.indices[about["_index"]]
            version = about.get("version", 0)
            if number in self.refused:
                yield {action: {"_id": number, "_index": about["_index"], "status": 400, "error": {"type": "mapper", "reason": "no date"}}}
            elif number in self.busy_once:
                self.busy_once.remove(number)
                yield {action: {"_id": number, "_index": about["_index"], "status": 429}}
            elif number in kept and "version" in about and kept[number][0] >= version:
                yield {action: {"_id": number, "status": 409, "error": {"type": "version_conflict"}}}
            else:
                if action == "delete":
                    kept.pop(number, None)
                elif action == "update":
                    kept[number] = (version, {**kept.get(number, (0, {}))[1], **body["doc"]})
                else:
                    kept[number] = (version, body)
                yield {action: {"_id": number, "status": 200}}


class Alone:
    """A task's surroundings."""

    connector, task, stopping = "s", 0, False

    def __init__(self, tolerates: bool = False) -> None:
        self.clock, self.tolerates = ManualClock(), tolerates
        self.reported: list[tuple[Any, str]] = []
        self.waits: list[float] = []

    def wait(self, timeout_ms: float) -> bool:
        self.waits.append(timeout_ms)
        return False

    def offset(self, partition: Mapping[str, Any]) -> dict[str, Any] | None:
        return None

    def report(self, records: Records, error: Exception) -> None:
        self.reported.append((records.values[0], str(error)))


def task(documents: Documents, alone: Alone | None = None, **config: str) -> OpenSearchSinkTask:
    full = {"connection.url": "http://one,http://two", **{k.replace("__", "."): v for k, v in config.items()}}
    made = OpenSearchSinkTask()
    made.cluster = Cluster(KEYS.parse(full), httpx.MockTransport(documents))
    made.start(full, alone or Alone())
    return made


def records(values: list[Any], keys: list[Any] | None = None, schema: ConnectSchema | None = None, first: int = 0) -> Records:
    return Records("OsRec", schema, values, None, keys, partition=0, offsets=range(first, first + len(values)))


def test_documents_by_key() -> None:
    """The id is the key, the version the offset: an older record never wins; null deletes."""
    documents = Documents()
    sink = task(documents, behavior__on__null__values="delete")
    sink.put(records([{"n": 0}, {"n": 1}, {"n": 2}, {"n": 3}], ["0", "1", "0", "2"]))
    sink.put(records([None], ["1"], first=4))
    sink.put(records([{"n": 0}], ["0"]))
    assert documents.indices == {"osrec": {"0": (2, {"n": 2}), "2": (3, {"n": 3})}}


def test_documents_by_position() -> None:
    """key.ignore: topic+partition+offset; null values can be left out."""
    documents = Documents()
    task(documents, key__ignore="true", behavior__on__null__values="ignore").put(records([{"n": 0}, None, {"n": 2}]))
    assert list(documents.indices["osrec"]) == ["OsRec+0+0", "OsRec+0+2"]


def test_a_schema_makes_the_mapping() -> None:
    """Timestamps are dates, decimals doubles, texts have a keyword, as the real sink maps them."""
    schema = struct(
        "s",
        [
            ("id", ConnectSchema("int64")),
            ("name", ConnectSchema("string")),
            ("ts", timestamp()),
            ("dec", decimal(2)),
            ("flag", ConnectSchema("boolean")),
        ],
    )
    documents = Documents()
    value = {"id": 0, "name": "n", "ts": 1709212455123, "dec": Decimal("12345.67"), "flag": True}
    task(documents).put(records([value], ["0"], schema))
    assert documents.mappings["osrec"] == {
        "properties": {
            "id": {"type": "long"}, "name": {"type": "text", "fields": {"keyword": {"type": "keyword", "ignore_above": 256}}},
            "ts": {"type": "date"}, "dec": {"type": "double"}, "flag": {"type": "boolean"},
        }
    }  # fmt: skip
    assert documents.indices["osrec"]["0"][1] == {**value, "dec": 12345.67}


def test_upsert_merges() -> None:
    """write.method=upsert keeps the fields that the record does not have."""
    documents = Documents()
    task(documents, write__method="upsert").put(records([{"a": 1, "b": 1}, {"b": 2}], ["k", "k"]))
    assert documents.indices["osrec"]["k"][1] == {"a": 1, "b": 2}


def test_updates_keep_their_order_when_one_is_sent_again() -> None:
    """The later update of a document waits for the earlier one: without versions, the last that comes wins."""
    documents, alone = Documents(), Alone()
    documents.busy_once = {"k"}
    task(documents, alone, write__method="upsert").put(records([{"a": 1}, {"b": 1}, {"a": 2}], ["k", "other", "k"]))
    assert documents.indices["osrec"]["k"][1] == {"a": 2}
    assert alone.waits == [100]


def test_requests_are_no_larger_than_allowed() -> None:
    """bulk.size.bytes, or what the cluster says: in halves, until one document alone is too large."""
    for settings, most in (({"bulk__size__bytes": "300"}, 300), ({}, 300)):
        documents, tolerant = Documents(), Alone(tolerates=True)
        documents.most_bytes = most
        task(documents, tolerant, **settings).put(records([{"t": "x" * 50}] * 7 + [{"t": "x" * 400}], [str(n) for n in range(8)]))
        assert list(documents.indices["osrec"]) == [str(n) for n in range(7)]
        assert [error.split(" of ")[0] for _, error in tolerant.reported] == ["The cluster takes no request"]


def test_busy_clusters_are_asked_again_with_growing_pauses() -> None:
    """429 is retried; after max.retries the task fails with the last reason."""
    documents, alone = Documents(), Alone()
    documents.busy = 2
    task(documents, alone).put(records([{"n": 1}], ["1"]))
    assert (documents.indices["osrec"]["1"][1], alone.waits) == ({"n": 1}, [100, 200])
    documents.busy = 99
    with pytest.raises(TaskError, match=r"Gave up after 2 tries: http://.* answered 429: queue is full"):
        task(documents, max__retries="1").put(records([{"n": 1}], ["1"]))


def test_refused_documents() -> None:
    """They fail the task, or are left out, or go to the dead-letter queue, as configured; the others are written."""
    documents = Documents()
    documents.refused = {"bad"}
    batch = records([{"n": 1}, {"n": 2}], ["bad", "good"])
    with pytest.raises(TaskError, match="The cluster refused document bad of osrec: mapper: no date"):
        task(documents).put(batch)
    task(documents, behavior__on__malformed__documents="ignore").put(batch)
    tolerant = Alone(tolerates=True)
    task(documents, tolerant).put(batch)
    assert tolerant.reported == [({"n": 1}, "The cluster refused document bad of osrec: mapper: no date")]
    assert list(documents.indices["osrec"]) == ["good"]


@pytest.mark.parametrize(
    ("values", "keys", "text"),
    [
        ([None], ["1"], "null value at OsRec-0@0, and behavior.on.null.values=fail"),
        ([{"n": 1}], None, "Key is used as document id and can not be null"),
        ([5], ["1"], "A document must be an object, got int"),
    ],
)
def test_records_that_cannot_be_documents(values: list[Any], keys: list[Any] | None, text: str) -> None:
    """Each says what is wrong and where."""
    with pytest.raises(TaskError, match=text):
        task(Documents()).put(records(values, keys))


def test_bad_urls_are_told(bench: Bench) -> None:
    """connection.url needs http or https."""
    body = {"name": "x", "connector.class": "OpensearchSinkConnector", "topics": "t", "connection.url": "localhost:9200"}
    configs = bench.call("PUT", "/connector-plugins/opensearchsinkconnector/config/validate", body).json()["configs"]
    errors = {c["value"]["name"]: c["value"]["errors"] for c in configs if c["value"]["errors"]}
    assert errors == {
        "connection.url": ["Invalid value for configuration connection.url: localhost:9200: expected http:// or https:// URLs"]
    }
