"""``kill -9`` at each named point of a commit and of maintenance: nothing is lost that was committed, nothing is half there."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from millstream.log import crash
from millstream.log.embedded import EmbeddedLog
from tests.log import crash_worker
from tests.log.helpers import read_all


def killed_worker(directory: Path, point: str) -> int:
    """Run the worker until its crash point stops it; the last commit it told of."""
    environment = {**os.environ, "MILLSTREAM_CRASH_POINT": point, "PYTHONPATH": "src"}
    done = subprocess.run(
        [sys.executable, crash_worker.__file__, str(directory)], env=environment, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    return int(done.stdout.split()[-1]) if done.stdout else 0


def check(directory: Path, acknowledged: int) -> int:
    """What must be true after any crash. Returns the last commit that is there."""
    with EmbeddedLog(directory, segment_bytes=100_000) as log:
        number = int(log.get("q/s", 0, b"number") or 0)
        assert acknowledged <= number <= acknowledged + 1
        assert log.committed("q") == ({("in", 0): number} if number else {})
        if log.topic("table") is None:
            return number
        plain = read_all(log, "plain")
        assert log.end_offsets("plain") == [2 * number]
        assert [o for o, _ in plain] == list(range(log.start_offsets("plain")[0], 2 * number))
        assert all(value is not None and value.startswith(b"%d:" % (offset // 2 + 1)) for offset, (_, value, _) in plain)
        table = {record[0]: record[1] for _, record in read_all(log, "table")}
        for n in range(max(1, number - 6), number + 1):
            assert (table[b"%d" % (n % 7)] or b"").startswith(b"%d:" % n)
        known = {p.name for p in (directory / "topics").iterdir()}
        assert len(known) == len(log.topics())
        crash_worker.step(log, number + 1)
        assert log.end_offsets("plain") == [2 * number + 2]
        return number + 1


@pytest.mark.parametrize("point", crash.POINTS)
def test_killed_at_a_point(tmp_path: Path, point: str) -> None:
    """Twice on the same directory: once early, once after some work, which the second start finds and goes on with."""
    acknowledged = killed_worker(tmp_path, point)
    number = check(tmp_path, acknowledged)
    acknowledged = killed_worker(tmp_path, f"{point}:3")
    check(tmp_path, max(acknowledged, number))


@pytest.mark.long
def test_killed_at_random(tmp_path: Path) -> None:
    """A hundred times, at any of the points, on one directory."""
    number = 0
    for _ in range(100):
        acknowledged = killed_worker(tmp_path, f"{random.choice(crash.POINTS)}:{random.randint(1, 40)}")
        number = check(tmp_path, max(acknowledged, number))
