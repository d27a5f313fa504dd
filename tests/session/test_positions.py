"""Reading one's own INSERTs: a pull query knows how far its table must have read, also through other queries."""

from __future__ import annotations

from collections.abc import Callable

from millstream.config import Config
from millstream.session.positions import awaited
from tests.session.conftest import STREAM, Bench

CHAIN = STREAM + "CREATE STREAM mid AS SELECT * FROM s; CREATE TABLE t AS SELECT k, COUNT(*) AS n FROM mid GROUP BY k;"
EARLIEST = {"auto.offset.reset": "earliest"}


def test_nothing_is_awaited_without_inserts(bench: Bench) -> None:
    bench.run(CHAIN, properties=EARLIEST)
    assert awaited(bench.database, "CTAS_T_3") == {}


def test_inserts_into_a_querys_source_are_awaited(bench: Bench) -> None:
    bench.run(CHAIN + "INSERT INTO mid VALUES ('a', 1);", properties=EARLIEST)
    assert awaited(bench.database, "CTAS_T_3") == {("MID", 0): 1}


def test_inserts_upstream_are_awaited_through_the_query_between(bench: Bench) -> None:
    bench.run(CHAIN + "INSERT INTO s VALUES ('a', 1); INSERT INTO s VALUES ('b', 1);", properties=EARLIEST)
    bench.runtime.run_until_idle()
    assert awaited(bench.database, "CTAS_T_3") == {("MID", 0): 2}


def test_waiting_has_an_end(make_bench: Callable[..., Bench]) -> None:
    """A query between that does not go on is not waited for longer than pull.wait.ms."""
    bench = make_bench(config=Config({"pull.wait.ms": 1}))
    bench.run(CHAIN + "INSERT INTO s VALUES ('a', 1);", properties=EARLIEST)
    assert awaited(bench.database, "CTAS_T_3") == {("MID", 0): 0}
