"""The demo, as ``make demo`` runs it: to its end, and ended in the middle."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_S = 120.0


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """The demo in a session and a folder for temporary files of its own."""
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "demo" / "run.py")],
        cwd=tmp_path,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate()


def test_the_demo_ends_well(demo: subprocess.Popen[str], tmp_path: Path) -> None:
    """Joined rows, the change in one of them, a sink table like Postgres's own join; no password, nothing left behind."""
    said, _ = demo.communicate(timeout=PATIENCE_S)
    assert demo.returncode == 0, said
    assert "10000 rows in the sink table, 0 of them differ from Postgres's own join" in said
    assert re.search(r"User_7 .*Region_new", said)
    assert re.search(r"\d+ lines in views_by_region.txt", said)
    assert "shop-secret" not in said
    assert list(tmp_path.iterdir()) == []


def _awaited(lines: Iterable[str], pattern: str) -> re.Match[str]:
    """Reads up to a line in which something is found."""
    read: list[str] = []
    for line in lines:
        found = re.search(pattern, line)
        if found:
            return found
        read.append(line)
    raise AssertionError(f"The demo ended without {pattern!r}:\n" + "".join(read))


@pytest.mark.parametrize(
    ("after", "ending"),
    [("Postgres runs", "SIGINT"), ("SOURCE CREATED", "SIGTERM"), ("Created query", "SIGINT"), ("Created query", "SIGKILL")],
)
def test_the_demo_ended_in_the_middle_leaves_nothing_running(demo: subprocess.Popen[str], after: str, ending: str) -> None:
    """Ctrl-C says so without a traceback; neither Postgres nor Millstream outlives the demo, even one that is killed."""
    assert demo.stdout is not None
    port = _awaited(demo.stdout, r"Postgres runs on port (\d+)")[1]
    if after != "Postgres runs":
        _awaited(demo.stdout, after)
    number = signal.Signals[ending]
    os.killpg(demo.pid, number)
    said, _ = demo.communicate(timeout=PATIENCE_S)  # to the end of the output: no child holds it open
    assert "Traceback" not in said
    if ending != "SIGKILL":
        assert demo.returncode == 128 + number
        assert "Interrupted" in said
    refused = False
    for _ in range(10_000):  # a server that ends because its parent was killed takes a moment
        with socket.socket() as asking:
            refused = refused or asking.connect_ex(("127.0.0.1", int(port))) != 0
    assert refused
