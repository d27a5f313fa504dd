"""The definitions are in the journal topic: a new server of the service, whose directory is empty, knows all that was defined."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from millstream.sql import split
from tests.kafka import crash_worker

EARLIEST = {"auto.offset.reset": "earliest"}
STATEMENTS = """
CREATE TYPE point AS STRUCT<x INT, y INT>;
CREATE STREAM s (k STRING KEY, v INT, p point) WITH (kafka_topic='s', value_format='json', partitions=1);
CREATE STREAM gone (v INT) WITH (kafka_topic='gone', value_format='json', partitions=1);
CREATE STREAM mapped AS SELECT k, v FROM s;
CREATE OR REPLACE STREAM mapped AS SELECT k, v FROM s WHERE v > 1;
CREATE TABLE counted AS SELECT k, COUNT(*) AS n FROM s GROUP BY k;
CREATE TABLE dropped AS SELECT k, SUM(v) AS n FROM s GROUP BY k;
CREATE STREAM wide (k STRING KEY, a INT) WITH (kafka_topic='s', value_format='json');
ALTER STREAM wide ADD COLUMN b INT;
DROP TABLE dropped;
DROP STREAM gone DELETE TOPIC;
"""


def test_a_new_server_knows_what_was_defined_replaced_altered_dropped_and_paused(opened: Callable[..., Any]) -> None:
    """Relations, types and queries are the same, a paused query stays paused, and new ids go on from the old."""
    log = opened("one")
    first, runtime = crash_worker.opened(log)
    for text, _ in split(STATEMENTS):
        first.execute(text, EARLIEST, {})
    paused = next(query for query in first.catalog.queries if "COUNTED" in query)
    first.execute(f"PAUSE {paused};", EARLIEST, {})
    first.execute("INSERT INTO s (k, v) VALUES ('a', 1); INSERT INTO s (k, v) VALUES ('a', 2);", EARLIEST, {})
    runtime.run_until_idle()
    log.close()

    second, again = crash_worker.opened(opened("two"))
    assert second.catalog.relations == first.catalog.relations
    assert second.catalog.types == first.catalog.types
    assert second.catalog.queries == first.catalog.queries
    assert [column.name for column in second.catalog.relations["WIDE"].schema] == ["K", "A", "B"]
    assert not {"GONE", "DROPPED"} & set(second.catalog.relations)
    again.run_until_idle()
    assert {query: status.state for query, status in again.status().items() if status.state != "RUNNING"} == {paused: "PAUSED"}
    second.execute(f"RESUME {paused}; CREATE STREAM later AS SELECT k, v FROM s;", EARLIEST, {})
    again.run_until_idle()
    assert set(second.catalog.queries) > set(first.catalog.queries)
    assert all(status.error is None and status.lag == 0 for status in again.status().values())
