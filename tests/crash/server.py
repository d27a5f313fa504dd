"""A whole server in processes of its own (server, engine, Connect worker), to be killed at any instant."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx

#: Seconds for anything to happen.
PATIENCE_S = 30.0


class Died(Exception):
    """One of the server's processes is gone."""


class Server:
    """``crash`` arms a point in each of the processes: ``name`` or ``name:nth``. ``more``: further arguments of the command."""

    def __init__(self, data: Path, crash: str = "", *more: str) -> None:
        command = [sys.executable, "-m", "millstream", "server", "--data-dir", str(data)]
        command += ["--listen", "127.0.0.1:0", "--connect-listen", "127.0.0.1:0", *more]
        environment = {**os.environ, "MILLSTREAM_CRASH_POINT": crash}
        self._process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
        self._known: set[int] = {self._process.pid}
        assert self._process.stderr is not None
        self._said: deque[str] = deque(maxlen=200)
        for line in self._process.stderr:
            self._said.append(line)
            if "listens at" in line:
                self._http = httpx.Client(base_url=line.split()[-1], timeout=PATIENCE_S, trust_env=False)
                # Read on: a server whose warnings nobody takes would stand still once the pipe is full.
                self._reading = threading.Thread(target=self._said.extend, args=(self._process.stderr,), daemon=True)
                self._reading.start()
                return
        self.kill()
        if crash:
            raise Died
        raise AssertionError(self.said())

    def said(self) -> str:
        """The last lines of what it wrote for people."""
        return "".join(self._said.copy())

    def run(self, statement: str) -> Any:
        """The answer's entities. Died where nobody answers any more."""
        body = {"ksql": statement, "streamsProperties": {"auto.offset.reset": "earliest"}}
        try:
            answer = self._http.post("/ksql", json=body)
        except httpx.TransportError as failure:
            raise Died from failure
        if answer.status_code != 200:
            self.alive()
            # What went away under the request makes it fail before the process is seen to be gone.
            if any(word in answer.text for word in ("engine process", "Could not connect to Kafka Connect", "did not answer")):
                raise Died(answer.text)
            raise AssertionError(f"{statement}\n{answer.text}")
        return answer.json()

    def until(self, done: Callable[[], bool], what: str) -> None:
        """Wait for what other processes do. Died where one of them is gone."""
        end = time.monotonic() + PATIENCE_S
        while not done():
            self.alive()
            assert time.monotonic() < end, f"{what} did not happen within {PATIENCE_S} s"
            time.sleep(0.02)

    def alive(self) -> None:
        """Raises Died where a process of the tree has ended."""
        self._known |= set(_tree(self._process.pid))
        if any(_state(pid) in ("Z", "") for pid in self._known):
            raise Died

    def strike(self) -> None:
        """SIGKILL to all at once. From any thread."""
        for pid in self._known | set(_tree(self._process.pid)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def strike_only(self, name: str) -> None:
        """SIGKILL to the processes of the tree whose command line has ``name`` in it."""
        for pid in _tree(self._process.pid)[1:]:
            with suppress(OSError):
                if name.encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                    os.kill(pid, signal.SIGKILL)

    def kill(self) -> None:
        """``strike``, and see that nothing is left."""
        self._known |= set(_tree(self._process.pid))
        self.strike()
        self._gone()

    def stop(self) -> None:
        """An orderly end."""
        self._known |= set(_tree(self._process.pid))
        self._process.terminate()
        self._gone()
        assert self._process.returncode == 0

    def _gone(self) -> None:
        self._process.wait()
        end = time.monotonic() + PATIENCE_S
        while any(_state(pid) not in ("Z", "") for pid in self._known):  # an orphan has nobody else who waits for it
            assert time.monotonic() < end, "processes are left over"
            time.sleep(0.01)
        if hasattr(self, "_http"):
            self._http.close()
            self._reading.join(PATIENCE_S)  # what it reads ends with the last process that writes there
        if self._process.stderr is not None:
            self._process.stderr.close()


def _tree(pid: int) -> list[int]:
    """A process and all below it."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        threads = [c for t in os.listdir(f"/proc/{pid}/task") for c in Path(f"/proc/{pid}/task/{t}/children").read_text().split()]
    except OSError:
        return []
    return [pid, *(p for child in {*children, *threads} for p in _tree(int(child)))]


def _state(pid: int) -> str:
    """``R``, ``S``, ``Z``... or nothing where there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][:1]
    except OSError:
        return ""
