"""Offsets that are gone do not make a query begin again in silence."""

from __future__ import annotations

import pytest

from millstream.engine.functions.registry import default_registry
from millstream.engine.local import LocalRuntime
from millstream.log.memory import MemoryLog
from millstream.session.database import Database

STREAMS = """
CREATE STREAM v (id STRING KEY, n INT) WITH (kafka_topic='v', value_format='JSON', partitions=1);
CREATE STREAM w (id STRING KEY, n INT) WITH (kafka_topic='w', value_format='JSON', partitions=1);
"""
DEFINE = STREAMS + "CREATE TABLE c AS SELECT id, COUNT(*) AS n FROM v GROUP BY id;"


def test_state_without_offsets_is_an_error_that_says_what_to_do() -> None:
    """Counting from the start would count twice; the server starts all the same, and the query says what is the matter."""
    log = MemoryLog()
    first = LocalRuntime(log, default_registry())
    database = Database(log, first, default_registry())
    database.execute(DEFINE, {"auto.offset.reset": "earliest"})
    (query,) = database.catalog.queries
    first.feed("v", b"a", b'{"N":1}', 1)
    database.close()
    log.drop_group(query)
    second = LocalRuntime(log, default_registry())
    database = Database(log, second, default_registry())
    status = second.status()[query]
    assert status.state == "ERROR"
    assert f"offsets of {query} are gone" in (status.error or "")
    assert "TERMINATE it" in (status.error or "")
    database.execute(f"TERMINATE {query}; DROP TABLE c;")
    database.execute("CREATE TABLE c AS SELECT id, COUNT(*) AS n FROM v GROUP BY id;", {"auto.offset.reset": "earliest"})
    second.run_until_idle()
    assert [status.state for status in second.status().values()] == ["RUNNING"]
    database.close()


@pytest.mark.parametrize(
    "query_of",
    [
        "CREATE TABLE c AS SELECT id, COUNT(*) AS n FROM v GROUP BY id;",
        "CREATE TABLE c AS SELECT id, COUNT(*) AS n FROM v WINDOW TUMBLING (SIZE 1 MINUTE) GROUP BY id;",
        "CREATE TABLE c AS SELECT id, COUNT(*) AS n FROM v WINDOW SESSION (1 MINUTE) GROUP BY id;",
        "CREATE STREAM c AS SELECT v.id, v.n, w.n FROM v JOIN w WITHIN 1 MINUTE GRACE PERIOD 1 MINUTE ON v.id = w.id;",
    ],
)
def test_a_query_that_never_ran_begins(query_of: str) -> None:
    """No offsets and no state of any kind: it was created, and the server was killed before it read anything."""
    log = MemoryLog()
    runtime = LocalRuntime(log, default_registry())
    database = Database(log, runtime, default_registry())
    database.execute(STREAMS + query_of, {"auto.offset.reset": "earliest"})
    (query,) = database.catalog.queries
    database.close()
    log.drop_group(query)
    runtime = LocalRuntime(log, default_registry())
    database = Database(log, runtime, default_registry())
    assert runtime.status()[query].state == "RUNNING"
    database.close()
