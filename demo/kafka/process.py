"""A Java program in a process group of its own, with a directory and a log. It ends when what started it ends, however that happens."""

from __future__ import annotations

import ctypes
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

#: Longest start, in seconds.
PATIENCE_S = 90.0
#: Options of every JVM here.
QUIET = ("-Xshare:auto", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dlog4j2.level=WARN")
#: Of those that are small and start often.
SMALL = ("-XX:+UseSerialGC", *QUIET)
_PR_SET_PDEATHSIG = 1
P = TypeVar("P", bound="Program")


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody uses, below those that the system gives to clients: they are still free after a restart."""
    found: list[int] = []
    while len(found) < count:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        found.append(port)
    return found


class Program:
    """What runs in ``directory`` as ``command``; ``ready`` says whether it answers. ``name`` is for people."""

    def __init__(self, name: str, directory: Path) -> None:
        self.directory, self._name = directory, name
        self._process: subprocess.Popen[bytes] | None = None
        directory.mkdir(parents=True, exist_ok=True)

    def command(self) -> Sequence[str]:
        """What is started: asked for at each start."""
        raise NotImplementedError

    def ready(self) -> bool:
        """Whether it answers."""
        raise NotImplementedError

    def start(self) -> None:
        """Start it and return when it answers. RuntimeError with the end of its log: it died, or never did."""
        with open(self._log, "ab") as out:
            self._process = subprocess.Popen(
                list(self.command()),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd=self.directory,
                start_new_session=True,
                preexec_fn=dies_with_its_parent(),
            )
        deadline = time.monotonic() + PATIENCE_S
        while not self.ready():
            died = self._process.poll() is not None
            if died or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"{self._name} {'died' if died else 'does not answer'}:\n{self.log()}")
            time.sleep(0.05)

    def kill(self) -> None:
        """``kill -9``; what it has written is in the page cache, and there when it is started again."""
        if self._process is not None:
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self._process.wait()
            self._process = None

    @property
    def _log(self) -> Path:
        return self.directory / f"{self._name.lower().replace(' ', '-')}.log"

    def log(self) -> str:
        """The end of what it said."""
        return self._log.read_text(errors="replace")[-3000:]


def started(make: Callable[[int], P], attempts: int = 3) -> P:
    """What ``make`` makes, started; made again where it did not come up, as when somebody took a port in between. It is given the
    number of the attempt, for a directory of its own."""
    for attempt in range(attempts - 1):
        program = make(attempt)
        try:
            program.start()
        except RuntimeError:
            continue
        return program
    last = make(attempts - 1)
    last.start()
    return last


def dies_with_its_parent() -> Callable[[], object]:
    """To be run in a child before its program: it is killed when the thread that started it is gone."""
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
