"""Milliseconds from an append in this process to the push query's rows in this process, by way of the engine process.

``python bench/latency_bench.py [RATE] [SECONDS]``: RATE records a second (1000), one transaction each, through a filter and a projection.
Then the share of a core that the engine takes while 20 queries have nothing to do. Both on a data directory with fsync.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time

from millstream.config import Config
from millstream.engine.functions.registry import default_registry
from millstream.engine.process import ProcessRuntime
from millstream.log.base import Batch
from millstream.log.embedded import EmbeddedLog
from millstream.plan.bind import bind_select
from millstream.plan.nodes import QueryPlan
from millstream.plan.rewrites import optimize
from millstream.runtime import Row
from millstream.session.database import Database
from millstream.session.planning import context
from millstream.session.request import Request
from millstream.session.worlds import Live
from millstream.sql import parse_one

IDLE_QUERIES, IDLE_S = 20, 5.0


def latencies(database: Database, rate: int, seconds: int) -> list[float]:
    """Milliseconds of each record, sorted."""
    plan = _plan(database, "SELECT v FROM s WHERE v >= 0 EMIT CHANGES;")
    count = rate * seconds
    sent, seen = [0] * count, [0] * count
    ready = threading.Event()

    def take(rows: list[Row]) -> bool:
        now = time.perf_counter_ns()
        for row in rows:
            if row.values[0] >= 0:
                seen[row.values[0]] = now
        if seen[-1]:
            ready.set()
        return True

    handle = database.runtime.push(plan, take, lambda _: None)
    began = time.perf_counter_ns()
    for number in range(count):
        due = began + number * 1_000_000_000 // rate
        while (left := due - time.perf_counter_ns()) > 0:
            time.sleep(left / 1e9)
        sent[number] = time.perf_counter_ns()
        with database.log.begin("bench") as transaction:
            transaction.append("s", 0, Batch([b"k"], [b'{"V":%d}' % number], [0]))
    ready.wait(30)
    handle.close()
    return sorted((b - a) / 1e6 for a, b in zip(sent, seen, strict=True))


def idle(database: Database, runtime: ProcessRuntime) -> float:
    """CPU-seconds a second of the engine process while its queries wait."""
    for number in range(IDLE_QUERIES):
        database.execute(f"CREATE STREAM idle{number} AS SELECT * FROM s;")
    assert runtime.pid is not None
    before = _cpu(runtime.pid)
    time.sleep(IDLE_S)
    return (_cpu(runtime.pid) - before) / IDLE_S


def _cpu(pid: int) -> float:
    with open(f"/proc/{pid}/schedstat", encoding="ascii") as file:
        return int(file.read().split()[0]) / 1e9


def _plan(database: Database, text: str) -> QueryPlan:
    world = Live(database, database.catalog, Request.make(database.config, {}, None))
    plan = bind_select(context(world), parse_one(text), "transient_bench")  # type: ignore[arg-type]
    assert isinstance(plan, QueryPlan)
    return optimize(plan)


def main() -> None:
    rate, seconds = (int(given) for given in (sys.argv[1:] + ["1000", "5"][len(sys.argv) - 1 :])[:2])
    with tempfile.TemporaryDirectory() as directory, EmbeddedLog(directory) as log:
        functions = default_registry()
        runtime = ProcessRuntime(log, functions, None, Config())  # type: ignore[arg-type]
        database = Database(log, runtime, functions, None, None, Config())
        database.execute("CREATE STREAM s (k STRING KEY, v INT) WITH (kafka_topic='s', value_format='JSON', partitions=1);")
        started = time.perf_counter()
        runtime.source(_plan(database, "SELECT v FROM s EMIT CHANGES;"))
        print(f"start-up of the engine process, with a first plan: {(time.perf_counter() - started) * 1000:.0f} ms")
        times = latencies(database, rate, seconds)
        p50, p99, worst = (times[min(len(times) - 1, int(len(times) * q))] for q in (0.5, 0.99, 1.0))
        print(f"append to rows at {rate}/s: p50 {p50:.2f} ms, p99 {p99:.2f} ms, worst {worst:.2f} ms ({len(times)} records)")
        print(f"{IDLE_QUERIES} idle queries: {idle(database, runtime) * 100:.2f} % of a core")
        database.close()


if __name__ == "__main__":
    main()
