"""A file that a server runs at every start: once is enough."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from millstream.errors import RequestError, StatementError
from millstream.session.database import Failed
from millstream.session.headless import run_script
from millstream.session.streaming import InsertStream
from tests.session.conftest import COUNTS, STREAM, Bench

SCRIPT = (
    "SET 'auto.offset.reset'='earliest'; DEFINE name='s';"
    + STREAM
    + COUNTS
    + "CREATE STREAM o (k STRING KEY, v INT) WITH (kafka_topic='o', value_format='JSON', partitions=1);"
    + "INSERT INTO o SELECT * FROM ${name}; INSERT INTO s VALUES ('a', 1);"
)


def test_a_second_start_changes_nothing(bench: Bench, make_bench: Callable[..., Bench]) -> None:
    """Definitions that are there are left alone, rows are inserted once."""
    run_script(bench.database, SCRIPT)
    queries = set(bench.runtime.tasks)
    bench.close()
    again = make_bench(bench.log)
    run_script(again.database, SCRIPT)
    assert set(again.runtime.tasks) == queries
    assert len(again.records("s")) == 1
    again.runtime.run_until_idle()
    assert again.records("COUNTS") == [(b"a", b'{"N":1}')]


def test_a_longer_file_adds_what_is_new(bench: Bench) -> None:
    run_script(bench.database, SCRIPT)
    run_script(bench.database, SCRIPT + "CREATE STREAM more AS SELECT * FROM o;")
    assert bench.relations() == {"S", "COUNTS", "O", "MORE"}


def test_the_first_fault_stops_the_file_and_says_where(bench: Bench) -> None:
    with pytest.raises(Failed, match="line 2:") as caught:
        run_script(bench.database, STREAM + "\nCREATE STREAM x AS SELECT nope FROM s;\nCREATE STREAM y AS SELECT * FROM s;")
    assert caught.value.text == "CREATE STREAM x AS SELECT nope FROM s;"
    assert bench.relations() == {"S"}


@pytest.mark.parametrize("query", ["SELECT * FROM s EMIT CHANGES;", "SELECT * FROM s;", "PRINT s FROM BEGINNING;"])
def test_a_file_of_a_server_shows_no_rows(bench: Bench, query: str) -> None:
    """There is nobody to show them to; the error says what to do instead."""
    with pytest.raises(Failed, match=r"has nobody to show them to") as caught:
        run_script(bench.database, STREAM + query)
    assert "millstream -f FILE" in str(caught.value.error.hint)
    assert bench.relations() == {"S"}


@pytest.mark.parametrize(
    "text",
    [
        "CREATE STREAM more AS SELECT * FROM o;",
        "INSERT INTO s VALUES ('b', 2);",
        "SHOW STREAMS; DROP STREAM o;",
        "TERMINATE ALL;",
        "PAUSE ALL;",
        "RESTART CONNECTOR c;",
        "ALTER SYSTEM 'auto.offset.reset'='earliest';",
    ],
)
def test_requests_to_a_server_with_a_file_change_nothing(bench: Bench, text: str) -> None:
    """What the file says is all there is; the error names the statement's kind and says where to write it instead."""
    run_script(bench.database, SCRIPT)
    before = bench.relations(), bench.records("s")
    with pytest.raises(Failed, match=r"is refused: this server runs the statements of a file \(headless\)"):
        bench.database.execute(text)
    assert (bench.relations(), bench.records("s")) == before


def test_requests_to_a_server_with_a_file_may_look(bench: Bench) -> None:
    run_script(bench.database, SCRIPT)
    bench.runtime.run_until_idle()
    looked = bench.database.execute("SET 'auto.offset.reset'='earliest'; SHOW STREAMS; DESCRIBE s; SHOW QUERIES; EXPLAIN SELECT * FROM s;")
    assert len(looked) == 4
    assert bench.database.query("SELECT * FROM counts;").batches is not None  # type: ignore[union-attr]


def test_rows_are_not_streamed_in_and_the_cluster_is_not_terminated(bench: Bench) -> None:
    run_script(bench.database, SCRIPT)
    with pytest.raises(RequestError, match="INSERT is refused"):
        InsertStream(bench.database, "S", {})
    with pytest.raises(StatementError, match="TERMINATE CLUSTER is refused"):
        bench.database.terminate([])
