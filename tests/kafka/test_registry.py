"""A real registry: what Confluent's serializers write is read, what is written their deserializers read; login, TLS, and its absence."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.json_schema import JSONDeserializer, JSONSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer, ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from millstream.config import Config
from millstream.console.client import Client
from millstream.errors import MillstreamError, RegistryDown
from millstream.formats.registry.cached import CachedRegistry
from millstream.formats.registry.opening import open_registry
from millstream.log.base import Batch, TopicInfo
from millstream.log.memory import MemoryLog
from millstream.server.start import Server, start_embedded
from tests.kafka.apicurio import Apicurio, Gate
from tests.kafka.certificates import Authority, Pair
from tests.kafka.servers import EARLIEST, rows, until

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("registry")]

AVRO = json.dumps(
    {
        "type": "record",
        "name": "Order",
        "namespace": "shop",
        "fields": [
            {"name": "id", "type": "long"},
            {"name": "name", "type": ["null", "string"], "default": None},
            {"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}},
            {"name": "tags", "type": {"type": "array", "items": "string"}},
        ],
    }
)
JSON = json.dumps(
    {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Order",
        "type": "object",
        "properties": {
            "id": {"type": "integer"},
            "name": {"type": "string"},
            "price": {"type": "number"},
            "tags": {"type": "array", "items": {"type": "string"}},
        },
    }
)


def message_class() -> Any:
    """``message Order { int64 id = 1; string name = 2; double price = 3; repeated string tags = 4; }``"""
    file = descriptor_pb2.FileDescriptorProto(name="order.proto", package="shop", syntax="proto3")
    order = file.message_type.add(name="Order")
    for number, (name, kind, label) in enumerate((("id", 3, 1), ("name", 9, 1), ("price", 1, 1), ("tags", 9, 3)), 1):
        order.field.add(name=name, number=number, type=kind, label=label)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("shop.Order"))


ORDER = message_class()
Serialize = Callable[[Any, SerializationContext], bytes]


def serializer(kind: str, client: SchemaRegistryClient) -> Serialize:
    if kind == "AVRO":
        return AvroSerializer(client, AVRO)  # type: ignore[no-any-return]
    if kind == "JSON_SR":
        return JSONSerializer(JSON, client)  # type: ignore[no-any-return]
    return ProtobufSerializer(ORDER, client, {"use.deprecated.format": False})  # type: ignore[no-any-return]


def order(kind: str, number: int) -> Any:
    if kind == "PROTOBUF":
        return ORDER(id=number, name="n", price=1.25, tags=["a", "b"])
    return {"id": number, "name": "n", "price": Decimal("1.25") if kind == "AVRO" else 1.25, "tags": ["a", "b"]}


def value_of(topic: str) -> SerializationContext:
    return SerializationContext(topic, MessageField.VALUE)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def pair(authority: Authority) -> Pair:
    return authority.pair("registry")


@pytest.fixture(scope="module")
def apicurio(tmp_path_factory: pytest.TempPathFactory, pair: Pair) -> Iterator[Apicurio]:
    registry = Apicurio(tmp_path_factory.mktemp("apicurio"), pair)
    registry.start()
    yield registry
    registry.kill()


@pytest.fixture
def theirs(apicurio: Apicurio) -> Iterator[SchemaRegistryClient]:
    """Confluent's client of the registry."""
    with SchemaRegistryClient({"url": apicurio.url}) as client:
        yield client


@contextmanager
def registry(config: Config) -> Iterator[CachedRegistry]:
    opened = open_registry(MemoryLog(), config, patient=False)
    yield opened
    opened.close()


@pytest.fixture
def gate(apicurio: Apicurio) -> Iterator[Gate]:
    """A way to the registry for anna only, which the test opens and closes."""
    made = Gate(apicurio.url, "anna", "pa55-word")
    made.open()
    yield made
    made.close()


def consumed(bootstrap: str, topic: str, count: int) -> list[bytes]:
    """Values of a topic's first records."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": f"{topic}-reader",
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
        }
    )
    consumer.subscribe([topic])
    found: list[bytes] = []
    try:
        until(lambda: found.extend(m.value() for m in consumer.consume(count, 0.2)) or found, lambda f: len(f) >= count, 60)
    finally:
        consumer.close()
    return found


@pytest.mark.parametrize("kind", ["AVRO", "JSON_SR", "PROTOBUF"])
def test_confluents_clients_and_we_read_each_other(
    kind: str, apicurio: Apicurio, theirs: SchemaRegistryClient, bootstrap: str, service: str, tmp_path: Path
) -> None:
    """Columns come from the schema that their serializer registered; their deserializer reads what a query writes."""
    topic, out = f"{service}in", f"{service}out"
    serialize = serializer(kind, theirs)
    config = Config({"bootstrap.servers": bootstrap, "service.id": service, "schema.registry.url": apicurio.url})
    with start_embedded(tmp_path / "data", config=config) as server:
        server.database.log.create(TopicInfo(topic, 1))
        producer = Producer({"bootstrap.servers": bootstrap})
        for number in (1, 2):
            producer.produce(topic, serialize(order(kind, number), value_of(topic)))
        producer.flush(30)
        ours = Client(server.url)
        ours.statements(f"CREATE STREAM orders WITH (kafka_topic='{topic}', value_format='{kind}');", EARLIEST, {})
        price = "1.25" if kind == "AVRO" else 1.25
        found = rows(ours, "SELECT id, name, price, tags FROM orders EMIT CHANGES LIMIT 2;")
        assert [[r[0], r[1], str(r[2]), r[3]] for r in found] == [[n, "n", str(price), ["a", "b"]] for n in (1, 2)]
        ours.statements(f"CREATE STREAM copied WITH (kafka_topic='{out}') AS SELECT id + 10 AS id, tags FROM orders;", EARLIEST, {})
        data = consumed(bootstrap, out, 2)
        ours.close()
    if kind == "PROTOBUF":
        with registry(config) as opened:
            schema = opened.latest(f"{out}-value")
        assert schema is not None
        read = [deserialized(schema.text, one, out) for one in data]
    else:
        make = AvroDeserializer if kind == "AVRO" else JSONDeserializer
        deserialize = make(None, schema_registry_client=theirs) if kind == "JSON_SR" else make(theirs)
        read = [deserialize(one, value_of(out)) for one in data]
    assert [(r["ID"], list(r["TAGS"])) for r in read] == [(11, ["a", "b"]), (12, ["a", "b"])]


def deserialized(text: str, data: bytes, topic: str) -> dict[str, Any]:
    """By Confluent's Protobuf deserializer, which has the message's class and asks no registry (theirs compiles schemas, Apicurio does
    not)."""
    from millstream.formats.base import RegisteredSchema
    from millstream.formats.protobuf.descriptors import Messages

    messages = Messages(RegisteredSchema(1, "PROTOBUF", text))
    kind = messages.class_of(messages.at([0]))
    message = ProtobufDeserializer(kind, {"use.deprecated.format": False}, None)(data, value_of(topic))
    return {field.name: getattr(message, field.name) for field in message.DESCRIPTOR.fields}


def settings(url: str, **more: Any) -> Config:
    return Config({"schema.registry.url": url, **{name.replace("_", "."): value for name, value in more.items()}})


def test_a_login_and_tls_by_our_names_and_ksqldbs(apicurio: Apicurio, authority: Authority, pair: Pair) -> None:
    """Both spellings reach a registry behind TLS and a password."""
    gate = Gate(apicurio.url, "anna", "pa55-word", pair)
    gate.open()
    try:
        ours = {"schema.registry.user": "anna", "schema.registry.password": "pa55-word", "schema.registry.ssl.ca.file": str(authority.file)}
        theirs = {
            "ksql.schema.registry.basic.auth.credentials.source": "USER_INFO",
            "ksql.schema.registry.basic.auth.user.info": "anna:pa55-word",
            "ksql.schema.registry.ssl.truststore.location": str(authority.file),
        }
        for names in (ours, theirs):
            with registry(Config({"schema.registry.url": gate.url, **names})) as opened:
                assert opened.latest("none") is None
    finally:
        gate.close()
    tls = Config({"schema.registry.url": apicurio.tls_url, "schema.registry.ssl.ca.file": str(authority.file)})
    with registry(tls) as opened:
        assert opened.latest("none") is None


def test_what_does_not_fit_is_told_at_once(apicurio: Apicurio, gate: Gate, tmp_path: Path) -> None:
    """A wrong password, a certificate nobody signed, TLS where there is none, a path that is no registry: in words, no password shown."""
    other = Authority(tmp_path, "other")
    cases: list[tuple[Config, str, str]] = [
        (settings(gate.url, schema_registry_user="anna", schema_registry_password="wr0ng"), "refused the login", "schema.registry.user"),
        (settings(apicurio.tls_url), "its certificate is not trusted", "schema.registry.ssl.ca.file"),
        (
            Config({"schema.registry.url": apicurio.tls_url, "schema.registry.ssl.ca.file": str(other.file)}),
            "its certificate is not trusted",
            "schema.registry.ssl.ca.file",
        ),
        (settings(gate.url.replace("http:", "https:")), "does not speak TLS there", "http://"),
        (settings(f"{apicurio.url}/nothing/here"), "no answer of a schema registry", "its path too"),
    ]
    for config, said, hint in cases:
        with registry(config) as opened, pytest.raises(RegistryDown, match=said) as told:
            opened.latest("none")
        assert hint in str(told.value)
        assert "wr0ng" not in str(told.value)


def put(server: Server, topic: str, value: bytes) -> None:
    with server.database.log.begin("test") as transaction:
        transaction.append(topic, 0, Batch([None], [value], [1]))


def state(server: Server) -> tuple[str, str]:
    (status,) = server.database.runtime.status().values()
    return status.state, status.error or ""


def test_a_registry_that_goes_and_comes_back_loses_nothing(theirs: SchemaRegistryClient, gate: Gate, service: str, tmp_path: Path) -> None:
    """A record whose schema cannot be asked for waits, also over a restart of the server; the query says why."""
    topic = f"{service}t"
    first = AvroSerializer(theirs, AVRO)(order("AVRO", 1), value_of(topic))
    wider = json.loads(AVRO)
    wider["fields"].append({"name": "more", "type": "int", "default": 0})
    second = AvroSerializer(theirs, json.dumps(wider))({**order("AVRO", 2), "more": 7}, value_of(topic))
    config = settings(gate.url, schema_registry_user="anna", schema_registry_password="pa55-word")
    with start_embedded(tmp_path / "data", config=config) as server:
        server.database.log.create(TopicInfo(topic, 1))
        server.database.execute(f"CREATE STREAM o WITH (kafka_topic='{topic}', value_format='AVRO');")
        server.database.execute("CREATE TABLE n WITH (value_format='AVRO') AS SELECT id, COUNT(*) AS n FROM o GROUP BY id;", EARLIEST)
        for _ in range(3):
            put(server, topic, first)
        ours = Client(server.url)
        until(lambda: rows(ours, "SELECT n FROM n WHERE id = 1;"), lambda found: found == [[3]], 30)
        by_id = [call for call in gate.calls if call.startswith("GET /schemas/ids/")]
        assert len(by_id) <= 4  # two processes ask once each for what is read and what is written, however many records there are
        gate.close()
        put(server, topic, second)
        until(lambda: state(server), lambda now: now[0] == "UNRESPONSIVE" and "schema registry" in now[1], 30)
        assert "Connection refused" in state(server)[1]
        with pytest.raises(MillstreamError, match="could not be reached"):
            ours.statements("INSERT INTO o (id, name) VALUES (9, 'x');", {}, {})
        ours.close()
    with start_embedded(tmp_path / "data", config=config) as server:
        until(lambda: state(server), lambda now: now[0] == "UNRESPONSIVE" and "could not be reached" in now[1], 30)
        gate.open()
        until(lambda: state(server), lambda now: now == ("RUNNING", ""), 30)
        ours = Client(server.url)
        until(lambda: rows(ours, "SELECT id, n FROM n;"), lambda found: sorted(found) == [[1, 3], [2, 1]], 30)
        ours.close()
