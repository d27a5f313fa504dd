"""SHOW, DESCRIBE, EXPLAIN, ASSERT, PRINT."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from millstream.config import Config
from millstream.log.base import Batch
from millstream.session import results as r
from tests.session.conftest import COUNTS, STREAM, Bench


def test_topics_are_listed_without_internal_ones(bench: Bench) -> None:
    bench.run(STREAM + COUNTS)
    from millstream.log.base import TopicInfo

    bench.log.create(TopicInfo("_confluent-x", 1))
    assert [t.name for t in bench.one("SHOW TOPICS;").topics] == ["COUNTS", "default_ksql_processing_log", "s"]
    assert "_confluent-x" in [t.name for t in bench.one("SHOW ALL TOPICS;").topics]
    extended = {t.name: (t.consumers, t.groups) for t in bench.one("SHOW TOPICS EXTENDED;").topics}
    assert extended["s"] == (1, 1)


def test_describe_shows_who_reads_and_writes(bench: Bench) -> None:
    bench.run(STREAM + COUNTS)
    described = bench.one("DESCRIBE s;").source
    assert [q.id for q in described.readers] == ["CTAS_COUNTS_1"]
    assert described.constraints == ("COUNTS",)
    extended = bench.one("DESCRIBE counts EXTENDED;").source
    assert [q.id for q in extended.writers] == ["CTAS_COUNTS_1"]
    assert (extended.partitions, extended.replication) == (1, 1)


def test_describe_names_what_was_meant(bench: Bench) -> None:
    bench.run(STREAM.replace("STREAM s", "STREAM clicks"))
    error = bench.error("DESCRIBE click;")
    assert error.message == "Could not find STREAM/TABLE 'CLICK' in the Metastore"
    assert error.hint == "Did you mean CLICKS?"


def test_functions_are_listed_and_described(bench: Bench) -> None:
    names = {name: (kind, category) for name, kind, category in bench.one("SHOW FUNCTIONS;").functions}
    assert names["COUNT"][0] == "AGGREGATE"
    assert names["EXPLODE"][0] == "TABLE"
    assert names["UCASE"] == ("SCALAR", "STRING")
    assert bench.one("DESCRIBE FUNCTION ucase;").function.name == "UCASE"
    assert bench.error("DESCRIBE FUNCTION ucas;").code == 40000


def test_explain_shows_a_plan_without_running_it(bench: Bench) -> None:
    bench.run(STREAM + COUNTS)
    query = bench.one("EXPLAIN SELECT k FROM s EMIT CHANGES;").query
    assert [c.name for c in query.columns] == ["K"]
    assert query.state is None
    assert query.plan
    created = bench.one("EXPLAIN CREATE STREAM c AS SELECT k, v FROM s;").query
    assert (created.id, created.sinks) == ("CSAS_C_3", ("C",))
    running = bench.one("EXPLAIN CTAS_COUNTS_1;").query
    assert (running.state, running.kind) == ("RUNNING", "PERSISTENT")
    assert bench.error("EXPLAIN nope;").message.startswith("Query with id:nope does not exist")
    assert bench.relations() == {"S", "COUNTS"}


def test_show_queries_extended_describes_each(bench: Bench) -> None:
    bench.run(STREAM + COUNTS)
    (query,) = bench.one("SHOW QUERIES EXTENDED;").queries
    assert (query.id, query.sources, query.sinks) == ("CTAS_COUNTS_1", ("S",), ("COUNTS",))


def test_properties_hide_secrets(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench(config=Config({"connect.password": "geheim"}))
    shown = {name: value for name, _, value, _, _ in bench.one("SHOW PROPERTIES;").properties}
    assert shown["connect.password"] == "[hidden]"
    assert shown["ksql.service.id"] == "default_"


def test_assertions_hold_or_fail_with_417(bench: Bench) -> None:
    bench.run(STREAM)
    assert bench.one("ASSERT TOPIC s;") == r.TopicAsserted("s", True, text="ASSERT TOPIC s;")
    assert bench.one("ASSERT NOT EXISTS TOPIC nope;").exists is False
    failed = bench.error("ASSERT TOPIC s WITH (partitions=7) TIMEOUT 0 SECONDS;")
    assert (failed.code, failed.message) == (41700, "Mismatched configuration for topic s: For config partitions, expected 7 got 1")
    assert bench.error("ASSERT TOPIC nope TIMEOUT 0 SECONDS;").message == "Topic nope does not exist"
    assert bench.error("ASSERT SCHEMA SUBJECT 'x';").code == 41700


def test_schema_assertions_ask_the_registry(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench(registry=True)
    bench.run("CREATE STREAM a (v INT) WITH (kafka_topic='a', value_format='AVRO', partitions=1);")
    assert bench.one("ASSERT SCHEMA SUBJECT 'a-value';").exists
    assert bench.one("ASSERT NOT EXISTS SCHEMA SUBJECT 'b-value';").subject == "b-value"
    assert bench.error("ASSERT SCHEMA ID 77 TIMEOUT 0 SECONDS;").message == "Schema with id 77 does not exist"


@pytest.mark.parametrize(
    ("key", "value", "formats", "line"),
    [
        (None, b'{"a":1}', ("¯\\_(ツ)_/¯ - no data processed", "JSON or KAFKA_STRING"), 'key: <null>, value: {"a":1}'),
        (b"\0\0\0\x07", b"text", ("KAFKA_INT or KAFKA_STRING", "KAFKA_STRING"), "key: 7, value: text"),
        (b"\0" * 7 + b"\x07", b"\xff\xfe", ("KAFKA_BIGINT or KAFKA_DOUBLE or KAFKA_STRING", "UNRECOGNIZED_BYTES"), "key: 7, value: //4="),
        (b"k\0\0\x01\x8b\xcf\xe5\x68\x00\0\0\x01\x8b\xcf\xe5\x68\x00", b"", None, "key: [k@1700000000000/1700000000000]"),
    ],
)
def test_print_guesses_formats(bench: Bench, key: bytes | None, value: bytes, formats: tuple[str, str] | None, line: str) -> None:
    bench.run(STREAM)
    with bench.log.begin("test") as transaction:
        transaction.append("s", 0, Batch([key], [value], [1_577_840_523_456]))
        transaction.commit()
    printed = bench.database.query("PRINT s FROM BEGINNING LIMIT 1;")
    assert isinstance(printed, r.Printed)
    assert formats is None or printed.formats == formats
    (shown,) = list(printed.lines)
    assert shown is not None
    assert shown.startswith("rowtime: 2020/01/01 01:02:03.456 Z, ")
    assert line in shown


def test_print_shows_any_time(bench: Bench) -> None:
    """Also one beyond the year 9999, which whoever writes to the topic may give."""
    bench.run(STREAM)
    with bench.log.begin("test") as transaction:
        transaction.append("s", 0, Batch([None], [b"{}"], [(1 << 63) - 1]))
        transaction.commit()
    printed = bench.database.query("PRINT s FROM BEGINNING LIMIT 1;")
    assert isinstance(printed, r.Printed)
    assert "rowtime: +292278994/08/17 07:12:55.807 Z, " in str(next(iter(printed.lines)))


def test_print_takes_every_nth_record_up_to_a_limit(bench: Bench) -> None:
    bench.run(STREAM + "".join(f"INSERT INTO s (v) VALUES ({i});" for i in range(6)))
    printed = bench.database.query("PRINT s FROM BEGINNING INTERVAL 2 LIMIT 2;")
    assert isinstance(printed, r.Printed)
    assert ['"V":0' in str(line) or '"V":2' in str(line) for line in printed.lines] == [True, True]


def test_print_of_an_unknown_topic_names_the_one_that_was_meant(bench: Bench) -> None:
    from millstream.session.database import Failed

    bench.run(STREAM)
    with pytest.raises(Failed, match="Did you mean:\n\tprint s;") as caught:
        bench.database.query("PRINT S;")
    assert caught.value.error.code == 40000


def test_print_shows_json_of_a_registered_schema_as_it_is(make_bench: Callable[..., Bench]) -> None:
    """Decimals are numbers with all their digits and zeros."""
    bench = make_bench(registry=True)
    bench.run(
        "CREATE STREAM j (id INT KEY, amt DECIMAL(38, 4), b BYTES) WITH (kafka_topic='j', value_format='JSON_SR', partitions=1);"
        "INSERT INTO j VALUES (1, 1234567890123456789012345678901234.5, TO_BYTES('ab', 'ascii'));"
    )
    printed = bench.database.query("PRINT 'j' FROM BEGINNING LIMIT 1;")
    assert isinstance(printed, r.Printed)
    assert 'value: {"AMT":1234567890123456789012345678901234.5000,"B":"YWI="}, partition: 0' in str(next(iter(printed.lines)))
