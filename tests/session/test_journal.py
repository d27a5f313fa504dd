"""The journal: what was defined is there again after a restart, and only where this version means the same by it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from millstream.errors import ExecutionError, StateError
from millstream.session.journal import Entry, Journal
from tests.session.conftest import COUNTS, STREAM, Bench

EVERYTHING = (
    STREAM
    + "CREATE TYPE point AS STRUCT<x INT>;"
    + "CREATE TABLE t (k STRING PRIMARY KEY, p point) WITH (kafka_topic='t', value_format='JSON', partitions=2);"
    + "CREATE SOURCE TABLE kept (k STRING PRIMARY KEY, p point) WITH (kafka_topic='t', value_format='JSON');"
    + COUNTS
    + "CREATE STREAM o (k STRING KEY, v INT) WITH (kafka_topic='o', value_format='JSON', partitions=1);"
    + "INSERT INTO o SELECT * FROM s;"
    + "ALTER STREAM o ADD COLUMN w INT;"
)


def _restarted(bench: Bench, make_bench: Callable[..., Bench], **options: bool) -> Bench:
    bench.close()
    return make_bench(bench.log, **options)


def test_definitions_survive_a_restart(bench: Bench, make_bench: Callable[..., Bench]) -> None:
    """Relations, types, queries, ids, numbering: the catalog is equal, and the queries run."""
    bench.run(EVERYTHING)
    again = _restarted(bench, make_bench)
    assert again.database.catalog.relations == bench.database.catalog.relations
    assert again.database.catalog.types == bench.database.catalog.types
    assert again.database.catalog.queries == bench.database.catalog.queries
    assert set(again.runtime.tasks) == {"CST_KEPT_5", "CTAS_COUNTS_7", "INSERTQUERY_11"}
    assert again.one("CREATE STREAM c AS SELECT * FROM s;").query_id == "CSAS_C_15"


def test_a_query_goes_on_from_its_position(bench: Bench, make_bench: Callable[..., Bench]) -> None:
    bench.run(STREAM)
    bench.run(COUNTS, properties={"auto.offset.reset": "earliest"})
    bench.run("INSERT INTO s VALUES ('a', 1);")
    bench.runtime.run_until_idle()
    again = _restarted(bench, make_bench)
    again.run("INSERT INTO s VALUES ('a', 1);")
    again.runtime.run_until_idle()
    assert again.records("COUNTS") == [(b"a", b'{"N":1}'), (b"a", b'{"N":2}')]


def test_what_was_dropped_leaves_no_record(bench: Bench, make_bench: Callable[..., Bench]) -> None:
    """Replay takes as long as there are definitions, however many there once were."""
    for _ in range(3):
        bench.run(EVERYTHING)
        bench.run("TERMINATE ALL; DROP STREAM o; DROP TABLE counts; DROP TABLE kept; DROP TABLE t; DROP STREAM s; DROP TYPE point;")
    assert list(Journal(bench.log).entries()) == []
    again = _restarted(bench, make_bench)
    assert again.relations() == set()
    assert again.one(STREAM).sequence > 40


def test_paused_and_terminated_queries_stay_so(bench: Bench, make_bench: Callable[..., Bench]) -> None:
    bench.run(EVERYTHING + "PAUSE INSERTQUERY_11; TERMINATE CTAS_COUNTS_7;")
    again = _restarted(bench, make_bench)
    assert again.runtime.tasks["INSERTQUERY_11"].paused
    assert "CTAS_COUNTS_7" not in again.runtime.tasks
    assert "COUNTS" in again.relations()
    again.run("RESUME INSERTQUERY_11;")
    assert not _restarted(again, make_bench).runtime.tasks["INSERTQUERY_11"].paused


def test_a_dropped_type_is_still_known_to_the_definitions_that_used_it(bench: Bench, make_bench: Callable[..., Bench]) -> None:
    bench.run(EVERYTHING + "DROP TYPE point;")
    again = _restarted(bench, make_bench)
    assert again.database.catalog.types == {}
    assert again.database.catalog.relations == bench.database.catalog.relations


def test_inferred_columns_do_not_change_with_the_registry(make_bench: Callable[..., Bench]) -> None:
    """The record holds the schema that was resolved then."""
    bench = make_bench(registry=True)
    bench.run("CREATE STREAM a (v INT) WITH (kafka_topic='a', value_format='AVRO', partitions=1);")
    bench.run("CREATE STREAM inferred WITH (kafka_topic='a', value_format='AVRO');")
    assert bench.registry is not None
    bench.registry.delete_subject("a-value")
    again = _restarted(bench, make_bench)
    assert [c.name for c in again.database.catalog.relations["INFERRED"].schema] == ["V"]


def test_a_plan_that_changed_is_refused(bench: Bench, make_bench: Callable[..., Bench]) -> None:
    """Its state would mean something else; the error names the query and what to do."""
    bench.run(STREAM + COUNTS)
    journal = Journal(bench.log)
    entry = next(e for e in journal.entries() if e.query_id == "CTAS_COUNTS_1")
    journal.write(dataclasses.replace(entry, digest="another"), entry.subjects, 99)
    with pytest.raises(ExecutionError, match="CTAS_COUNTS_1") as caught:
        _restarted(bench, make_bench)
    assert caught.value.hint is not None


def test_a_journal_of_a_newer_version_is_refused(bench: Bench, make_bench: Callable[..., Bench]) -> None:
    Journal(bench.log).write(Entry(1, STREAM, version=999), (), 2)
    with pytest.raises(StateError, match="format 999"):
        make_bench(bench.log)


def test_a_failed_start_takes_its_record_back(bench: Bench, make_bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch) -> None:
    """A statement that was not acknowledged is not there after a restart."""
    bench.run(STREAM)

    def broken(_: object) -> None:
        raise ExecutionError("no room")

    monkeypatch.setattr(bench.runtime, "start", broken)
    assert bench.error(COUNTS).message == "no room"
    assert bench.relations() == {"S"}
    assert _restarted(bench, make_bench).relations() == {"S"}


LOG_READER = "CREATE STREAM faults AS SELECT level, message->type AS kind FROM KSQL_PROCESSING_LOG;"


def test_queries_over_the_processing_log_are_replayed(bench: Bench, make_bench: Callable[..., Bench]) -> None:
    """Its stream is built in and in no journal, but there before what reads it."""
    bench.run(LOG_READER)
    again = _restarted(bench, make_bench)
    assert again.database.catalog.queries == bench.database.catalog.queries
    assert set(again.runtime.tasks) == {"CSAS_FAULTS_0"}


def test_a_stream_in_the_place_of_the_processing_log_is_kept(bench: Bench, make_bench: Callable[..., Bench]) -> None:
    """Who drops the built-in stream can have the name."""
    bench.run("DROP STREAM KSQL_PROCESSING_LOG;")
    bench.run("CREATE STREAM ksql_processing_log (level INT) WITH (kafka_topic='mine', value_format='JSON', partitions=1);")
    again = _restarted(bench, make_bench)
    assert again.database.catalog.relations["KSQL_PROCESSING_LOG"].topic == "mine"
    bench = _restarted(again, make_bench)
    bench.run("CREATE STREAM levels AS SELECT level FROM KSQL_PROCESSING_LOG;")
    assert _restarted(bench, make_bench).database.catalog.relations["LEVELS"].sources == ("KSQL_PROCESSING_LOG",)
