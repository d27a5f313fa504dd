"""Connectors as statements, against the built-in worker over its REST API: both spellings, faults, relations over their topics, sinks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from millstream.config import Config
from millstream.errors import ConnectError
from millstream.log.base import Unavailable
from millstream.session import results as r
from tests.session.conftest import COUNTS, STREAM, Bench

USERS = (
    "CREATE EXTERNAL SOURCE my-users WITH (connector.class=DatagenConnector, "
    "quickstart=users, kafka.topic=users, max.interval=1, iterations=20);"
)


@pytest.fixture
def connected(make_bench: Callable[..., Bench]) -> Bench:
    return make_bench(registry=True, worker=True)


def test_both_spellings_create_the_same(connected: Bench) -> None:
    """KLIP 7's keeps the name's case; ksqlDB's upper-cases it. Short class names are resolved."""
    ours = connected.one(USERS.replace("iterations=20", "iterations=100000"))
    theirs = connected.one(
        "CREATE SOURCE CONNECTOR my_users WITH ('connector.class'='DatagenConnector', 'quickstart'='users', 'kafka.topic'='users2');"
    )
    assert (ours.info["name"], theirs.info["name"]) == ("my-users", "MY_USERS")
    assert (
        ours.info["config"]["connector.class"]
        == theirs.info["config"]["connector.class"]
        == "io.confluent.kafka.connect.datagen.DatagenConnector"
    )
    assert (ours.external, theirs.external) == (True, False)
    assert ours.state.startswith("RUNNING (1/1")
    assert ours.text.count("'[string]'") == 4


def test_lists_show_class_prefix_and_state(connected: Bench) -> None:
    connected.run(USERS)
    listed = connected.one("SHOW EXTERNAL SOURCES;")
    assert listed.external
    assert [(c.name, c.topic_prefix) for c in listed.connectors] == [("my-users", "users")]
    assert connected.one("SHOW EXTERNAL SINKS;").connectors == ()
    assert [c.side for c in connected.one("SHOW CONNECTORS;").connectors] == ["source"]
    assert any(name.endswith("JdbcSourceConnector") for name, _, _ in connected.one("SHOW CONNECTOR PLUGINS;").plugins)


def test_describe_shows_tasks_topics_and_schemas(connected: Bench) -> None:
    """A bare name finds the connector where no relation has it, in any case; a relation comes first, with a note."""
    connected.run(USERS + "CREATE TABLE users WITH (kafka_topic='users');")
    described = connected.one("DESCRIBE MY-users;")
    assert isinstance(described, r.ConnectorDescription)
    assert described.status["tasks"][0]["state"] in ("RUNNING", "FAILED")
    (topic,) = described.topics
    assert (topic.name, topic.topic) == ("users", "users")
    assert topic.schema is not None
    assert "userid VARCHAR" in topic.schema
    assert [s.relation.name for s in described.sources] == ["USERS"]
    assert connected.one("DESCRIBE CONNECTOR `my-users`;").external is False
    connected.run(USERS.replace("my-users", "users").replace("kafka.topic=users", "kafka.topic=users3"))
    both = connected.one("DESCRIBE users;")
    assert isinstance(both, r.SourceDescribed)
    assert both.notes == ("There is a connector of this name too: DESCRIBE CONNECTOR users; shows it.",)


def test_a_table_takes_format_columns_and_key_from_a_connectors_topic(connected: Bench) -> None:
    """KLIP 7's own example: nothing but the topic's name. The statement waits for the topic."""
    connected.run(USERS)
    status = connected.one("CREATE TABLE users_original WITH (kafka_topic = 'users');")
    relation = connected.database.catalog.relations["USERS_ORIGINAL"]
    assert [c.name for c in relation.schema.key] == ["USERID"]
    assert {c.name for c in relation.schema.value} >= {"REGIONID", "GENDER"}
    assert (relation.key_format.name, relation.value_format.name) == ("KAFKA", "JSON_SR")
    assert status.warnings == ()


def test_a_connector_and_its_table_can_come_in_one_request(connected: Bench) -> None:
    """What depends on Connect is checked when its turn comes."""
    results = connected.run(USERS + "CREATE TABLE users WITH (kafka_topic='users'); DESCRIBE users;")
    assert [type(x) for x in results] == [r.ConnectorCreated, r.CommandStatus, r.SourceDescribed]


def test_relations_over_connector_topics_survive_without_connect(connected: Bench, make_bench: Callable[..., Bench]) -> None:
    """The journal holds the completed statement."""
    connected.run(USERS + "CREATE TABLE users WITH (kafka_topic='users');")
    connected.close()
    again = make_bench(connected.log, registry=True)
    assert again.database.catalog.relations["USERS"] == connected.database.catalog.relations["USERS"]


def test_a_relation_from_a_connector_needs_no_topic_name(connected: Bench) -> None:
    connected.run(USERS + "CREATE TABLE users WITH (kafka_topic='users');")
    connected.run("CREATE STREAM events FROM CONNECTOR `my-users`;")
    assert connected.database.catalog.relations["EVENTS"].topic == "users"


def test_an_announced_topic_that_never_comes_is_refused(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench(registry=True, worker=True, config=Config({"connect.topic.timeout.ms": 1, "connect.start.timeout.ms": 1}))
    bench.run("CREATE EXTERNAL SOURCE files WITH (connector.class=FileStreamSource, file=/nowhere/at/all, topic=lines);")
    error = bench.error("CREATE STREAM l WITH (kafka_topic='lines');")
    assert "Topic 'lines' does not exist" in error.message
    assert "files" in error.message


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("CREATE EXTERNAL SOURCE x WITH (connector.class=DatagenConector);", "no connector class 'DatagenConector'", "DatagenConnector'?"),
        ("CREATE EXTERNAL SINK x WITH (connector.class=DatagenConnector);", "is a SOURCE connector", "CREATE EXTERNAL SOURCE x"),
        ("CREATE SOURCE CONNECTOR x WITH ('quickstart'='users');", "contains no connector type", "connector.class"),
        ("CREATE EXTERNAL SINK x FROM nope WITH (connector.class=FileStreamSink);", "Could not find STREAM/TABLE 'NOPE'", ""),
    ],
)
def test_faults_are_found_before_anything_is_created(connected: Bench, text: str, message: str, hint: str) -> None:
    error = connected.error(text)
    assert message in error.message
    assert hint in (error.hint or "")
    assert connected.one("SHOW CONNECTORS;").connectors == ()


def test_every_fault_of_a_configuration_is_reported_at_once(connected: Bench) -> None:
    """By key, with the value given; a password's value is not shown; an unknown key comes with the nearest known one."""
    error = connected.error(
        "CREATE EXTERNAL SOURCE x WITH (connector.class=DatagenConnector, tasks.max=many, quickstart=nope, "
        "kafka.topik=users, connection.password=geheim);"
    )
    assert error.code == 40000
    lines = error.message.splitlines()
    assert any("tasks.max" in line and "many" in line for line in lines)
    assert any("quickstart" in line and "nope" in line for line in lines)
    assert any(line.startswith("kafka.topik - is not a key of this class. Did you mean kafka.topic?") for line in lines)
    assert "geheim" not in error.message


def test_existing_names_are_found_in_any_case(connected: Bench) -> None:
    connected.run(USERS)
    assert connected.error(USERS.replace("my-users", "MY-USERS")).code == 40900
    warning = connected.one(USERS.replace("SOURCE my-users", "SOURCE IF NOT EXISTS my-users"))
    assert warning.message == "Connector my-users already exists"


def test_a_running_connector_is_dropped_only_with_terminate(connected: Bench) -> None:
    """Its topics and relations stay. ksqlDB's spelling always drops."""
    connected.run(USERS + "CREATE TABLE users WITH (kafka_topic='users');")
    connected.run(
        "CREATE EXTERNAL SOURCE more WITH (connector.class=DatagenConnector, quickstart=users, kafka.topic=more, max.interval=60000);"
    )
    refused = connected.error("DROP EXTERNAL SOURCE more;")
    assert refused.code == 40900
    assert refused.hint is not None
    assert "TERMINATE" in refused.hint
    assert connected.one("DROP EXTERNAL SOURCE more TERMINATE;").name == "more"
    assert connected.one("DROP CONNECTOR `my-users`;").name == "my-users"
    assert connected.one("DROP CONNECTOR IF EXISTS gone;").message == "Connector 'GONE' does not exist."
    assert connected.error("DROP CONNECTOR gone;").code == 40400
    assert "USERS" in connected.relations()
    assert connected.log.topic("users") is not None


@pytest.mark.parametrize("spelling", ["CREATE EXTERNAL SINK out", "CREATE SINK CONNECTOR `out`"])
def test_a_sink_takes_topic_converters_and_key_from_its_relation(connected: Bench, tmp_path: Path, spelling: str) -> None:
    connected.run(STREAM + COUNTS)
    created = connected.one(f"{spelling} FROM counts WITH ('connector.class'='FileStreamSink', file='{tmp_path / 'out.txt'}');")
    config = created.info["config"]
    assert config["topics"] == "COUNTS"
    assert config["key.converter"] == "org.apache.kafka.connect.storage.StringConverter"
    assert config["value.converter"] == "org.apache.kafka.connect.json.JsonConverter"
    assert config["value.converter.schemas.enable"] == "false"
    assert connected.one("DESCRIBE out;").topics[0].schema is None


def test_a_connector_is_paused_altered_and_shown_as_a_statement(connected: Bench) -> None:
    connected.run(USERS.replace("iterations=20", "iterations=1000000").replace("max.interval=1,", "max.interval=60000,"))
    assert connected.one("PAUSE CONNECTOR `my-users`;").message == "Connector my-users paused"
    assert connected.one("RESUME CONNECTOR `my-users`;").message == "Connector my-users resumed"
    connected.run("ALTER CONNECTOR `my-users` SET ('max.interval'='30000');")
    shown = connected.one("SHOW CREATE CONNECTOR `my-users`;").content
    assert shown.startswith("CREATE SOURCE CONNECTOR `my-users` WITH (")
    assert "'max.interval'='30000'" in shown


def test_without_connect_the_error_says_how_to_have_it(bench: Bench) -> None:
    error = bench.error("SHOW CONNECTORS;")
    assert isinstance(error, ConnectError)
    assert error.hint is not None
    assert "connect.url" in error.hint
    assert bench.error("DESCRIBE nope;").code == 40001


@pytest.mark.parametrize("name", ["a/b", ".", "..", " x", "x ", "a\nb", "a\x00b", " "])
def test_a_name_that_connect_could_not_be_asked_about_is_refused(connected: Bench, name: str) -> None:
    """Before anything is made that nobody could drop again."""
    error = connected.error(f"CREATE SOURCE CONNECTOR `{name}` WITH ('connector.class'='FileStreamSource', 'file'='/f', 'topic'='t');")
    assert "cannot be a connector's name" in error.message
    assert connected.one("SHOW CONNECTORS;").connectors == ()


@pytest.mark.parametrize("name", ["a b", "ü", "a%2Fb", "a?x=1#y", "q'uote", "a,b;c", "a\\b", "x" * 200])
def test_any_other_name_lives_a_whole_life(connected: Bench, tmp_path: Path, name: str) -> None:
    (tmp_path / "in.txt").write_text("")
    created = f"CREATE SOURCE CONNECTOR `{name}` WITH ('connector.class'='FileStreamSource', 'file'='{tmp_path}/in.txt', 'topic'='t');"
    assert connected.one(created).state == "RUNNING (1/1 tasks RUNNING)"
    shown = connected.one(f"SHOW CREATE CONNECTOR `{name}`;").content
    connected.run(f"PAUSE CONNECTOR `{name}`; STOP CONNECTOR `{name}`; DROP CONNECTOR `{name}`; {shown} RESTART CONNECTOR `{name}`;")
    assert [c.name for c in connected.one("SHOW CONNECTORS;").connectors] == [name]


def test_a_topic_that_the_connector_has_not_is_told(connected: Bench) -> None:
    connected.run(USERS)
    error = connected.error("CREATE STREAM x FROM CONNECTOR `my-users` TOPIC 'nothing';")
    assert error.message == "The connector my-users has no topic 'nothing'. Existing topics: users."


def test_describe_says_how_a_connector_is_while_its_topics_cannot_be_looked_at(connected: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """No broker answers: the status and the topics' names are there, and why there is no more."""
    connected.run(USERS + "CREATE TABLE users WITH (kafka_topic='users');")

    def away(*_: object) -> None:
        raise Unavailable("No broker answers at localhost:9092.")

    monkeypatch.setattr(connected.database.log, "read", away)
    monkeypatch.setattr(connected.database.log, "topic", away)
    described = connected.one("DESCRIBE CONNECTOR `my-users`;")
    assert described.status["connector"]["state"] == "RUNNING"
    assert [(t.topic, t.schema) for t in described.topics] == [("users", None)]
    assert described.notes[-1] == "What its topics hold cannot be looked at now: No broker answers at localhost:9092."
