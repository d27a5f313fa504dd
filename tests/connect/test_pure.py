"""What needs no Connect: class names, configurations, what a sink takes from a relation, faults, secrets, states."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from millstream import types as t
from millstream.catalog import FormatSpec, Relation, WindowSpec
from millstream.connect import contents, faults, secrets, sinks, waiting
from millstream.connect.classes import resolve
from millstream.connect.configuration import configuration, key_column, topic_prefix, with_key
from millstream.errors import ConfigError
from millstream.types import Column, Role, Schema

PLUGINS = [
    {"class": "io.confluent.connect.jdbc.JdbcSourceConnector", "type": "source", "version": "1"},
    {"class": "io.aiven.connect.jdbc.JdbcSourceConnector", "type": "source", "version": "1"},
    {"class": "org.apache.kafka.connect.file.FileStreamSinkConnector", "type": "sink", "version": "1"},
]


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("io.confluent.connect.jdbc.jdbcSourceConnector", 0),
        ("IO.AIVEN.connect.jdbc.JdbcSourceConnector", 1),
        ("FileStreamSinkConnector", 2),
        ("filestreamsink", 2),
        ("JdbcSource", 0),
    ],
)
def test_classes_are_found_in_any_case_full_or_short(written: str, found: int) -> None:
    """KLIP 7 writes jdbcSourceConnector. Of several Confluent's is meant."""
    assert resolve(written, PLUGINS) is PLUGINS[found]


def test_a_short_name_that_fits_two_classes_is_refused() -> None:
    others = [{**PLUGINS[0], "class": "com.example.JdbcSourceConnector"}, PLUGINS[1]]
    with pytest.raises(ConfigError, match="could be one of several"):
        resolve("JdbcSource", others)


def test_an_unknown_class_names_the_nearest() -> None:
    with pytest.raises(ConfigError) as caught:
        resolve("FileStreamSinc", PLUGINS)
    assert caught.value.hint is not None
    assert "Did you mean 'org.apache.kafka.connect.file.FileStreamSinkConnector'?" in caught.value.hint


def test_the_statement_names_the_connector() -> None:
    """Whatever WITH says of a name; keys of the class may come upper-cased by SQL."""
    config = configuration("mine", [("name", "other"), ("CONNECTOR.CLASS", "X"), ("TASKS.MAX", "2"), ("a.b", "c")])
    assert config == {"name": "mine", "connector.class": "X", "tasks.max": "2", "a.b": "c"}


def test_the_key_shortcut_becomes_transforms_behind_the_users_own() -> None:
    config = with_key({"connector.class": "X", "key": "id", "transforms": "mine"})
    assert config["transforms"] == "mine,ksqlCreateKey,ksqlExtractString"
    assert config["transforms.ksqlCreateKey.fields"] == config["transforms.ksqlExtractString.field"] == "id"
    assert "key" not in config
    assert key_column(config) == "id"


@pytest.mark.parametrize(
    ("config", "prefix"),
    [({"topic.prefix": "pg-"}, "pg-"), ({"kafka.topic": "t"}, "t"), ({"topics": "a,b"}, "a,b"), ({}, None)],
)
def test_topic_prefixes_come_from_whatever_key_a_class_has(config: dict[str, str], prefix: str | None) -> None:
    assert topic_prefix(config) == prefix


@pytest.mark.parametrize(
    ("config", "topic", "announced"),
    [
        ({"topic.prefix": "pg-", "table.whitelist": "users, shop.orders"}, "pg-users", True),
        ({"topic.prefix": "pg-", "table.whitelist": "users, shop.orders"}, "pg-orders", True),
        ({"topic.prefix": "pg-", "table.whitelist": "users"}, "pg-other", False),
        ({"topic.prefix": "pg-"}, "pg-anything", True),
        ({"topic.prefix": "pg-"}, "users", False),
        ({"kafka.topic": "users"}, "users", True),
    ],
)
def test_a_source_announces_the_topics_its_configuration_names(config: dict[str, str], topic: str, announced: bool) -> None:
    assert contents.announces(config, topic) is announced


def _relation(form: str = "JSON", *, is_table: bool = True, key: str = "KAFKA", window: WindowSpec | None = None) -> Relation:
    columns = (Column("ID", t.BIGINT, Role.KEY), Column("NAME", t.STRING))
    return Relation("T", is_table, Schema(columns), "topic", FormatSpec(key), FormatSpec(form), window)


JDBC = ("pk.mode", "pk.fields", "insert.mode", "delete.enabled")


def test_a_jdbc_sink_of_a_table_upserts_by_its_key() -> None:
    filled = sinks.fill({"connector.class": "X"}, _relation("AVRO"), JDBC, "http://registry")
    assert filled == {
        "connector.class": "X",
        "topics": "topic",
        "key.converter": "org.apache.kafka.connect.converters.LongConverter",
        "value.converter": "io.confluent.connect.avro.AvroConverter",
        "value.converter.schema.registry.url": "http://registry",
        "pk.mode": "record_key",
        "pk.fields": "ID",
        "insert.mode": "upsert",
        "delete.enabled": "true",
    }


@pytest.mark.parametrize(
    ("given", "is_table", "doubtful"),
    [
        ({}, False, True), ({"insert.mode": "insert"}, False, True), ({}, True, False), ({"insert.mode": "upsert"}, False, False),
        ({"pk.mode": "record_key", "pk.fields": "ID"}, False, False), ({"pk.mode": "none"}, False, False),
    ],
)  # fmt: skip
def test_a_streams_key_as_the_rows_key_is_doubted(given: dict[str, str], is_table: bool, doubtful: bool) -> None:
    """Keys of a stream come again, and then an insert fails: said where nobody chose it, with the ways out."""
    relation = _relation(is_table=is_table)
    doubt = sinks.doubt(sinks.fill(given, relation, JDBC, None), relation, given)
    assert (doubt is not None and "insert.mode=upsert" in doubt) == doubtful


def test_json_that_a_query_writes_has_its_schema_in_the_sinks_configuration() -> None:
    """Databases need columns. Fields of JSON that others write may be spelt otherwise: that is not guessed, but said."""
    declared = _relation("JSON")
    written = replace(declared, query_id="CTAS_T_1")
    filled = sinks.fill({"connector.class": "a.JdbcSinkConnector"}, written, JDBC, None)
    content = filled["value.converter.schema.content"]
    assert filled["value.converter.schemas.enable"] == "true"
    assert [f["field"] for f in json.loads(content)["fields"]] == [c.name for c in written.schema.value]
    assert sinks.schemaless(filled, written) is None
    for given in ({"topics": "other"}, {"value.converter": "mine"}):
        assert "value.converter.schema.content" not in sinks.fill(given, written, JDBC, None)
    assert "value.converter.schema.content" not in sinks.fill({}, written, ("file",), None)
    plain = sinks.fill({"connector.class": "a.JdbcSinkConnector"}, declared, JDBC, None)
    assert "value.converter.schema.content" not in plain
    doubt = sinks.schemaless(plain, declared)
    assert doubt is not None
    assert f"CREATE TABLE {declared.name}_ROWS WITH (VALUE_FORMAT='JSON_SR') AS SELECT * FROM {declared.name};" in doubt
    assert sinks.schemaless({**plain, "connector.class": "FileStreamSinkConnector"}, declared) is None
    assert sinks.schemaless(sinks.fill({"connector.class": "a.JdbcSinkConnector"}, _relation("AVRO"), JDBC, None), declared) is None


def test_debezium_calls_the_keys_otherwise() -> None:
    filled = sinks.fill({}, _relation(), ("primary.key.mode", "primary.key.fields", "insert.mode", "delete.enabled"), None)
    assert (filled["primary.key.mode"], filled["primary.key.fields"], filled["delete.enabled"]) == ("record_key", "ID", "true")
    by_value = sinks.fill({"primary.key.mode": "record_value"}, _relation(), ("primary.key.mode", "primary.key.fields"), None)
    assert "primary.key.fields" not in by_value


def test_a_sink_that_knows_both_names_gets_those_that_are_used() -> None:
    """The built-in sink reads either; both at once would be a contradiction."""
    known = (*JDBC, "primary.key.mode", "primary.key.fields")
    filled = sinks.fill({"primary.key.mode": "record_key"}, _relation(), known, None)
    assert filled["primary.key.fields"] == "ID"
    assert not {"pk.mode", "pk.fields"} & set(filled)
    assert not {"primary.key.mode", "primary.key.fields"} & set(sinks.fill({}, _relation(), known, None))


def test_what_the_statement_says_stays() -> None:
    given = {"topics": "other", "pk.mode": "none", "insert.mode": "insert", "value.converter": "mine"}
    filled = sinks.fill(given, _relation(), JDBC, None)
    assert {k: filled[k] for k in given} == given
    assert "pk.fields" not in filled
    assert "value.converter.schemas.enable" not in filled
    assert "delete.enabled" not in filled  # it would be refused: deletions have nothing but the record's key


def test_a_search_engine_uses_the_key_as_id_where_there_is_one() -> None:
    known = ("key.ignore", "schema.ignore", "behavior.on.null.values")
    assert {k: sinks.fill({}, _relation(), known, None)[k] for k in known} == {
        "key.ignore": "false",
        "schema.ignore": "true",
        "behavior.on.null.values": "delete",
    }
    windowed = sinks.fill({}, _relation(window=WindowSpec("TUMBLING", 1000)), known, None)
    assert windowed["key.ignore"] == "true"
    assert windowed["key.converter"].endswith("ByteArrayConverter")


def _entry(name: str, *errors: str, kind: str = "STRING", allowed: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "definition": {"name": name, "type": kind},
        "value": {"name": name, "errors": list(errors), "recommended_values": list(allowed)},
    }


def test_faults_say_key_value_and_what_is_allowed() -> None:
    answer = {
        "configs": [
            _entry("mode", "Bad mode", allowed=("bulk", "timestamp")),
            _entry("password", "Too short", kind="PASSWORD"),
            _entry("fine"),
        ]
    }
    fault = faults.report(answer, {"mode": "fast", "password": "geheim", "moode": "x"})
    assert fault is not None
    assert fault.message.splitlines() == [
        "Validation error: mode - Bad mode. Given: 'fast'. Allowed: bulk, timestamp.",
        "password - Too short.",
        "moode - is not a key of this class. Did you mean mode?",
    ]
    assert faults.report({"configs": [_entry("fine")]}, {}) is None


def test_unknown_keys_of_transforms_are_told_too() -> None:
    """Where Connect listed what they have; of a class that is not there nobody knows."""
    known = [_entry("transforms"), _entry("transforms.a.type"), _entry("transforms.a.field"), _entry("transforms.b.type", "No such class")]
    given = dict.fromkeys(("transforms.a.fieldz", "transforms.a.plugin.version", "transforms.b.fieldz", "transforms.c.type"), "x")
    assert faults.unknown_keys({"configs": known}, given) == [
        "transforms.a.fieldz - is not a key of this class. Did you mean transforms.a.field?",
        "transforms.c.type - is not a key of this class. Did you mean transforms.b.type?",
    ]
    assert faults.unknown_keys({"configs": known[:1]}, given) == []  # a Connect that lists none


def test_secrets_are_masked_by_type_by_name_and_inside_urls() -> None:
    """References are no secrets."""
    config = {"a": "x", "b": "y", "db.password": "p", "ref.password": "${file:/f:k}", "url": "jdbc:postgresql://u:geheim@h/db"}
    assert secrets.masked(config, {"b"}) == {
        "a": "x",
        "b": "[hidden]",
        "db.password": "[hidden]",
        "ref.password": "${file:/f:k}",
        "url": "jdbc:postgresql://u:[hidden]@h/db",
    }
    assert secrets.referring("my-c", {**config, "v": "jdbc:x://u:${env:PW}@h"}, {"b"})[0] == {
        "a": "x",
        "b": "${env:MY_C_B}",
        "db.password": "${env:MY_C_DB_PASSWORD}",
        "ref.password": "${file:/f:k}",
        "url": "jdbc:postgresql://u:${env:MY_C_URL}@h/db",
        "v": "jdbc:x://u:${env:PW}@h",
    }
    assert "geheim" not in secrets.scrub("cannot log in with geheim", {"x.password": "geheim"})
    assert secrets.scrub("cannot read ${env:P}", {"x.password": "${env:P}"}) == "cannot read ${env:P}"


@pytest.mark.parametrize(
    ("states", "text", "is_settled"),
    [
        (("RUNNING", "RUNNING"), "RUNNING (1/1 tasks RUNNING)", True),
        (("RUNNING", "FAILED"), "WARNING (0/1 tasks RUNNING)", True),
        (("RUNNING", "UNASSIGNED"), "WARNING (0/1 tasks RUNNING)", False),
        (("RUNNING",), "RUNNING (0/0 tasks RUNNING)", False),
        (("FAILED",), "FAILED", True),
        (("PAUSED", "PAUSED"), "PAUSED", False),
    ],
)
def test_states_are_summed_up_as_ksqldb_does(states: tuple[str, ...], text: str, is_settled: bool) -> None:
    status = {"connector": {"state": states[0]}, "tasks": [{"id": i, "state": s} for i, s in enumerate(states[1:])]}
    assert (waiting.summary(status), waiting.settled(status)) == (text, is_settled)


def test_a_failure_is_told_by_its_innermost_cause() -> None:
    trace = "org.x.ConnectException: wrapped\n\tat org.x.Y\nCaused by: java.sql.SQLException: no such table\n\tat z"
    assert waiting.first_line(trace) == "java.sql.SQLException: no such table"
    assert waiting.failure_of({"connector": {"state": "RUNNING"}, "tasks": [{"state": "FAILED", "trace": "boom\nat x"}]}) == "boom"
