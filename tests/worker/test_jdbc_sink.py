"""The JDBC sink against a real PostgreSQL and SQLite: tables, rows and refusals as the real connectors have them."""

from __future__ import annotations

import sqlite3
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from demo.postgres import PASSWORD, Server

from millstream.log.base import TopicInfo
from millstream.worker.converters.envelope import to_json
from millstream.worker.schema import ConnectSchema, decimal, struct, timestamp
from millstream.worker.schema import date as date_type
from millstream.worker.schema import time as time_type
from tests.worker.conftest import Bench, until

CLASS = "io.confluent.connect.jdbc.JdbcSinkConnector"


def optional(kind: str, **named: Any) -> ConnectSchema:
    return ConnectSchema(kind, optional=True, **named)


KEY = struct(None, [("id", ConnectSchema("int64"))])
FIELDS = [
    ("id", ConnectSchema("int64")), ("i8", optional("int8")), ("i16", optional("int16")), ("i32", optional("int32")),
    ("f32", optional("float32")), ("f64", optional("float64")), ("flag", optional("boolean")), ("name", optional("string")),
    ("req", ConnectSchema("string", default="dflt")), ("bin", optional("bytes")), ("dec", decimal(2, optional=True)),
    ("d", date_type(optional=True)), ("t", time_type(optional=True)), ("ts", timestamp(optional=True)),
]  # fmt: skip
VALUE = struct("rec", FIELDS)
WIDER = struct("rec", [*FIELDS, ("extra", optional("string"))])
PAYLOAD: dict[str, Any] = {
    "id": 1, "i8": 1, "i16": 2, "i32": 3, "f32": 1.5, "f64": 2.5, "flag": True, "name": "a", "req": "r", "bin": "3q2+7w==", "dec": "EtaH",
    "d": 19782, "t": 47655123, "ts": 1709212455123,
}  # fmt: skip


def envelope(schema: ConnectSchema, payload: Any) -> bytes:
    return msgspec.json.encode({"schema": to_json(schema), "payload": payload})


def record(number: int, schema: ConnectSchema = VALUE, **changes: Any) -> tuple[bytes, bytes]:
    return envelope(KEY, {"id": number}), envelope(schema, {**PAYLOAD, "id": number, **changes})


def config(server: Server, table: str, **more: Any) -> dict[str, Any]:
    return {
        "connector.class": CLASS, "topics": "sinkrec", "connection.url": server.jdbc_url, "connection.user": "postgres",
        "connection.password": PASSWORD, "auto.create": "true", "auto.evolve": "true", "insert.mode": "upsert", "pk.mode": "record_key",
        "pk.fields": "id", "delete.enabled": "true", "table.name.format": table, "key.converter": "JsonConverter",
        "value.converter": "JsonConverter", "retry.backoff.ms": "1", **more,
    }  # fmt: skip


def start(bench: Bench, configuration: dict[str, Any], name: str = "sink") -> None:
    answer = bench.call("POST", "/connectors", {"name": name, "config": configuration})
    assert answer.status_code == 201, answer.json()["message"]


def consumed(bench: Bench, offset: int, name: str = "sink") -> None:
    """Wait until the sink committed a position."""
    until(bench.log, lambda: bench.log.committed(f"connect-{name}").get(("sinkrec", 0)) == offset, lambda: str(bench.status(name)))


@pytest.fixture
def topic(bench: Bench) -> str:
    bench.log.create(TopicInfo("sinkrec", 1))
    return "sinkrec"


def test_upsert_delete_and_evolve_as_the_real_sinks_do(bench: Bench, postgres: Server, topic: str) -> None:
    """The rows and the table that Confluent's and Aiven's sinks left behind for the same records."""
    postgres.execute("DROP TABLE IF EXISTS sink_ms")
    tombstone = (envelope(KEY, {"id": 2}), None)
    bench.write(
        topic, [record(1), record(2), record(1, name="a2"), record(3, name=None), tombstone, record(4, WIDER, name="evolved", extra="x")]
    )
    start(bench, config(postgres, "sink_ms"))
    consumed(bench, 6)
    first = (1, 1, 2, 3, 1.5, 2.5, True, "a2", "r", b"\xde\xad\xbe\xef", Decimal("12345.67"), date(2024, 2, 29), time(13, 14, 15, 123000))
    rows = postgres.execute("SELECT * FROM sink_ms ORDER BY id")
    assert rows[0] == (*first, datetime(2024, 2, 29, 13, 14, 15, 123000), None)
    assert [(r[0], r[7], r[14]) for r in rows] == [(1, "a2", None), (3, None, None), (4, "evolved", "x")]
    described = postgres.execute(
        "SELECT column_name, data_type, is_nullable, column_default FROM information_schema.columns WHERE table_name = 'sink_ms' "
        "ORDER BY ordinal_position"
    )
    assert described == [
        ("id", "bigint", "NO", None), ("i8", "smallint", "YES", None), ("i16", "smallint", "YES", None), ("i32", "integer", "YES", None),
        ("f32", "real", "YES", None), ("f64", "double precision", "YES", None),
        ("flag", "boolean", "YES", None), ("name", "text", "YES", None),
        ("req", "text", "YES", "'dflt'::text"), ("bin", "bytea", "YES", None), ("dec", "numeric", "YES", None), ("d", "date", "YES", None),
        ("t", "time without time zone", "YES", None), ("ts", "timestamp without time zone", "YES", None), ("extra", "text", "YES", None),
    ]  # fmt: skip
    assert bench.call("GET", "/connectors/sink/offsets").json() == {
        "offsets": [{"partition": {"kafka_partition": 0, "kafka_topic": "sinkrec"}, "offset": {"kafka_offset": 6}}]
    }
    assert bench.call("GET", "/connectors/sink/topics").json() == {"sink": {"topics": ["sinkrec"]}}


def test_a_large_batch_goes_through_copy_with_the_same_result(bench: Bench, postgres: Server, topic: str) -> None:
    """Thousands of rows, several a key: the last value of each key stays; deletions count in order."""
    postgres.execute("DROP TABLE IF EXISTS big")
    many = [record(i % 500, name=f"n{i}") for i in range(2000)]
    bench.write(topic, [*many, (envelope(KEY, {"id": 7}), None)])
    start(bench, config(postgres, "big"))
    consumed(bench, 2001)
    assert postgres.execute("SELECT count(*), min(name), max(id), bool_and(name = 'n' || (1500 + id)) FROM big") == [
        (499, "n1500", 499, True)
    ]


def test_a_restart_from_an_older_position_changes_nothing(bench: Bench, postgres: Server, topic: str) -> None:
    """Upsert: giving the same records twice is giving them once."""
    postgres.execute("DROP TABLE IF EXISTS twice")
    bench.write(topic, [record(1), record(2)])
    start(bench, config(postgres, "twice"))
    consumed(bench, 2)
    bench.call("PUT", "/connectors/sink/stop")
    body = {"offsets": [{"partition": {"kafka_topic": topic, "kafka_partition": 0}, "offset": {"kafka_offset": 0}}]}
    assert bench.call("PATCH", "/connectors/sink/offsets", body).json() == {
        "message": "The offsets for this connector have been altered successfully"
    }
    bench.write(topic, [record(3)])
    bench.call("PUT", "/connectors/sink/resume")
    consumed(bench, 3)
    assert postgres.execute("SELECT id FROM twice ORDER BY id") == [(1,), (2,), (3,)]


@pytest.mark.parametrize(
    ("mode", "fields", "columns", "key"),
    [
        ("kafka", "", ["__connect_topic", "__connect_partition", "__connect_offset"], ("sinkrec", 0, 1)),
        ("kafka", "a,b,c", ["a", "b", "c"], ("sinkrec", 0, 1)),
        ("record_value", "id,name", ["id", "name"], (2, "a")),
    ],
)
def test_primary_keys(bench: Bench, postgres: Server, topic: str, mode: str, fields: str, columns: list[str], key: tuple[Any, ...]) -> None:
    """pk.mode says where the key comes from."""
    postgres.execute("DROP TABLE IF EXISTS keyed")
    bench.write(topic, [record(1), record(2)])
    start(bench, config(postgres, "keyed", **{"pk.mode": mode, "pk.fields": fields, "delete.enabled": "false"}))
    consumed(bench, 2)
    names = ", ".join(columns)
    assert postgres.execute(f"SELECT {names} FROM keyed ORDER BY {names} OFFSET 1") == [key]


def test_a_primitive_key(bench: Bench, postgres: Server, topic: str) -> None:
    """A key that is one value takes the one name in pk.fields; ksqlDB's INT keys come by IntegerConverter."""
    postgres.execute("DROP TABLE IF EXISTS prim")
    bench.write(topic, [(b"\0\0\0\5", record(1)[1]), (b"\0\0\0\6", None)])
    start(bench, config(postgres, "prim", **{"pk.fields": "pk", "key.converter": "IntegerConverter", "fields.whitelist": "name"}))
    consumed(bench, 2)
    assert postgres.execute("SELECT pk, name FROM prim") == [(5, "a")]


def test_plain_json_with_schema_content(bench: Bench, postgres: Server, topic: str) -> None:
    """schema.content gives plain JSON its schema (Kafka 4.2)."""
    postgres.execute("DROP TABLE IF EXISTS plain")
    schema = struct("s", [("ID", ConnectSchema("int64")), ("NAME", optional("string"))])
    bench.write(topic, [(None, b'{"ID":1,"NAME":"x"}'), (None, b'{"ID":2}')])
    settings = {"pk.mode": "record_value", "pk.fields": "ID", "delete.enabled": "false"}
    settings["value.converter.schema.content"] = msgspec.json.encode(to_json(schema)).decode()
    start(bench, config(postgres, "plain", **settings))
    consumed(bench, 2)
    assert postgres.execute('SELECT "ID", "NAME" FROM plain ORDER BY 1') == [(1, "x"), (2, None)]


def test_update_changes_rows_only(bench: Bench, postgres: Server, topic: str) -> None:
    """insert.mode=update adds nothing."""
    postgres.execute("DROP TABLE IF EXISTS upd", "CREATE TABLE upd (id bigint PRIMARY KEY, name text)", "INSERT INTO upd VALUES (1, 'old')")
    bench.write(topic, [record(1, name="new"), record(2)])
    start(bench, config(postgres, "upd", **{"insert.mode": "update", "fields.whitelist": "name", "delete.enabled": "false"}))
    consumed(bench, 2)
    assert postgres.execute("SELECT * FROM upd") == [(1, "new")]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"auto.create": "false", "table.name.format": "no_such"}, 'TaskError: Table "no_such" is missing and auto-creation is disabled'),
        ({"auto.evolve": "false", "table.name.format": "narrow"}, 'TaskError: Table "narrow" is missing fields (i8, i16, i32,'),
        (
            {"pk.mode": "record_value", "delete.enabled": "false"},
            "TaskError: Sink connector 'sink' is configured with 'delete.enabled=false' and 'pk.mode=record_value' and therefore requires "
            "records with a non-null Struct value and non-null Struct schema, but found record at "
            "(topic='sinkrec',partition=0,offset=1,timestamp=1000) with a null value schema.",
        ),
        ({"value.converter.schemas.enable": "false"}, "(its schema.content gives the schema of plain JSON)."),
    ],
)
def test_refusals(bench: Bench, postgres: Server, topic: str, change: dict[str, str], text: str) -> None:
    """The first line of the trace says what is wrong, in the words of the real sinks."""
    postgres.execute("DROP TABLE IF EXISTS refused, narrow", "CREATE TABLE narrow (id bigint PRIMARY KEY)")
    bench.write(topic, [record(1), (envelope(KEY, {"id": 2}), None)])
    start(bench, config(postgres, "refused", **change))
    assert text in bench.await_state("sink", "FAILED")["trace"].splitlines()[0]


def test_rows_the_database_refuses_go_to_the_dead_letter_queue(bench: Bench, postgres: Server, topic: str) -> None:
    """With errors.tolerance=all only the bad row is left out, with Connect's headers; the position moves with it."""
    postgres.execute("DROP TABLE IF EXISTS strict", "CREATE TABLE strict (id bigint PRIMARY KEY, name text CHECK (name <> 'bad'))")
    bench.write(topic, [record(1), record(2, name="bad"), record(3)])
    tolerant = {
        "errors.tolerance": "all", "errors.deadletterqueue.topic.name": "dead", "fields.whitelist": "name",
        "errors.deadletterqueue.context.headers.enable": "true",
    }  # fmt: skip
    start(bench, config(postgres, "strict", **tolerant))
    consumed(bench, 3)
    assert postgres.execute("SELECT id FROM strict ORDER BY id") == [(1,), (3,)]
    dead = bench.records("dead", 1)
    assert (dead.keys[0], dead.values[0]) == record(2, name="bad")
    headers = {k: (v or b"").decode() for k, v in (dead.headers or [[]])[0]}
    assert headers["__connect.errors.topic"] == "sinkrec"
    assert headers["__connect.errors.offset"] == "1"
    assert headers["__connect.errors.stage"] == "TASK_PUT"
    assert 'violates check constraint "strict_name_check"' in headers["__connect.errors.exception.message"]


def test_a_lost_connection_is_made_anew(bench: Bench, postgres: Server, topic: str) -> None:
    """A terminated session: the batch is written over a new connection."""
    postgres.execute("DROP TABLE IF EXISTS lost")
    bench.write(topic, [record(1)])
    start(bench, config(postgres, "lost"))
    consumed(bench, 1)
    postgres.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = 'app'")
    bench.write(topic, [record(2)])
    consumed(bench, 2)
    assert postgres.execute("SELECT id FROM lost ORDER BY id") == [(1,), (2,)]


def test_bad_configurations_name_the_key(bench: Bench, postgres: Server) -> None:
    """What cannot work together is refused before anything runs."""

    def errors(**change: Any) -> dict[str, list[str]]:
        body = {"name": "x", **config(postgres, "t", **{k.replace("__", "."): v for k, v in change.items()})}
        configs = bench.call("PUT", f"/connector-plugins/{CLASS}/config/validate", body).json()["configs"]
        return {c["value"]["name"]: c["value"]["errors"] for c in configs if c["value"]["errors"]}

    assert errors() == {}
    assert errors(pk__mode="record_value") == {"delete.enabled": ["Deletes are only supported for pk.mode record_key"]}
    assert list(errors(pk__mode="none", delete__enabled="false")) == ["pk.mode"]
    assert errors(topics="") == {"topics": ["Must configure one of topics or topics.regex: neither is given."]}
    assert "password authentication failed" in errors(connection__password="no")["connection.password"][0]


def test_sqlite(bench: Bench, tmp_path: Path, topic: str) -> None:
    """The same into a file; times are texts that the source reads back."""
    path = tmp_path / "out.db"
    url = {"connection.url": f"jdbc:sqlite:{path}", "connection.user": "", "connection.password": ""}
    bench.write(topic, [record(1), record(2), record(1, name="a2"), (envelope(KEY, {"id": 2}), None), record(3, WIDER, extra="x")])
    start(bench, {**config(Server(1), "t"), **url})
    consumed(bench, 5)
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT id, name, dec, d, t, ts, bin, extra FROM t ORDER BY id").fetchall()
    connection.close()
    assert rows[0] == (1, "a2", 12345.67, "2024-02-29", "13:14:15.123000", "2024-02-29 13:14:15.123", b"\xde\xad\xbe\xef", None)
    assert (rows[1][0], rows[1][7]) == (3, "x")
    source = {
        "connector.class": "JdbcSourceConnector",
        "mode": "timestamp+incrementing",
        "timestamp.column.name": "ts",
        "topic.prefix": "back-",
    }
    source |= {"incrementing.column.name": "id", "validate.non.null": "false", "value.converter": "JsonConverter"}
    source |= {"value.converter.schemas.enable": "false", "poll.interval.ms": "10", **url}
    start(bench, source, "back")
    values = [msgspec.json.decode(v or b"") for v in bench.records("back-t", 2).values]
    assert [v["id"] for v in values] == [1, 3]
    back = {k: values[0][k] for k in ("i8", "f64", "flag", "d", "t", "ts", "bin")}
    assert back == {"i8": 1, "f64": 2.5, "flag": True, "d": 19782, "t": 47655123, "ts": 1709212455123, "bin": "3q2+7w=="}


def test_many_rows_with_lists_and_with_times_of_another_zone(bench: Bench, postgres: Server, topic: str) -> None:
    """What COPY's own text is not made for here goes through the driver: the same rows."""
    postgres.execute("DROP TABLE IF EXISTS zoned")
    schema = struct(
        "rec", [("id", ConnectSchema("int64")), ("list", optional("array", element=ConnectSchema("int32"))), ("ts", timestamp())]
    )
    bench.write(topic, [(envelope(KEY, {"id": n}), envelope(schema, {"id": n, "list": [n, 2], "ts": 0})) for n in range(100)])
    start(bench, config(postgres, "zoned", **{"db.timezone": "Asia/Tokyo"}))
    consumed(bench, 100)
    assert postgres.execute("SELECT count(*), max(ts), min(ts) FROM zoned") == [(100, datetime(1970, 1, 1, 9), datetime(1970, 1, 1, 9))]
    assert postgres.execute("SELECT list FROM zoned WHERE id = 7") == [([7, 2],)]


def test_many_rows_in_any_order_of_writes_and_deletions(bench: Bench, postgres: Server, topic: str) -> None:
    """More than a hundred of each, without a primary key's upsert: what was written last stays, and what was deleted last is gone."""
    postgres.execute("DROP TABLE IF EXISTS ordered")
    first = [record(n) for n in range(300)]
    gone = [(envelope(KEY, {"id": n}), None) for n in range(0, 300, 2)]
    again = [record(n, name="again") for n in range(0, 300, 3)]
    bench.write(topic, [*first, *gone, *again[::2]])
    start(bench, config(postgres, "ordered", **{"insert.mode": "upsert"}))
    consumed(bench, 500)
    rows = dict(postgres.execute("SELECT id, name FROM ordered"))
    expected = dict.fromkeys(range(1, 300, 2), "a") | dict.fromkeys(range(0, 300, 6), "again")
    assert rows == expected
