"""How long it takes until there is an answer: a first start, and a restart after ``kill -9`` with much on disk."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench import machine
from bench.data import START, load
from bench.figures import Figure, median
from bench.rig import Server, until
from millstream.log.embedded import EmbeddedLog


def start(quick: bool) -> Iterator[Figure]:
    """``millstream -e`` from process start to process end, on a fresh directory."""
    walls, cpus, again = [], [], []
    with tempfile.TemporaryDirectory(prefix="millstream-bench-") as folder:
        for number in range(3 if quick else 7):
            wall, cpu = _statement(Path(folder) / str(number))
            walls.append(wall)
            cpus.append(cpu)
            again.append(_statement(Path(folder) / str(number))[0])
    yield Figure('millstream -e "SHOW STREAMS;"', median(walls), "s", most=1)
    yield Figure('millstream -e "SHOW STREAMS;", second time', median(again), "s", most=1)
    yield Figure('millstream -e "SHOW STREAMS;", CPU time', median(cpus), "s")


def _statement(directory: Path) -> tuple[float, float]:
    command = [str(Path(sys.executable).with_name("millstream")), "--data-dir", str(directory), "-e", "SHOW STREAMS;"]
    before, begun = os.times(), time.perf_counter()
    done = subprocess.run(command, capture_output=True, check=True)
    after, wall = os.times(), time.perf_counter() - begun
    assert b"KSQL_PROCESSING_LOG" in done.stdout
    return wall, after.children_user + after.children_system - before.children_user - before.children_system


def restart(quick: bool) -> Iterator[Figure]:
    """A server with 1 GB of log and state is killed, and started again until it answers and its query runs."""
    log_mb, keys = (100, 100_000) if quick else (850, 1_000_000)
    with tempfile.TemporaryDirectory(prefix="millstream-bench-") as folder:
        directory = Path(folder) / "data"
        server = Server(directory)
        server.sql(
            "CREATE STREAM big (k STRING KEY, v STRING) WITH (kafka_topic='big', value_format='JSON', partitions=4);"
            "CREATE STREAM keyed (k STRING KEY, v STRING) WITH (kafka_topic='keyed', value_format='JSON', partitions=1);"
            "CREATE TABLE counted AS SELECT k, COUNT(*) AS n, LATEST_BY_OFFSET(v) AS v FROM keyed GROUP BY k;"
        )
        _fill(directory, log_mb, keys)
        until(lambda: _running(server, keys))
        server.kill()
        size = machine.disk(directory) / 1e6
        times = []
        for _ in range(3):
            begun = time.perf_counter()
            server = Server(directory)
            until(lambda s=server: _running(s, keys), 0.02)  # type: ignore[misc]
            times.append(time.perf_counter() - begun)
            server.kill()
    yield Figure("restart after kill -9", median(times), "s", most=2, note=f"{size:.0f} MB on disk")


def _fill(directory: Path, log_mb: int, keys: int) -> None:
    log = EmbeddedLog(directory)
    value = b'{"V":"%s"}' % (b"v" * 990)
    load(log, "big", ((b"%d" % i, value, START + i) for i in range(log_mb * 1000)), each=5000)
    load(log, "keyed", ((b"key-%09d" % i, b'{"V":"value-%d"}' % i, START + i) for i in range(keys)), partitions=1)
    log.close()


def _running(server: Server, keys: int) -> bool:
    """Whether the query runs and has read everything."""
    described = server.sql("DESCRIBE counted EXTENDED;")[0]["sourceDescription"]
    query = (described["writeQueries"] + described["readQueries"])[0]
    offsets = [o for group in described.get("queryOffsetSummaries", []) for t in group["topicSummaries"] for o in t["offsets"]]
    return query["state"] == "RUNNING" and bool(offsets) and all(o["consumerOffset"] == o["logEndOffset"] >= keys for o in offsets)
