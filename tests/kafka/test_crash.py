"""``kill -9`` at each named point of a commit on Kafka: afterwards the output is that of an undisturbed run, no record more or less."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from millstream.log.base import Batch
from millstream.log.kafka.writer import POINTS
from tests.kafka import crash_worker
from tests.log.helpers import read_all

ROOT = Path(__file__).resolve().parents[2]
PROPERTIES = {"auto.offset.reset": "earliest"}
STATEMENTS = """
CREATE TABLE users (id STRING PRIMARY KEY, region STRING) WITH (kafka_topic='users', value_format='json', partitions=1);
CREATE STREAM views (id STRING KEY, page STRING) WITH (kafka_topic='views', value_format='json', partitions=1);
CREATE STREAM joined AS SELECT v.id, v.page, u.region FROM views v JOIN users u ON v.id = u.id EMIT CHANGES;
CREATE TABLE counted AS SELECT region, COUNT(*) AS n FROM joined GROUP BY region EMIT CHANGES;
"""
USERS, ROUND = 50, 10_000


def prepared(log: Any) -> None:
    """Definitions and users."""
    database, _ = crash_worker.opened(log)
    for statement in STATEMENTS.strip().split("\n"):
        database.execute(statement, PROPERTIES, {})
    with log.begin("loader") as transaction:
        users: list[bytes | None] = [b"u%d" % n for n in range(USERS)]
        transaction.append("users", 0, Batch(users, [b'{"REGION":"r%d"}' % (n % 5) for n in range(USERS)], [1000] * USERS))


def load(log: Any, first: int) -> int:
    """More page views for the queries to read; the number of the next."""
    numbers = range(first, first + ROUND)
    keys: list[bytes | None] = [b"u%d" % (n % (USERS + 5)) for n in numbers]
    values: list[bytes | None] = [b'{"PAGE":"p%d"}' % n for n in numbers]
    with log.begin("loader") as transaction:
        transaction.append("views", 0, Batch(keys, values, [2000 + n for n in numbers]))
    return numbers.stop


def work(bootstrap: str, service: str, directory: Path, point: str = "") -> int:
    """Run the worker; how it ended."""
    environment = {**os.environ, "MILLSTREAM_CRASH_POINT": point, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    command = [sys.executable, crash_worker.__file__, bootstrap, service, str(directory), f"{service}."]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode


def output(log: Any) -> tuple[list[Any], list[Any]]:
    """What a read_committed consumer sees of both queries."""
    return [r for _, r in read_all(log, "JOINED")], [r for _, r in read_all(log, "COUNTED")]


@pytest.mark.slow
def test_killed_at_each_point_gives_the_output_of_an_undisturbed_run(
    opened: Callable[..., Any], bootstrap: str, service: str, tmp_path: Path
) -> None:
    """Every point once, in the middle of the work; every other time the directory is lost as well."""
    log = opened("tests")
    prepared(log)
    state = tmp_path / "state"
    views = 0
    for number, point in enumerate(("task.commit", *POINTS, "task.committed")):
        views = load(log, views)
        assert work(bootstrap, service, state, f"{point}:2") == -signal.SIGKILL, f"{point} was not passed twice"
        if number % 2:
            shutil.rmtree(state)
    assert work(bootstrap, service, state) == 0
    joined, counted = output(log)
    known = [n for n in range(views) if n % (USERS + 5) < USERS]
    assert [value for _, value, _ in joined] == [b'{"PAGE":"p%d","REGION":"r%d"}' % (n, n % (USERS + 5) % 5) for n in known]
    totals = dict.fromkeys((b"r%d" % r for r in range(5)), 0)
    expected = []
    for n in known:
        region = b"r%d" % (n % (USERS + 5) % 5)
        totals[region] += 1
        expected.append((region, b'{"N":%d}' % totals[region], 2000 + n))
    assert {key: value for key, value, _ in counted} == {key: value for key, value, _ in expected}
    assert counted == expected
