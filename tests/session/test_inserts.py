"""Rows that clients insert: encoded, partitioned, readable at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from millstream.config import Config
from millstream.errors import RequestError
from millstream.log.partitioner import Partitioner
from millstream.session.streaming import InsertStream
from tests.session.conftest import STREAM, Bench


def test_a_row_becomes_a_record_in_the_relations_formats(bench: Bench) -> None:
    """Missing columns are NULL; the answer is empty."""
    bench.run(STREAM)
    assert bench.run("INSERT INTO s VALUES ('a', 1); INSERT INTO s (v) VALUES (2);") == []
    assert bench.records("s") == [(b"a", b'{"V":1}'), (None, b'{"V":2}')]


def test_rowtime_is_the_records_time(bench: Bench) -> None:
    bench.run(STREAM + "INSERT INTO s (rowtime, k, v) VALUES (1234, 'a', 1); INSERT INTO s VALUES ('b', 2);")
    first, second = bench.log.read("s", 0, 0).timestamps
    assert first == 1234
    assert second > 1_600_000_000_000


def test_keys_go_where_kafkas_producers_put_them(bench: Bench) -> None:
    """So that records of others and ours are co-partitioned."""
    bench.run("CREATE STREAM p (k STRING KEY, v INT) WITH (kafka_topic='p', value_format='JSON', partitions=5);")
    bench.run("".join(f"INSERT INTO p VALUES ('key{i}', {i});" for i in range(20)))
    partitioner = Partitioner(5)
    for partition in range(5):
        keys = bench.log.read("p", partition, 0).keys
        assert all(key is not None and partitioner.partition(key) == partition for key in keys)


def test_records_without_key_are_spread(bench: Bench) -> None:
    bench.run("CREATE STREAM p (v INT) WITH (kafka_topic='p', value_format='JSON', partitions=2);")
    rows = InsertStream(bench.database, "p", {})
    assert rows.write([{"V": i} for i in range(10)]) == (10, None)
    assert bench.log.end_offsets("p") == [5, 5]


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("INSERT INTO nope VALUES (1);", 40000, "unknown stream/table: `NOPE`"),
        ("INSERT INTO s (z) VALUES (1);", 40001, "Column name `Z` does not exist."),
        ("INSERT INTO s (k, v) VALUES ('a', 99999999999);", 40001, "Expected type INTEGER for field `V`"),
        ("INSERT INTO t (v) VALUES (1);", 40001, "primary key column(s) K is required"),
        ("INSERT INTO t VALUES (NULL, 1);", 40000, "Failed to insert values into 'T'"),
        ("INSERT INTO src VALUES ('a', 1);", 40000, "read-only table: SRC"),
        ("INSERT INTO w VALUES ('a', 1);", 40000, "windowed stream/table"),
    ],
)
def test_rows_that_do_not_fit_are_refused(bench: Bench, text: str, code: int, message: str) -> None:
    bench.run(
        STREAM
        + "CREATE TABLE t (k STRING PRIMARY KEY, v INT) WITH (kafka_topic='t', value_format='JSON', partitions=1);"
        + "CREATE SOURCE TABLE src (k STRING PRIMARY KEY, v INT) WITH (kafka_topic='t', value_format='JSON');"
        + "CREATE TABLE w AS SELECT k, COUNT(*) AS n FROM s WINDOW TUMBLING (SIZE 1 HOUR) GROUP BY k;"
    )
    error = bench.error(text)
    assert error.code == code
    assert message in error.message
    assert bench.log.end_offsets("s") == [0]


def test_long_decimals_keep_all_their_digits(bench: Bench) -> None:
    """A literal, a negative one, and one that a sign in front of parentheses makes negative."""
    number = "1234567890123456789012345678.1234567891"
    bench.run("CREATE STREAM d (v DECIMAL(38, 10)) WITH (kafka_topic='d', value_format='JSON', partitions=1);")
    for sign in ("", "-", "-("):
        bench.run(f"INSERT INTO d VALUES ({sign}{number}{')' if '(' in sign else ''});")
    assert [value for _, value in bench.records("d")] == [f'{{"V":{s}{number}}}'.encode() for s in ("", "-", "-")]


def test_inserts_can_be_disabled(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench(config=Config({"ksql.insert.into.values.enabled": False}))
    bench.run(STREAM)
    assert "disabled" in bench.error("INSERT INTO s VALUES ('a', 1);").message


def test_own_inserts_are_remembered_as_positions(bench: Bench) -> None:
    """A pull query waits until its table has read that far."""
    bench.run(STREAM + "INSERT INTO s VALUES ('a', 1); INSERT INTO s VALUES ('b', 1);")
    assert bench.database.positions.of({"s"}) == {("s", 0): 2}
    assert bench.database.positions.of({"other"}) == {}


def test_streamed_rows_are_coerced_and_stop_at_the_first_bad_one(bench: Bench) -> None:
    """Names in any case; rows before the bad one are written."""
    bench.run(
        "CREATE STREAM a (k STRING KEY, d DECIMAL(6, 2), at TIMESTAMP, b BYTES, l ARRAY<INT>, s STRUCT<x INT>, f DOUBLE) "
        "WITH (kafka_topic='a', value_format='JSON', partitions=1);".replace(" at ", " ts ")
    )
    rows = InsertStream(bench.database, "a", {})
    good = {"k": "x", "d": 1, "TS": "2020-01-01T00:00:00", "b": "YWJj", "l": [1, None], "s": {"x": 1}, "f": 2}
    done, error = rows.write([good, {"l": "text"}, good])
    assert done == 1
    assert error is not None
    assert error.message == "Can't coerce a field of type STRING into type ARRAY<INTEGER>"
    assert bench.records("a") == [(b"x", b'{"D":1.00,"TS":1577836800000,"B":"YWJj","L":[1,null],"S":{"X":1},"F":2.0}')]


def test_streams_of_rows_need_a_target_that_takes_them(bench: Bench) -> None:
    with pytest.raises(RequestError, match="unknown stream/table: `NOPE`") as caught:
        InsertStream(bench.database, "nope", {})
    assert caught.value.code == 40001
