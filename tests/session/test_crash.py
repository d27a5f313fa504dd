"""A process killed at any point of a definition: after a restart it is there in full or not at all, and can be made again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from millstream.session.worlds import CRASH_POINTS
from tests.session.conftest import COUNTS, STREAM

SCRIPT = Path(__file__).with_name("crash_script.py")
AGAIN = COUNTS.replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS")


def _run(directory: Path, *statements: str, crash: str = "") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "MILLSTREAM_CRASH_POINT": crash}
    command = [sys.executable, str(SCRIPT), str(directory), *statements]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("point", CRASH_POINTS)
def test_a_definition_is_there_in_full_or_not_at_all(tmp_path: Path, point: str) -> None:
    """The second definition of the process is the one that is cut short."""
    killed = _run(tmp_path, STREAM, "INSERT INTO s VALUES ('a', 1);", COUNTS, crash=f"{point}:2")
    assert killed.returncode == -9, killed.stderr
    after = _run(tmp_path)
    known = dict(line.partition(" ")[::2] for line in after.stdout.splitlines())
    assert known["relations"] in ("S", "COUNTS S"), after.stderr
    assert (known["queries"] == "CTAS_COUNTS_1") is (known["relations"] == "COUNTS S")
    done = _run(tmp_path, AGAIN)
    lines = done.stdout.splitlines()
    assert "relations COUNTS S" in lines, done.stderr
    assert 'counts {"N":1}' in lines
