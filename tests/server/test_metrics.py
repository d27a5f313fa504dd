"""/metrics: Prometheus' own parser reads it, and the numbers are those of what ran."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from millstream.config import Config
from millstream.engine.local import LocalRuntime
from millstream.log.memory import MemoryLog
from millstream.server.app import App
from millstream.server.metrics.rows import RowCounts
from millstream.server.metrics.table import METRICS
from millstream.server.metrics.text import written

EARLIEST = {"streamsProperties": {"auto.offset.reset": "earliest"}}
COUNT = """
CREATE STREAM v (id STRING KEY, n INT) WITH (kafka_topic='v', value_format='JSON', partitions=2);
CREATE TABLE c AS SELECT id, COUNT(*) AS n FROM v WINDOW TUMBLING (SIZE 10 SECONDS, GRACE PERIOD 0 SECONDS) GROUP BY id;
CREATE STREAM d AS SELECT id, 10 / n AS q FROM v;
"""
Values = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def scraped(answer: httpx.Response) -> Values:
    """Samples by name and labels."""
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    found: Values = {}
    for family in text_string_to_metric_families(answer.text):
        assert family.documentation
        for sample in family.samples:
            found[sample.name, tuple(sorted(sample.labels.items()))] = sample.value
    return found


def query(values: Values, name: str, query_id: str) -> float:
    return values[f"millstream_query_{name}", (("query", query_id),)]


def test_a_querys_numbers_are_what_it_did(rig: Any) -> None:
    """Records in, out, late and failed, lag, commits, state and restarts, by query."""
    assert rig.ksql(COUNT, **EARLIEST).status_code == 200
    count, divided = list(rig.database.catalog.queries)
    for id_, n, at in [("a", 1, 1), ("b", 0, 2), ("a", 2, 25_000), ("late", 5, 3)]:
        rig.runtime.feed("v", id_.encode(), b'{"N":%d}' % n, at, 0)
    values = scraped(rig.client.get("/metrics"))
    assert [query(values, f"records_{what}_total", count) for what in ("in", "out", "late", "failed")] == [4, 3, 1, 0]
    assert [query(values, f"records_{what}_total", divided) for what in ("in", "out", "failed")] == [4, 4, 1]
    assert query(values, "lag_records", count) == 0
    assert query(values, "commit_seconds_count", count) >= 4
    assert 0 < query(values, "commit_seconds_sum", count) < 60
    assert query(values, "state_rows", count) >= 1
    assert query(values, "restarts_total", count) == 0
    assert query(values, "up", count) == 1
    assert values["millstream_queries", (("state", "RUNNING"),)] == 2


def test_lag_and_states_are_told(rig: Any) -> None:
    """A paused query counts as up, what it has not read is its lag."""
    rig.ksql(COUNT, **EARLIEST)
    count = next(iter(rig.database.catalog.queries))
    rig.ksql(f"PAUSE {count};")
    rig.runtime.feed("v", b"a", b'{"N":1}', 1, 0)
    values = scraped(rig.client.get("/metrics"))
    assert query(values, "lag_records", count) == 1
    assert query(values, "up", count) == 1
    assert values["millstream_queries", (("state", "PAUSED"),)] == 1


def test_requests_are_counted_by_route(rig: Any) -> None:
    """Not by path, which would have no end; what has no route is one label."""
    rig.client.get("/status/stream/X/create")
    rig.client.get("/status/stream/Y/create")
    rig.client.get("/nowhere/at/all")
    values = scraped(rig.client.get("/metrics"))
    route = (("method", "GET"), ("route", "/status/{kind}/{entity}/{action}"), ("status", "404"))
    assert values["millstream_requests_total", route] == 2
    assert values["millstream_requests_total", (("method", "GET"), ("route", ""), ("status", "404"))] == 1


def test_connectors_and_their_tasks_are_counted(make_rig: Callable[..., Any]) -> None:
    """By state."""
    rig = make_rig(registry=True, worker=True)
    made = rig.ksql("CREATE SOURCE CONNECTOR d WITH ('connector.class'='Datagen', 'quickstart'='users', 'kafka.topic'='users');")
    assert made.status_code == 200, made.text
    values = scraped(rig.client.get("/metrics"))
    assert values["millstream_connect_up", ()] == 1
    assert values["millstream_connectors", (("state", "RUNNING"),)] == 1
    assert sum(v for (name, _), v in values.items() if name == "millstream_connector_tasks") == 1


def test_monitoring_needs_the_login_too(make_rig: Callable[..., Any]) -> None:
    """As any route that tells of data."""
    rig = make_rig(config=Config({"authentication.method": "BASIC", "authentication.users": "anna:pw"}))
    assert rig.client.get("/metrics").status_code == 401
    assert scraped(rig.client.get("/metrics", auth=("anna", "pw")))["millstream_ready", ()] == 1


def test_a_server_that_is_not_ready_answers() -> None:
    """It says that it is not; statements are refused."""
    from millstream.connect.transport import AsgiTransport

    app = App(None)
    transport = AsgiTransport(app)
    with httpx.Client(transport=transport, base_url="http://s") as client:
        assert scraped(client.get("/metrics"))["millstream_ready", ()] == 0
        assert client.get("/info").status_code == 503
    transport.close()
    app.close()


def test_scrapers_may_ask_for_open_metrics(rig: Any) -> None:
    """They are given the text format, which they can read as well."""
    answer = rig.client.get("/metrics", headers={"accept": "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"})
    assert scraped(answer)["millstream_ready", ()] == 1


def test_large_states_are_counted_bit_by_bit() -> None:
    """A look that is out of time tells what the last whole count found."""
    log = MemoryLog()
    with log.begin("x") as transaction:
        for store in ("q/a", "q/b", "r/a"):
            transaction.put(store, 0, [(b"%d" % i, b"v") for i in range(3)])
    counts = RowCounts(log)
    assert counts.look(0) == {}
    assert counts.look(60) == {"q": 6, "r": 3}
    with log.begin("x") as transaction:
        transaction.put("q/a", 0, [(b"new", b"v")])
    assert counts.look(0) == {"q": 6, "r": 3}
    assert counts.look(60) == {"q": 7, "r": 3}


def test_every_name_is_as_prometheus_wants_it() -> None:
    """Counters end in _total and nothing else does; names and labels are plain; labels' values are escaped."""
    for metric in METRICS:
        assert metric.name.endswith("_total") == (metric.kind == "counter"), metric.name
        assert metric.name.startswith("millstream_")
    text = written({"millstream_query_lag_records": [(('a"b\\c\nd',), 7)]})
    (family,) = text_string_to_metric_families(text)
    assert family.samples[0].labels == {"query": 'a"b\\c\nd'}
    assert family.samples[0].value == 7


def test_a_query_that_lost_its_commit_counts_a_restart() -> None:
    """What it shows as UNRESPONSIVE is a restart once, however often it is tried."""
    from millstream.engine.functions.registry import default_registry
    from millstream.log.base import TransactionLost
    from millstream.session.database import Database

    log = MemoryLog()
    runtime = LocalRuntime(log, default_registry())
    database = Database(log, runtime, default_registry())
    database.execute(COUNT, {"auto.offset.reset": "earliest"})
    task = next(iter(runtime.tasks.values()))
    task.program.log = _Losing(log, TransactionLost("lost"))  # type: ignore[assignment]
    runtime.feed("v", b"a", b'{"N":1}', 1, 0)
    task.program.log = log
    runtime.run_until_idle()
    assert task.status().metrics["restarts"] == 1
    assert task.status().state == "RUNNING"
    database.close()


class _Losing:
    """A log whose first commit is lost."""

    def __init__(self, log: MemoryLog, error: Exception) -> None:
        self._log, self._error = log, error
        self._left = 1

    def begin(self, owner: str) -> Any:
        if self._left:
            self._left -= 1
            raise self._error
        return self._log.begin(owner)
