"""The built-in Connect worker as a process of its own, started and ended with the server.

Its standard input is a pipe from this process: when that closes, however this process ends, the worker ends too.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

from millstream.config import Config
from millstream.errors import ExecutionError
from millstream.server.serve import Address, listens, reserve

#: Seconds until the worker must answer, and until it must have ended.
START_S, STOP_S = 15.0, 10.0
#: How often the worker is shown that the server lives, in seconds.
BEAT_S = 1.0


class WorkerProcess:
    """A worker that is started when it is first needed, or by ``start``. ``url`` is its REST API; ``ready`` waits until it answers.

    What it has to say goes to ``logs/connect-worker.log`` in the data directory.
    """

    def __init__(self, directory: Path, address: Address, config: Config) -> None:
        self._log = log_file(directory, "connect-worker")
        #: The port is kept, however late the worker is started: else another process might be given it meanwhile.
        address, self._held = reserve(address, "--connect-listen")
        settings = {
            "directory": str(directory),
            "host": address.host,
            "port": address.port,
            "settings": config.given(),
            "beats": bool(config.text("bootstrap.servers")),
        }
        command = [sys.executable, "-m", "millstream.server.worker_main", json.dumps(settings)]
        # A session of its own: Ctrl-C is for the server, which decides when this ends.
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        self.url = address.url
        self._address = address
        self._is_ready = False
        self._lock = threading.Lock()

    def start(self) -> None:
        """Begin to start it, without waiting."""
        with self._lock:
            self._spawn()

    @property
    def started(self) -> bool:
        """Whether anybody wanted it so far."""
        return self._process is not None

    def ready(self) -> None:
        """Wait until it answers; start it if nobody did, and again if it is gone. Raises ExecutionError when it does not come up."""
        with self._lock:
            if self._process is not None and self._process.poll() is not None:  # it was killed: its connectors go on with the next one
                if self._process.stdin is not None:
                    self._process.stdin.close()
                self._process, self._is_ready = None, False
            if not self._is_ready:
                self._await(self._address, self._spawn())
                self._is_ready = True

    def _spawn(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            with self._log.open("ab") as stderr:
                self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=stderr, stderr=stderr, start_new_session=True)
            threading.Thread(target=_beat, args=(self._process,), name="worker-beat", daemon=True).start()
        return self._process

    def close(self) -> None:
        """End it after its connectors' last commits."""
        self._end()
        self._held.close()

    def _end(self) -> None:
        process = self._process
        if process is None:
            return
        if not self._is_ready:
            process.kill()  # nothing was asked of it yet, and what it holds is safe at any instant
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _await(self, address: Address, process: subprocess.Popen[bytes]) -> None:
        pause = threading.Event()
        for _ in range(int(START_S / 0.02)):
            if listens(address):
                return
            if process.poll() is not None:
                break
            pause.wait(0.02)
        self._end()
        raise ExecutionError("The built-in Connect worker did not start.", hint=f"{self._log} says why.")


def _beat(process: subprocess.Popen[bytes]) -> None:
    """Show the worker that this process lives: on Kafka one that is paused may be replaced, and its worker with it."""
    pause = threading.Event()
    while process.poll() is None:
        try:
            assert process.stdin is not None
            process.stdin.write(b".")
            process.stdin.flush()
        except (OSError, ValueError):
            return  # the worker ended, or is told to
        pause.wait(BEAT_S)


def log_file(directory: Path, name: str) -> Path:
    """Where a process of this data directory writes what it has to say; made for the owner's eyes only."""
    folder = directory / "logs"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{name}.log"
    path.touch(mode=0o600)
    return path
