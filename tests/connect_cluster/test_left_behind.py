"""The Connect worker of a run ends with the run, however that ends: no process and no directory stays."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RUN = """
import sys
from pathlib import Path
from tests.connect_cluster import cluster
print(cluster.shared(Path(sys.argv[1]), sys.argv[2]), flush=True)
sys.stdin.read()
"""


def _keepers(run: int) -> list[int]:
    """Keepers of a run, and what they keep."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
            children = (process / "task" / process.name / "children").read_text().split()
        except OSError:  # it has just ended
            continue
        if str(run).encode() in words and any(word.endswith(b"cluster.py") for word in words):
            found += [int(process.name), *map(int, children)]
    return found


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["SIGKILL", "SIGTERM", "keeper"])
def test_nothing_outlives_a_run(java: None, bootstrap: str, tmp_path: Path, ending: str) -> None:
    """The run is killed, or told to end, or its keeper is killed first."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTEST_XDIST_WORKER"} | {"TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", RUN, str(tmp_path), bootstrap]
    run = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, cwd=ROOT, text=True)
    assert run.stdout is not None
    assert run.stdin is not None
    assert run.stdout.readline().startswith("http://127.0.0.1:")
    keeper, java_process = _keepers(run.pid)
    ended = [os.pidfd_open(pid) for pid in (keeper, java_process)]
    try:
        if ending == "keeper":
            os.kill(keeper, signal.SIGKILL)
        run.send_signal(signal.SIGTERM if ending == "SIGTERM" else signal.SIGKILL)
        run.communicate()
        for one in ended:
            assert select.select([one], [], [], 30)[0], "a process is left behind"
    finally:
        for one in ended:
            os.close(one)
    if ending != "keeper":
        assert not list(tmp_path.glob("millstream-connect-*"))
