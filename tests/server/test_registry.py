"""The built-in schema registry, as clients of topics reach it: at the server's own address."""

from __future__ import annotations

import threading
from pathlib import Path

from millstream.config import Config
from millstream.formats.registry.store import SchemaStore
from millstream.log.embedded import EmbeddedLog
from millstream.server.start import start_embedded
from tests.server.conftest import Rig

STREAM = "CREATE STREAM s (k STRING KEY, v INT) WITH (kafka_topic='t', value_format='JSON_SR', partitions=1);"


def test_it_is_served_beside_ksqldbs_api(tmp_path: Path) -> None:
    """Over HTTP, on one port: what a statement registers is there, and what a client registers too."""
    import httpx

    with start_embedded(tmp_path / "data") as server, httpx.Client(base_url=server.url, trust_env=False) as client:
        assert client.post("/ksql", json={"ksql": STREAM}).status_code == 200
        assert client.get("/subjects").json() == ["t-value"]
        assert client.get("/subjects/t-value/versions/latest").json()["schemaType"] == "JSON"
        body = {"schema": '"string"'}
        number = client.post("/subjects/other/versions", json=body).json()["id"]
        assert client.get(f"/schemas/ids/{number}").json() == body
        assert client.get("/subjects/none/versions").json()["error_code"] == 40401
        assert client.get("/subject").status_code == 404


def test_another_registry_and_those_who_may_not_ask() -> None:
    """Where the server uses another registry there is none here; where it asks for a password, so does the registry."""
    rigs = [
        Rig(registry=True, config=Config({"schema.registry.url": "http://elsewhere:8081"})),
        Rig(registry=True, config=Config({"authentication.method": "BASIC", "authentication.users": "ann:pw"})),
    ]
    assert [rig.client.get("/subjects").status_code for rig in rigs] == [404, 401]
    assert rigs[1].client.get("/subjects", auth=("ann", "pw")).json() == []
    for rig in rigs:
        rig.close()


def test_no_id_is_given_twice(tmp_path: Path) -> None:
    """The server and the worker register at the same time, each with a store of its own."""
    log = EmbeddedLog(tmp_path, fsync=False)
    texts = [f'{{"type": "record", "name": "r{n}", "fields": []}}' for n in range(60)]
    given: list[int] = []

    def register(mine: list[str]) -> None:
        store = SchemaStore(log)
        given.extend(store.register(f"subject-{text}", "AVRO", text) for text in mine)

    threads = [threading.Thread(target=register, args=(texts[n::3],)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log.close()
    assert sorted(given) == list(range(1, 61))
