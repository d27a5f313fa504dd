"""The main job over a real broker and a real Connect worker, as ``make demo-kafka`` runs it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from demo.kafka.sources import sources, with_sources

ROOT = Path(__file__).resolve().parents[2]
PIPELINE = (ROOT / "demo" / "pipeline.sql").read_text()
PATIENCE_S = 240.0


def _started(folder: Path, **more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(ROOT / "demo" / "run.py"), "kafka"],
        cwd=folder,
        env={**os.environ, "TMPDIR": str(folder), **more},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


@pytest.fixture
def demo(java: None, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """The demo in a session and a folder for temporary files of its own."""
    process = _started(tmp_path)
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate()


def _running_in(folder: Path) -> list[str]:
    """Command lines of the machine that name the folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:  # it has just ended
            continue
        if str(folder) in command:
            found.append(command)
    return found


def test_only_the_two_sources_are_otherwise() -> None:
    """Tables, streams, queries, formats and sinks are those of the same file, letter by letter."""
    others = sources()
    assert list(others) == ["my-postgres-jdbc", "pageviews-source"]
    changed = with_sources(PIPELINE, others)
    for name, statement in others.items():
        created = re.compile(rf"^CREATE EXTERNAL SOURCE {name} .*?\);$", re.MULTILINE | re.DOTALL)
        assert created.findall(changed) == [statement]
        changed = created.sub(lambda _, created=created: created.findall(PIPELINE)[0], changed)
    assert changed == PIPELINE
    with pytest.raises(ValueError, match="has no connector nowhere"):
        with_sources(PIPELINE, {"nowhere": ""})


def test_without_java_one_line_says_so(tmp_path: Path) -> None:
    process = _started(tmp_path, PATH="/nonexistent")
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert said == "The demo on Kafka needs Java 17 and Maven: java and mvn not found. `make demo` needs neither.\n"


@pytest.mark.long
def test_the_demo_on_kafka_ends_well(demo: subprocess.Popen[str], tmp_path: Path) -> None:
    """Debezium's source and sink around the same statements; no password in the output, nothing left behind."""
    said, _ = demo.communicate(timeout=PATIENCE_S)
    assert demo.returncode == 0, said
    assert "io.debezium.connector.postgresql.PostgresConnector" in said
    assert "10000 rows in the sink table, 0 of them differ from Postgres's own join" in said
    assert re.search(r"User_7 .*Region_new", said)
    assert "shop-secret" not in said
    assert list(tmp_path.iterdir()) == []
    assert _running_in(tmp_path) == []


@pytest.mark.long
@pytest.mark.parametrize(
    ("after", "ending"), [("Connect worker runs", "SIGINT"), ("Created query", "SIGTERM"), ("Created query", "SIGKILL")]
)
def test_ended_in_the_middle_it_leaves_nothing_running(demo: subprocess.Popen[str], tmp_path: Path, after: str, ending: str) -> None:
    """Neither broker nor Connect outlives the demo, even one that is killed."""
    assert demo.stdout is not None
    next(line for line in demo.stdout if after in line)
    number = signal.Signals[ending]
    os.kill(demo.pid, number)
    said, _ = demo.communicate(timeout=PATIENCE_S)  # to the end of the output: no child holds it open
    assert "Traceback" not in said
    assert demo.returncode == (-number if ending == "SIGKILL" else 128 + number)
    left = _running_in(tmp_path)
    for _ in range(10_000):  # what ends because its parent was killed takes a moment
        if not left:
            break
        left = _running_in(tmp_path)
    assert left == []
