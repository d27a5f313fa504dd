"""Streams, tables, queries and types: created, replaced, altered, paused, terminated, dropped."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from millstream.log.base import TopicInfo
from millstream.session.dispatch import Failed
from tests.session.conftest import COUNTS, STREAM, Bench


def test_creating_a_relation_creates_its_topic(bench: Bench) -> None:
    """Streams keep records for a time, tables the last of each key, windowed tables both."""
    status = bench.one(STREAM)
    assert status.command == ("stream", "`S`", "create")
    assert status.message == "Stream created"
    assert status.text == (
        "CREATE STREAM S (K STRING KEY, V INTEGER) "
        "WITH (CLEANUP_POLICY='delete', KAFKA_TOPIC='s', KEY_FORMAT='KAFKA', PARTITIONS=1, VALUE_FORMAT='JSON');"
    )
    bench.run("CREATE TABLE t (k INT PRIMARY KEY) WITH (kafka_topic='t', value_format='JSON', partitions=3);")
    bench.run("CREATE TABLE w AS SELECT k, COUNT(*) AS n FROM s WINDOW TUMBLING (SIZE 1 HOUR) GROUP BY k;")
    configs = {name: bench.log.topics()[name] for name in ("s", "t", "W")}
    assert configs["s"].config == {"cleanup.policy": "delete", "retention.ms": "604800000"}
    assert configs["t"].config == {"cleanup.policy": "compact"}
    assert configs["t"].partitions == 3
    assert configs["W"].config["cleanup.policy"] == "compact,delete"
    bench.run("CREATE TABLE r AS SELECT k, COUNT(*) AS n FROM s WINDOW TUMBLING (SIZE 1 HOUR, RETENTION 3 DAYS) GROUP BY k;")
    assert bench.log.topics()["R"].config["retention.ms"] == str(3 * 86_400_000)


def test_a_topic_that_exists_must_fit(bench: Bench) -> None:
    bench.log.create(TopicInfo("s", 2))
    error = bench.error(STREAM)
    assert "expects 1 partitions (topic has 2)" in error.message
    bench.run("CREATE STREAM s (v INT) WITH (kafka_topic='s', value_format='JSON');")
    assert bench.database.catalog.relations["S"].partitions == 2
    bench.run("CREATE STREAM c AS SELECT * FROM s;")
    error = bench.error("CREATE OR REPLACE STREAM c WITH (partitions=3) AS SELECT * FROM s;")
    assert "expects 3 partitions (topic has 2)" in error.message
    bench.run("CREATE STREAM d WITH (kafka_topic='C') AS SELECT * FROM s;")


def test_a_missing_topic_is_told_with_the_statement_that_makes_it(bench: Bench) -> None:
    error = bench.error("CREATE STREAM x (a INT) WITH (kafka_topic='nope', value_format='JSON');")
    assert error.code == 40000
    assert "PARTITIONS=2" in error.message


def test_if_not_exists_warns_and_changes_nothing(bench: Bench) -> None:
    bench.run(STREAM)
    warning = bench.one(STREAM.replace("STREAM s (k STRING KEY, v INT)", "STREAM IF NOT EXISTS s (other INT)"))
    assert warning.message == "Cannot add stream `S`: A stream with the same name already exists."
    assert bench.database.catalog.relations["S"].column("OTHER") is None


def test_a_query_runs_and_is_listed_under_its_id(bench: Bench) -> None:
    bench.run(STREAM)
    status = bench.one(COUNTS)
    assert (status.message, status.query_id) == ("Created query with ID CTAS_COUNTS_1", "CTAS_COUNTS_1")
    bench.run("INSERT INTO s VALUES ('a', 1); INSERT INTO s VALUES ('a', 2);", properties={})
    (query,) = bench.one("SHOW QUERIES;").queries
    assert (query.id, query.state, query.sinks, query.sink_topics) == ("CTAS_COUNTS_1", "RUNNING", ("COUNTS",), ("COUNTS",))
    bench.runtime.run_until_idle()
    assert bench.records("COUNTS")[-1] == (b"a", b'{"N":2}')


def test_a_table_whose_query_was_terminated_has_no_rows_to_pull(bench: Bench) -> None:
    """What its topic holds can still be followed."""
    bench.run(STREAM + COUNTS + "TERMINATE CTAS_COUNTS_1;")
    with pytest.raises(Failed) as caught:
        bench.database.query("SELECT * FROM counts;")
    assert "its query CTAS_COUNTS_1 was terminated" in caught.value.error.message


def test_insert_into_adds_a_query_with_an_id_of_ones_own(bench: Bench) -> None:
    bench.run(STREAM + "CREATE STREAM o (k STRING KEY, v INT) WITH (kafka_topic='o', value_format='JSON', partitions=1);")
    assert bench.one("INSERT INTO o SELECT * FROM s;").query_id == "INSERTQUERY_3"
    assert bench.one("INSERT INTO o WITH (query_id='mine') SELECT * FROM s;").query_id == "MINE"
    assert "already exists" in bench.error("INSERT INTO o WITH (query_id='Mine') SELECT * FROM s;").message


def test_pausing_and_resuming_show_in_the_state(bench: Bench) -> None:
    """Ids compare without case; unknown ones are refused."""
    bench.run(STREAM + COUNTS)
    assert bench.one("PAUSE ctas_counts_1;").message == "Query paused."
    assert bench.one("SHOW QUERIES;").queries[0].state == "PAUSED"
    assert bench.runtime.tasks["CTAS_COUNTS_1"].paused
    assert bench.one("RESUME CTAS_COUNTS_1;").message == "Query resumed."
    assert bench.one("SHOW QUERIES;").queries[0].state == "RUNNING"
    assert bench.error("PAUSE nope;").message == "Unknown queryId: nope"


def test_terminate_ends_a_query_and_leaves_its_relation(bench: Bench) -> None:
    bench.run(STREAM + COUNTS)
    assert bench.one("TERMINATE CTAS_COUNTS_1;").message == "Query terminated."
    assert bench.runtime.tasks == {}
    assert bench.relations() == {"S", "COUNTS"}
    assert bench.log.groups() == []
    assert "read from this source: [COUNTS]" in bench.error("DROP STREAM s;").message


def test_terminate_all_ends_every_query(bench: Bench) -> None:
    bench.run(STREAM + COUNTS + "CREATE STREAM c AS SELECT * FROM s;")
    assert bench.one("TERMINATE ALL;").command == ("terminate", "ALL", "execute")
    assert bench.one("SHOW QUERIES;").queries == ()


def test_what_is_used_is_not_dropped(bench: Bench) -> None:
    """Derived relations first; queries that insert must be terminated."""
    bench.run(STREAM + COUNTS + "CREATE STREAM o (k STRING KEY, v INT) WITH (kafka_topic='o', value_format='JSON', partitions=1);")
    bench.run("INSERT INTO o SELECT * FROM s;")
    assert "need to drop them before dropping S" in bench.error("DROP STREAM s;").message
    assert "write into this source: [INSERTQUERY_5]" in bench.error("DROP STREAM o;").message
    bench.run("DROP TABLE counts; TERMINATE INSERTQUERY_5; DROP STREAM s; DROP STREAM o;")
    assert bench.relations() == set()
    assert bench.runtime.tasks == {}
    assert bench.log.topic("s") is not None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("DROP TABLE s;", "Incompatible data source type is stream, but statement was DROP table"),
        ("DROP STREAM nope;", "Stream NOPE does not exist."),
        ("ALTER STREAM nope ADD COLUMN c INT;", "Source NOPE does not exist."),
        ("ALTER STREAM s ADD COLUMN v INT;", "Cannot add column `V` to schema. A column with the same name already exists."),
    ],
)
def test_dropping_and_altering_what_does_not_fit_is_refused(bench: Bench, text: str, message: str) -> None:
    bench.run(STREAM)
    assert bench.error(text).message == message


def test_drop_if_exists_succeeds_without_doing_anything(bench: Bench) -> None:
    assert bench.one("DROP STREAM IF EXISTS nope;").message == "Source `NOPE` does not exist."


def test_delete_topic_spares_topics_that_others_use(bench: Bench) -> None:
    bench.run(STREAM + "CREATE STREAM s2 (v INT) WITH (kafka_topic='s', value_format='JSON');")
    assert "Found other data sources (S2) using topic s" in bench.error("DROP STREAM s DELETE TOPIC;").message
    bench.run("DROP STREAM s2; DROP STREAM s DELETE TOPIC;")
    assert bench.log.topic("s") is None


def test_altering_adds_columns_at_the_end(bench: Bench) -> None:
    bench.run(STREAM)
    assert bench.one("ALTER STREAM s ADD COLUMN w DOUBLE;").message == "Stream S altered."
    assert [c.name for c in bench.database.catalog.relations["S"].schema] == ["K", "V", "W"]


def test_replacing_a_query_keeps_its_id_and_position(bench: Bench) -> None:
    """The new query goes on where the old one was."""
    bench.run(STREAM)
    earliest = {"auto.offset.reset": "earliest"}
    bench.run("CREATE STREAM c AS SELECT k, v FROM s;", properties=earliest)
    bench.run("INSERT INTO s VALUES ('a', 1);")
    bench.runtime.run_until_idle()
    status = bench.one("CREATE OR REPLACE STREAM c AS SELECT k, v, v * 10 AS w FROM s;", properties=earliest)
    assert status.query_id == "CSAS_C_1"
    bench.run("INSERT INTO s VALUES ('b', 2);")
    bench.runtime.run_until_idle()
    assert bench.records("C") == [(b"a", b'{"V":1}'), (b"b", b'{"V":2,"W":20}')]


def test_a_replaced_aggregate_goes_on_from_its_state(bench: Bench, make_bench: Callable[..., Bench]) -> None:
    """A filter that comes below it counts for new records only, and a column for new rows; also after a restart in between and behind."""
    bench.run(STREAM + COUNTS, properties={"auto.offset.reset": "earliest"})
    bench.run("INSERT INTO s VALUES ('a', 1);")
    bench.runtime.run_until_idle()
    bench.close()
    again = make_bench(bench.log)
    again.run("CREATE OR REPLACE TABLE counts AS SELECT k, COUNT(*) AS n, COUNT(*) * 10 AS m FROM s WHERE v > 1 GROUP BY k;")
    again.run("INSERT INTO s VALUES ('a', 1); INSERT INTO s VALUES ('a', 2);")
    again.runtime.run_until_idle()
    again.close()
    last = make_bench(bench.log)
    last.run("INSERT INTO s VALUES ('a', 0); INSERT INTO s VALUES ('a', 3);")
    last.runtime.run_until_idle()
    assert last.records("COUNTS") == [(b"a", b'{"N":1}'), (b"a", b'{"N":2,"M":20}'), (b"a", b'{"N":3,"M":30}')]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("STREAM o AS SELECT a.k AS k, t.v FROM a JOIN t ON a.k = t.k", "STREAM o AS SELECT a.k AS k, t.v, t.w FROM a JOIN t ON a.k = t.k"),
        (
            "STREAM o AS SELECT a.k AS k, b.v FROM a JOIN b WITHIN 1 DAY ON a.k = b.k",
            "STREAM o AS SELECT a.k AS k, b.v, a.w FROM a JOIN b WITHIN 1 DAY ON a.k = b.k",
        ),
        ("TABLE o AS SELECT k, v FROM t WHERE v > 0", "TABLE o AS SELECT k, v, w FROM t WHERE v > 0"),
    ],
)
def test_rows_that_the_state_holds_keep_their_columns(bench: Bench, old: str, new: str) -> None:
    """Rows held from before have no others, and could not be read as if they had; the old query goes on."""
    for name, key in (("a", "STREAM a (k STRING KEY"), ("b", "STREAM b (k STRING KEY"), ("t", "TABLE t (k STRING PRIMARY KEY")):
        bench.run(f"CREATE {key}, v INT, w INT) WITH (kafka_topic='{name}', value_format='JSON', partitions=1);")
    bench.run(f"CREATE {old};")
    assert "holds other columns of its sources" in bench.error(f"CREATE OR REPLACE {new};").message
    assert bench.one(f"CREATE OR REPLACE {old};").message.startswith("Created query")


def test_a_declaration_in_the_place_of_a_sink_keeps_its_query(bench: Bench, make_bench: Callable[..., Bench]) -> None:
    """The query goes on, belongs to the relation as before, and is dropped with it; also after a restart."""
    bench.run(STREAM + "CREATE STREAM c AS SELECT k, v FROM s;")
    bench.run("CREATE OR REPLACE STREAM c (k STRING KEY, v INT, w INT) WITH (kafka_topic='C', value_format='JSON');")
    bench.close()
    again = make_bench(bench.log)
    assert again.database.catalog.relations == bench.database.catalog.relations
    again.run("INSERT INTO s VALUES ('a', 1);")
    again.runtime.run_until_idle()
    assert again.records("C") == [(b"a", b'{"V":1}')]
    again.run("DROP STREAM c;")
    assert not again.database.catalog.queries


def test_types_are_registered_and_dropped(bench: Bench) -> None:
    assert bench.one("CREATE TYPE point AS STRUCT<x INT, y INT>;").message.startswith("Registered custom type with name 'POINT'")
    assert str(bench.one("SHOW TYPES;").types["POINT"]) == "STRUCT<`X` INTEGER, `Y` INTEGER>"
    bench.run("CREATE STREAM p (place point) WITH (kafka_topic='p', value_format='JSON', partitions=1);")
    assert "already registered" in bench.error("CREATE TYPE point AS INT;").message
    assert "already registered" in bench.one("CREATE TYPE IF NOT EXISTS point AS INT;").message
    assert bench.one("DROP TYPE point;").message == "Dropped type 'POINT'"
    assert bench.error("DROP TYPE point;").message == "Type POINT does not exist."


def test_schemas_of_declared_relations_are_registered(make_bench: Callable[..., Bench]) -> None:
    """Where the subject has none; a format that needs the registry is refused without one."""
    bench = make_bench(registry=True)
    bench.run("CREATE STREAM a (k STRING KEY, v INT) WITH (kafka_topic='a', value_format='AVRO', partitions=1);")
    assert bench.registry is not None
    assert bench.registry.latest("a-value") is not None
    bench.run("CREATE STREAM inferred WITH (kafka_topic='a', value_format='AVRO');")
    assert [c.name for c in bench.database.catalog.relations["INFERRED"].schema] == ["V"]
    bench.run("DROP STREAM inferred; DROP STREAM a DELETE TOPIC;")
    assert bench.registry.latest("a-value") is None
    without = make_bench()
    assert without.error("CREATE STREAM a (v INT) WITH (kafka_topic='a', value_format='AVRO', partitions=1);").code == 42801


def test_a_schema_of_another_type_is_told(make_bench: Callable[..., Bench]) -> None:
    """With the format that it is of."""
    bench = make_bench(registry=True)
    bench.run("CREATE STREAM a (v INT) WITH (kafka_topic='a', value_format='AVRO', partitions=1);")
    error = bench.error("CREATE STREAM p WITH (kafka_topic='p', value_format='PROTOBUF', value_schema_id=1, partitions=1);")
    assert error.code == 40001
    assert "is PROTOBUF, schema 1 is AVRO" in error.message
    assert error.hint == "Write VALUE_FORMAT='AVRO', or name another schema."
