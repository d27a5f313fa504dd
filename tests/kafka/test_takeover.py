"""A leader with millions of keys of state is killed, with all that it had started: its standby answers and goes on within seconds."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from bench.producing import Record, produce

from millstream.config import Config
from millstream.log.kafka.open import open_kafka
from tests.kafka.broker import Broker
from tests.kafka.servers import EARLIEST, ServerProcess, ended, rows, until

KEYS = 5_000_000
#: Written in pieces, so that the standby follows a leader that works.
PIECES = 5
#: How long the standby may take from the instant that the leader is lost, in seconds.
TAKEN_OVER_IN = 15.0
DEFINE = """
CREATE STREAM views (id STRING KEY, page STRING) WITH (kafka_topic='views', value_format='json', partitions=1);
CREATE TABLE counts AS SELECT id, COUNT(*) AS n FROM views GROUP BY id EMIT CHANGES;
"""


def views(numbers: range) -> Iterator[Record]:
    """A view a key."""
    return ((b"user-%07d" % number, b'{"PAGE":"p"}', 0) for number in numbers)


def count(server: ServerProcess, number: int) -> list[list[int]]:
    """The row of a key."""
    with contextlib.closing(server.client()) as client:
        return rows(client, f"SELECT n FROM counts WHERE id = 'user-{number:07d}';")


@pytest.mark.long
def test_a_standby_takes_over_five_million_keys(tmp_path: Path) -> None:
    """The leader dies in the middle of counting the last of five million keys. Within 15 s its standby answers with what was counted
    before and writes new rows; it counts what is left, and nothing twice."""
    broker = Broker(tmp_path / "broker")
    broker.start()
    with contextlib.ExitStack() as stack:
        stack.callback(broker.kill)
        a = ServerProcess(tmp_path / "a", broker.bootstrap, "t_").running()
        stack.enter_context(ended(a))
        with contextlib.closing(a.client()) as client:
            client.statements(DEFINE, EARLIEST, {})
        b = ServerProcess(tmp_path / "b", broker.bootstrap, "t_").listening()
        stack.enter_context(ended(b))
        other = Config({"bootstrap.servers": broker.bootstrap, "service.id": "other"})
        log = stack.enter_context(open_kafka(tmp_path / "other", other))
        for piece in range(PIECES):
            first, end = KEYS * piece // PIECES, KEYS * (piece + 1) // PIECES
            produce(broker.bootstrap, "views", views(range(first, end)))
            seen = end - 1 if piece < PIECES - 1 else first
            until(lambda seen=seen: count(a, seen), lambda found: found == [[1]], 300)

        os.killpg(a.process.pid, signal.SIGKILL)
        lost, written = time.perf_counter(), log.end_offsets("COUNTS")[0]
        until(lambda: count(b, 0), lambda found: found == [[1]], 60)
        answered = time.perf_counter() - lost
        until(lambda: log.end_offsets("COUNTS")[0], lambda end: end > written, 60)
        went_on = time.perf_counter() - lost
        until(lambda: count(b, KEYS - 1), lambda found: found == [[1]], 120)
        print(f"{written:,} rows at its death. Answers after {answered:.1f} s, new rows after {went_on:.1f} s, all after", end="")
        print(f" {time.perf_counter() - lost:.1f} s.", flush=True)
        assert KEYS * (PIECES - 1) // PIECES < written < KEYS, "it died at another moment than this is about"
        for number in (1, KEYS // 2, KEYS * 9 // 10, KEYS - 2):
            assert count(b, number) == [[1]], number
        assert max(answered, went_on) <= TAKEN_OVER_IN
