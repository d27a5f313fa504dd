"""The built-in registry's REST API, and the client against it."""

import base64
from typing import Any

import httpx
import pytest
from google.protobuf import descriptor_pb2

from millstream.errors import RegistryDown, RegistryError
from millstream.formats.base import FormatOptions, RegisteredSchema
from millstream.formats.protobuf import ProtobufFormat
from millstream.formats.protobuf.binary import as_text
from millstream.formats.protobuf.binary import compiled as compile_proto
from millstream.formats.registry.cached import CachedRegistry
from millstream.formats.registry.client import RegistryClient, masked
from millstream.formats.registry.store import SchemaStore
from millstream.log.memory import MemoryLog

ONE = '{"type":"record","name":"R","fields":[{"name":"a","type":"int"}]}'
BAD = '{"type":"record","name":"R","fields":[{"name":"a","type":"string"}]}'


def test_round(http: httpx.Client) -> None:
    """Register, list, read, look up."""
    assert http.post("/subjects/s-value/versions", json={"schema": ONE}).json() == {"id": 1}
    assert http.get("/subjects").json() == ["s-value"]
    assert http.get("/subjects/s-value/versions").json() == [1]
    assert http.get("/subjects/s-value/versions/latest").json() == {"subject": "s-value", "version": 1, "id": 1, "schema": ONE}
    assert http.get("/subjects/s-value/versions/1/schema").text == ONE
    assert http.get("/schemas/ids/1").json() == {"schema": ONE}
    assert http.get("/schemas/ids/1/versions").json() == [{"subject": "s-value", "version": 1}]
    assert http.get("/schemas/types").json() == ["JSON", "PROTOBUF", "AVRO"]
    assert http.post("/subjects/s-value", json={"schema": ONE}).json()["version"] == 1
    assert http.delete("/subjects/s-value/versions/1").json() == 1
    assert http.delete("/subjects/s-value/versions/1", params={"permanent": "true"}).json() == 1


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/subjects/x/versions", None, 404, 40401),
        ("GET", "/subjects/s/versions/7", None, 404, 40402),
        ("GET", "/subjects/s/versions/zero", None, 422, 42202),
        ("GET", "/schemas/ids/9", None, 404, 40403),
        ("POST", "/subjects/s", {"schema": BAD}, 404, 40403),
        ("POST", "/subjects/s/versions", {"schema": "{"}, 422, 42201),
        ("POST", "/subjects/s/versions", {}, 422, 42201),
        ("POST", "/subjects/s/versions", {"schema": BAD}, 409, 409),
        ("PUT", "/config", {"compatibility": "SOME"}, 422, 42203),
        ("PUT", "/mode", {"mode": "SOME"}, 422, 42204),
        ("GET", "/config/s", None, 404, 40408),
        ("GET", "/mode/s", None, 404, 40409),
        ("DELETE", "/subjects/s?permanent=true", None, 404, 40405),
    ],
)
def test_errors(http: httpx.Client, method: str, path: str, body: Any, status: int, code: int) -> None:
    """Each refusal has Confluent's status and code."""
    http.post("/subjects/s/versions", json={"schema": ONE})
    answer = http.request(method, path, json=body)
    assert (answer.status_code, answer.json()["error_code"]) == (status, code)


def test_settings(http: httpx.Client) -> None:
    """Levels and modes, global and a subject's."""
    assert http.get("/config").json() == {"compatibilityLevel": "BACKWARD"}
    assert http.put("/config/s", json={"compatibility": "NONE"}).json() == {"compatibility": "NONE"}
    assert http.get("/config/s").json() == {"compatibilityLevel": "NONE"}
    assert http.get("/config/t", params={"defaultToGlobal": "true"}).json() == {"compatibilityLevel": "BACKWARD"}
    assert http.delete("/config/s").json() == {"compatibilityLevel": "NONE"}
    assert http.put("/mode", json={"mode": "readonly"}).json() == {"mode": "READONLY"}


def test_compatibility(http: httpx.Client) -> None:
    """Asking first, with the reasons."""
    http.post("/subjects/s/versions", json={"schema": ONE})
    answer = http.post("/compatibility/subjects/s/versions/latest", params={"verbose": "true"}, json={"schema": BAD}).json()
    assert answer == {"is_compatible": False, "messages": ["/fields/a/: expected string, the writer has int"]}


def test_client(http: httpx.Client, direct: httpx.BaseTransport) -> None:
    """The client gives what the store has, references included, and None for what is not there."""
    client = RegistryClient("http://user:secret@registry", transport=direct)
    assert client.register("inner", "AVRO", ONE) == 1
    body = {"schema": '{"type":"array","items":"R"}', "references": [{"name": "R", "subject": "inner", "version": 1}]}
    assert http.post("/subjects/outer/versions", json=body).json() == {"id": 2}
    assert client.by_id(2).imports == (("R", ONE),)
    latest = client.latest("inner")
    assert latest is not None
    assert (latest.kind, latest.version) == ("AVRO", 1)
    assert client.latest("none") is None
    client.delete_subject("none")
    client.delete_subject("outer")
    assert client.subjects() == ["inner"]
    with pytest.raises(RegistryError, match="incompatible") as error:
        client.register("inner", "AVRO", BAD)
    assert error.value.status == 409


def test_client_tries_again() -> None:
    """No connection and 5xx are tried again, on the next URL; the error shows no password."""
    calls: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        calls.append(request.url.host)
        if len(calls) == 1:
            raise httpx.ConnectError("refused")
        return httpx.Response(503 if len(calls) < 4 else 200, json=[])

    waits: list[float] = []
    client = RegistryClient("http://u:pw@one, http://two", transport=httpx.MockTransport(handle), sleep=waits.append)
    assert client.subjects() == []
    assert calls == ["one", "two", "one", "two"]
    assert waits == [0.2, 0.4, 0.8]
    client = RegistryClient("http://u:pw@one", transport=httpx.MockTransport(lambda r: httpx.Response(500)), retries=0)
    with pytest.raises(RegistryError, match="http://one answered 500") as error:
        client.subjects()
    assert "pw" not in str(error.value)
    assert masked("https://u:pw@host:8081/x") == "https://host:8081/x"


def test_cached() -> None:
    """Schemas are asked for once; a subject that somebody else deleted is registered anew."""
    store = SchemaStore(MemoryLog())
    cached = CachedRegistry(store)
    assert [cached.register("s", "AVRO", ONE), cached.register("s", "AVRO", ONE)] == [1, 1]
    assert cached.by_id(1) is cached.by_id(1)
    store.delete_subject("s")
    assert cached.latest("s") is None
    assert cached.register("s", "AVRO", ONE) == 1
    assert cached.latest("s") is not None
    cached.delete_subject("s")
    assert cached.latest("s") is None
    assert cached.register("s", "AVRO", BAD) == 2


ORDER = """syntax = "proto3";
package shop;
import "google/protobuf/timestamp.proto";
enum Color {
  RED = 0;
  BLUE = 1;
}
message Order {
  message Line {
    int64 id = 1;
  }
  shop.Order.Line line = 1;
  repeated string tags = 2;
  map<string, int32> counts = 3;
  oneof choice {
    string a = 4;
    int32 b = 5;
  }
  optional double price = 6;
  google.protobuf.Timestamp at = 7;
  shop.Color color = 8;
}
"""


def test_protobuf_schemas_come_and_go_compiled(http: httpx.Client) -> None:
    """Confluent's Python and Go clients register a compiled descriptor and ask for one; everybody else sees the text."""
    compiled = compile_proto(RegisteredSchema(1, "PROTOBUF", ORDER))
    assert http.post("/subjects/s/versions", json={"schemaType": "PROTOBUF", "schema": compiled}).json() == {"id": 1}
    assert http.get("/schemas/ids/1").json()["schema"] == ORDER
    assert http.post("/subjects/s/versions", json={"schemaType": "PROTOBUF", "schema": ORDER}).json() == {"id": 1}
    for path in ("/schemas/ids/1", "/subjects/s/versions/latest"):
        assert as_text(http.get(path, params={"format": "serialized"}).json()["schema"]) == ORDER
    wrong = http.post("/subjects/s/versions", json={"schemaType": "PROTOBUF", "schema": "bm90IGEgc2NoZW1h"})
    assert wrong.json()["error_code"] == 42201


def test_compiled_decimals_keep_their_precision() -> None:
    """Confluent's annotation of a field is among its options, which the protobuf library does not know."""
    meta = b"\x12\x0e\n\tprecision\x12\x019" + b"\x12\n\n\x05scale\x12\x012"
    file = descriptor_pb2.FileDescriptorProto(name="d.proto", syntax="proto3", dependency=["confluent/type/decimal.proto"])
    field = file.message_type.add(name="D").field.add(name="p", number=1, label=1, type=11, type_name=".confluent.type.Decimal")
    field.options.MergeFromString(b"\x82\x44" + bytes([len(meta)]) + meta)
    text = as_text(base64.b64encode(file.SerializeToString()).decode())
    columns = ProtobufFormat().infer(RegisteredSchema(1, "PROTOBUF", text), FormatOptions(topic="t"))
    assert str(columns[0].type) == "DECIMAL(9, 2)"


def test_what_is_no_answer_of_a_registry_says_nothing_of_a_schema() -> None:
    """A proxy's page, a refused login: the registry is taken to be away, so that no record is given up for it."""
    for status, content in ((404, b"<html>"), (200, b"<html>"), (401, b""), (403, b'{"error_code": 40301}'), (404, b'{"detail": "x"}')):
        answer = httpx.Response(status, content=content)
        client = RegistryClient("http://one", transport=httpx.MockTransport(lambda _, a=answer: a))  # type: ignore[misc]
        with pytest.raises(RegistryDown):
            client.by_id(1)
    known = httpx.Response(404, json={"error_code": 40403, "message": "Schema not found"})
    client = RegistryClient("http://one", transport=httpx.MockTransport(lambda _: known))
    with pytest.raises(RegistryError, match="Schema not found") as told:
        client.by_id(1)
    assert not isinstance(told.value, RegistryDown)
