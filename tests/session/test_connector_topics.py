"""Relations over topics as Connect fills them: registered schemas, envelopes, Debezium's changes, keys of every kind, plain text."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from millstream.config import Config
from millstream.connect.client import ConnectClient
from millstream.log.base import Batch, TopicInfo
from tests.session.conftest import Bench

ID = {"type": "int32", "optional": False, "field": "id"}
ROW = {"type": "struct", "optional": True, "fields": [ID, {"type": "string", "optional": True, "field": "name"}]}
MONEY = {"type": "bytes", "name": "org.apache.kafka.connect.data.Decimal", "parameters": {"scale": "2"}, "field": "price"}


@pytest.fixture
def connected(make_bench: Callable[..., Bench]) -> Bench:
    return make_bench(registry=True, worker=True)


def _envelope(schema: Any, payload: Any) -> bytes:
    return json.dumps({"schema": schema, "payload": payload}).encode()


def _fed(bench: Bench, records: list[tuple[bytes | None, bytes | None]], **config: str) -> Bench:
    """A file source that announces the topic ``t`` and finds nothing, and what another Connect would have written to it."""
    bench.log.create(TopicInfo("t", 1))
    with bench.log.begin("test") as transaction:
        transaction.append("t", 0, Batch([k for k, _ in records], [v for _, v in records], [1000] * len(records)))
        transaction.commit()
    more = "".join(f", '{k}'='{v}'" for k, v in config.items())
    bench.run(f"CREATE SOURCE CONNECTOR c WITH ('connector.class'='FileStreamSource', 'file'='/nowhere/at/all', 'topic'='t'{more});")
    return bench


def _columns(bench: Bench, name: str = "R") -> tuple[list[str], list[str]]:
    schema = bench.database.catalog.relations[name].schema
    return [f"{c.name} {c.type}" for c in schema.key], [f"{c.name} {c.type}" for c in schema.value]


def _formats(bench: Bench, name: str = "R") -> tuple[str, str]:
    relation = bench.database.catalog.relations[name]
    return relation.key_format.name, relation.value_format.name


def test_envelopes_are_columns_with_the_types_of_their_schema(connected: Bench) -> None:
    """JsonConverter's default. The key is a struct, as Debezium and JDBC write it."""
    value = {"type": "struct", "fields": [ID, {"type": "string", "field": "name"}, MONEY]}
    key = {"type": "struct", "fields": [ID]}
    _fed(connected, [(_envelope(key, {"id": 1}), _envelope(value, {"id": 1, "name": "x", "price": "MDk="}))])
    assert connected.one("CREATE TABLE r FROM CONNECTOR c;").warnings == ()
    assert _formats(connected) == ("CONNECT_JSON", "CONNECT_JSON")
    assert _columns(connected) == (["ID INTEGER"], ["NAME STRING", "PRICE DECIMAL(64, 2)"])
    (topic,) = connected.one("DESCRIBE CONNECTOR c;").topics
    assert topic.schema == "id INTEGER, name VARCHAR, price DECIMAL(64, 2)"


def test_plain_changes_of_debezium_are_rows_before_and_after(connected: Bench) -> None:
    """With schemas and without: a row that was always NULL in the sample still has its type."""
    change = {"before": None, "after": {"id": 1, "name": "x"}, "op": "c", "ts_ms": 5}
    _fed(connected, [(b'{"id":1}', json.dumps(change).encode()), (b'{"id":1}', None)])
    connected.run("CREATE TABLE r FROM CONNECTOR c TOPIC 't';")
    row = "STRUCT<`ID` BIGINT, `NAME` STRING>"
    assert _columns(connected) == (["ID BIGINT"], [f"BEFORE {row}", f"AFTER {row}", "OP STRING", "TS_MS BIGINT"])
    assert _formats(connected) == ("CONNECT_JSON", "JSON")


def test_changes_with_schemas(connected: Bench) -> None:
    schema = {"type": "struct", "fields": [{**ROW, "field": "before"}, {**ROW, "field": "after"}, {"type": "string", "field": "op"}]}
    key = {"type": "struct", "fields": [ID]}
    _fed(connected, [(_envelope(key, {"id": 1}), _envelope(schema, {"before": None, "after": {"id": 1, "name": "x"}, "op": "c"}))])
    connected.run("CREATE TABLE r FROM CONNECTOR c;")
    row = "STRUCT<`ID` INTEGER, `NAME` STRING>"
    assert _columns(connected) == (["ID INTEGER"], [f"BEFORE {row}", f"AFTER {row}", "OP STRING"])


@pytest.mark.parametrize(
    ("key", "config", "column", "form"),
    [
        (b"7", {"transforms": "x", "transforms.x.type": "org.apache.kafka.connect.transforms.ExtractField$Key"}, "ID BIGINT", "JSON"),
        (b"\x00\x00\x00\x07", {}, "ROWKEY INTEGER", "KAFKA"),
        (b"x", {}, "NAME STRING", "KAFKA"),
        (_envelope({"type": "string"}, "x"), {}, "ROWKEY STRING", "CONNECT_JSON"),
    ],
)
def test_keys_of_every_kind(connected: Bench, key: bytes, config: dict[str, str], column: str, form: str) -> None:
    """Bare JSON numbers, Kafka's own, the value's column that the key repeats, an envelope around a text."""
    more = {**config, **({"transforms.x.field": "id"} if config else {})}
    _fed(connected, [(key, b'{"id":7,"name":"x"}')])
    connected.run("DROP CONNECTOR c;")
    text = "".join(f", '{k}'='{v}'" for k, v in more.items())
    connected.run(f"CREATE SOURCE CONNECTOR c WITH ('connector.class'='FileStreamSource', 'file'='/nowhere', 'topic'='t'{text});")
    connected.run("CREATE TABLE r FROM CONNECTOR c;")
    assert (_columns(connected)[0], _formats(connected)[0]) == ([column], form)


def test_numbers_of_a_column_are_doubles_where_one_is(connected: Bench) -> None:
    _fed(connected, [(None, b'{"n":1.5}'), (None, b'{"n":2}'), (None, b'{"n":null}')])
    connected.run("CREATE STREAM r FROM CONNECTOR c;")
    assert _columns(connected) == ([], ["N DOUBLE"])


def test_lines_of_text_are_one_column(connected: Bench, tmp_path: Path) -> None:
    """And the statement waits for a connector made in the same request to write its first line."""
    (tmp_path / "in.txt").write_text("one\ntwo\n")
    connected.run(
        f"CREATE SOURCE CONNECTOR c WITH ('connector.class'='FileStreamSource', 'file'='{tmp_path}/in.txt', 'topic'='t', "
        "'value.converter'='org.apache.kafka.connect.storage.StringConverter');"
        "CREATE STREAM r FROM CONNECTOR c;"
    )
    assert _columns(connected) == ([], ["ROWVAL STRING"])
    assert _formats(connected)[1] == "KAFKA"


def test_several_topics_need_a_choice(connected: Bench) -> None:
    _fed(connected, [], **{"kafka.topic": "u"})
    error = connected.error("CREATE STREAM r FROM CONNECTOR c;")
    assert "has several topics: t, u" in error.message
    assert "TOPIC" in (error.hint or "")


def _reading(bench: Bench, database: Path) -> None:
    """A source of whatever tables there are: its configuration names no topic."""
    bench.run(
        f"CREATE SOURCE CONNECTOR c WITH ('connector.class'='JdbcSourceConnector', 'connection.url'='jdbc:sqlite:{database}', "
        "'mode'='bulk', 'topic.prefix'='db-', 'table.poll.interval.ms'='50', 'poll.interval.ms'='50');"
    )


def test_a_first_topic_may_take_its_time(connected: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A snapshot takes longer than a look at the connector: the relation waits as for a topic that is announced."""
    monkeypatch.setattr("millstream.connect.waiting.FIRST_TOPIC_S", 0.0)
    sqlite3.connect(tmp_path / "db").close()
    _reading(connected, tmp_path / "db")
    looks = iter(range(3))
    look = ConnectClient.status

    def status(client: ConnectClient, name: str) -> dict[str, Any]:
        if next(looks, None) == 2:
            with sqlite3.connect(tmp_path / "db") as late:
                late.executescript("CREATE TABLE late (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO late VALUES (1, 'x');")
            late.close()
        return look(client, name)

    monkeypatch.setattr(ConnectClient, "status", status)
    connected.run("CREATE STREAM r FROM CONNECTOR c;")
    assert next(looks, None) is None
    assert _columns(connected) == ([], ["ID BIGINT", "NAME STRING"])


def test_a_connector_that_makes_no_topic_says_why(make_bench: Callable[..., Bench], tmp_path: Path) -> None:
    """After the time that a topic may take; at once where it failed or was paused."""
    bench = make_bench(registry=True, worker=True, config=Config({"connect.topic.timeout.ms": 10}))
    sqlite3.connect(tmp_path / "db").close()
    _reading(bench, tmp_path / "db")
    error = bench.error("CREATE STREAM r FROM CONNECTOR c;")
    assert error.message == "The connector C has no topic yet."
    assert "DESCRIBE C;" in (error.hint or "")
    bench.run("PAUSE CONNECTOR c;")
    assert bench.error("CREATE STREAM r FROM CONNECTOR c;").message == "The connector C has no topic yet."


def test_a_table_over_changes_joins_and_forgets(connected: Bench) -> None:
    """Rows of the change's ``after``; a deletion takes the row away. Keys in envelopes meet keys of another format."""
    schema = {"type": "struct", "fields": [{**ROW, "field": "before"}, {**ROW, "field": "after"}, {"type": "string", "field": "op"}]}
    key = {"type": "struct", "fields": [ID]}

    def change(number: int, name: str | None) -> tuple[bytes, bytes | None]:
        after = None if name is None else {"id": number, "name": name}
        return _envelope(key, {"id": number}), _envelope(schema, {"before": None, "after": after, "op": "u"})

    _fed(connected, [change(1, "a"), change(2, "b"), change(1, "c"), change(2, None), (_envelope(key, {"id": 2}), None)])
    connected.run(
        "CREATE TABLE r FROM CONNECTOR c;"
        "CREATE STREAM s (id INT KEY, v INT) WITH (kafka_topic='s', value_format='JSON', key_format='JSON', partitions=1);"
        "CREATE STREAM j WITH (value_format='JSON') AS SELECT s.id, v, r.after->name AS name FROM s LEFT JOIN r ON s.id = r.id;",
        properties={"auto.offset.reset": "earliest"},
    )
    connected.runtime.run_until_idle()
    connected.run("INSERT INTO s VALUES (1, 10); INSERT INTO s VALUES (2, 20);")
    connected.runtime.run_until_idle()
    assert [json.loads(v or b"") for _, v in connected.records("J")] == [{"V": 10, "NAME": "c"}, {"V": 20, "NAME": None}]
