"""A file that a server runs at every start: once is enough."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from millstream.session.database import Failed
from millstream.session.headless import run_script
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
