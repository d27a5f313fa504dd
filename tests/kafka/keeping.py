"""One Java program for a whole pytest run, whatever the number of xdist workers.

A keeper process holds it. It takes the program and its directory away when the run's first process is gone, however that ended.
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
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from demo.kafka.process import Program, started

P = TypeVar("P", bound=Program)


def shared(base: Path, name: str, keeper: str, prepare: Callable[[], object], *arguments: str) -> str:
    """What the keeper of this run told; the first who asks starts it, after ``prepare``.

    ``base``: a directory that all workers share. ``keeper``: a Python file that calls ``keep`` with the number that is its first argument.
    """
    run = os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()
    found = base / f"{name}-{run}"
    with open(base / f"{name}-{run}.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not found.exists():
            prepare()
            process = subprocess.Popen([sys.executable, keeper, str(run), *arguments], stdout=subprocess.PIPE, start_new_session=True)
            assert process.stdout is not None
            told = process.stdout.readline().decode().strip()
            process.stdout.close()
            assert told, f"The keeper of {name} ended before it answered."
            process.returncode = 0  # it outlives this process's interest in it
            found.write_text(told)
    return found.read_text()


def keep(run: int, name: str, make: Callable[[Path], P], tell: Callable[[P], str]) -> None:
    """Start a program, tell about it in a line, and take it away when process ``run`` has ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what it holds is taken away first
    ended = os.pidfd_open(run)
    home = Path(tempfile.mkdtemp(prefix=f"millstream-{name}-"))
    program = None
    try:
        program = started(lambda attempt: make(home / str(attempt)))
        print(tell(program), flush=True)
        select.select([ended], [], [])
    finally:
        if program is not None:
            program.kill()
        shutil.rmtree(home, ignore_errors=True)
