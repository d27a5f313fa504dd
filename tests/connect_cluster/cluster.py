"""The real Kafka Connect worker of a test run, distributed, beside the broker of the run: file source and sink.

``shared`` gives the one worker of a whole pytest run. A keeper process holds it and takes it away when the run's first process is gone.
``Cluster`` is one that a test starts and kills itself.
"""

from __future__ import annotations

import fcntl
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from demo.kafka.connect import Connect as Cluster
from demo.kafka.maven import jars
from demo.kafka.process import started

__all__ = ["Cluster", "shared"]


def shared(base: Path, bootstrap: str) -> str:
    """The URL of the worker of this run; the first who asks starts it. ``base``: a directory that all pytest workers share."""
    run = os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()
    found = base / f"connect-{run}"
    with open(base / f"connect-{run}.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not found.exists():
            jars("connect")
            keeper = subprocess.Popen([sys.executable, __file__, str(run), bootstrap], stdout=subprocess.PIPE, start_new_session=True)
            assert keeper.stdout is not None
            told = keeper.stdout.readline().decode().strip()
            keeper.stdout.close()
            assert told, "The keeper of Kafka Connect ended before Connect answered."
            keeper.returncode = 0  # it outlives this process's interest in it
            found.write_text(told)
    return found.read_text()


def keep(run: int, bootstrap: str) -> None:
    """Start a worker, say where, and take it away when process ``run`` has ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what it holds is taken away first
    ended = os.pidfd_open(run)
    home = Path(tempfile.mkdtemp(prefix="millstream-connect-"))
    cluster = None
    try:
        cluster = started(lambda attempt: Cluster(home / str(attempt), bootstrap))
        print(cluster.url, flush=True)
        select.select([ended], [], [])
    finally:
        if cluster is not None:
            cluster.kill()
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    keep(int(sys.argv[1]), sys.argv[2])
