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
from millstream.server.serve import Address

#: Seconds until the worker must answer, and until it must have ended.
START_S, STOP_S = 15.0, 10.0


class WorkerProcess:
    """A running worker. ``url`` is its REST API."""

    def __init__(self, directory: Path, address: Address, config: Config) -> None:
        settings = {"directory": str(directory), "host": address.host, "port": address.port, "fsync": config.flag("log.fsync")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "millstream.server.worker_main", json.dumps(settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.url = self._address()

    def close(self) -> None:
        """End it after its connectors' last commits."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _address(self) -> str:
        """What the worker says of itself once it listens. Raises ExecutionError when it does not."""
        said: list[str] = []
        reader = threading.Thread(target=lambda: said.append(self._process.stdout.readline() if self._process.stdout else ""), daemon=True)
        reader.start()
        reader.join(START_S)
        url = said[0].strip() if said else ""
        if not url.startswith("http"):
            self.close()
            raise ExecutionError("The built-in Connect worker did not start.", hint="What it wrote to stderr says why.")
        return url
