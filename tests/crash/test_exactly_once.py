"""``kill -9``: at each named point of the protocols, and at random. What came out is what comes out of an undisturbed run: nothing lost,
nothing twice, in the same order."""

from __future__ import annotations

import random
import threading
from pathlib import Path

import msgspec
import pytest

from millstream.log.embedded import EmbeddedLog
from tests.crash.pipeline import Pipeline, expected_counts, expected_joined, rows_of, views
from tests.crash.server import Died, Server

#: Every point that the run passes, with the pass at which it stops. Those of retention and compaction are stopped in tests/log.
POINTS = [
    "commit.begin:40", "commit.segment-half-written", "commit.segment-half-written:2", "commit.segment-written", "commit.segment-written:2",
    "commit.before-publish:35", "commit.before-publish:55", "commit.published:45", "commit.published:60", "safe-point.captured:4",
    "safe-point.synced:5", "safe-point.saved:6", "topic.created:4", "topic.deleted", "store.dropped", "task.commit:12", "task.commit:35",
    "task.committed:17", "task.committed:40", "source.before-commit:15", "source.after-commit:25", "sink.before-put:20",
    "sink.after-put:20",
    "sink.after-put:35", "sink.after-commit:20", "worker.config.before:3", "worker.config.after:4", "journal.begin:3", "journal.written:4",
    "journal.carried-out:5",
]  # fmt: skip
SHORT = ["commit.segment-half-written:2", "task.commit:12", "sink.after-put:20", "source.before-commit:15", "journal.written:4"]
#: Seconds in which a run is killed at random: about as long as it takes.
SPAN_S = 6.0


def run(folder: Path, crash: str = "", kills: int = 0, seed: int = 0) -> tuple[Pipeline, int]:
    """The whole run, restarted after each death; how often it died."""
    pipeline, dice, deaths = Pipeline(folder), random.Random(seed), 0
    steps, server = pipeline.steps(), None
    while steps or server is not None:
        timer = threading.Timer(0, lambda: None)
        try:
            server = Server(pipeline.data, "" if deaths else crash)
            if deaths < kills:
                timer = threading.Timer(dice.uniform(0.0, SPAN_S), server.strike)
                timer.start()
            while steps:
                steps[0](server)
                steps.pop(0)
            timer.cancel()
            server.stop()
            server = None
        except Died:
            deaths += 1
            if server is not None:
                server.kill()
                server = None
        except BaseException:
            if server is not None:
                server.kill()
            raise
        finally:
            timer.cancel()
            if timer.ident is not None:
                timer.join()
    return pipeline, deaths


def check(pipeline: Pipeline) -> None:
    """Topics and sinks against the model."""
    joined, counts = expected_joined(), expected_counts()
    log = EmbeddedLog(pipeline.data)
    try:
        assert _values(log, "views") == list(views())
        assert _values(log, "JOINED") == joined
        assert _values(log, "COUNTED") == counts
    finally:
        log.close()
    assert rows_of(pipeline.joined) == joined
    assert rows_of(pipeline.counted) == counts
    assert pipeline.sink_rows() == joined


def _values(log: EmbeddedLog, topic: str) -> list[object]:
    """All values of a topic; registered ones have five bytes in front."""
    found, position = [], 0
    while len(batch := log.read(topic, 0, position, 1 << 20)):
        found += [msgspec.json.decode(v[5:] if v[:1] == b"\0" else v) for v in batch.values if v is not None]
        position = batch.next_offset
    return found


def test_an_undisturbed_run_is_what_the_model_says(tmp_path: Path) -> None:
    pipeline, deaths = run(tmp_path)
    assert deaths == 0
    check(pipeline)


@pytest.mark.slow
@pytest.mark.parametrize("point", SHORT)
def test_stopped_at_a_point(tmp_path: Path, point: str) -> None:
    pipeline, deaths = run(tmp_path, point)
    assert deaths == 1
    check(pipeline)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [7])
def test_killed_at_random(tmp_path: Path, seed: int) -> None:
    pipeline, _ = run(tmp_path, kills=3, seed=seed)
    check(pipeline)


@pytest.mark.long
@pytest.mark.parametrize("point", POINTS)
def test_stopped_at_every_point(tmp_path: Path, point: str) -> None:
    pipeline, deaths = run(tmp_path, point)
    assert deaths == 1
    check(pipeline)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 125))
def test_killed_at_random_often(tmp_path: Path, seed: int) -> None:
    """50 kills in all."""
    pipeline, _ = run(tmp_path, kills=2, seed=seed)
    check(pipeline)
