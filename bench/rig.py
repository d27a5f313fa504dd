"""Where jobs run: a database with its engine in this process, or a server as a person starts it, in processes of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import machine
from millstream.config import Config
from millstream.engine.functions.registry import default_registry
from millstream.engine.local import LocalRuntime
from millstream.formats.registry.cached import CachedRegistry
from millstream.formats.registry.store import SchemaStore
from millstream.log.embedded import EmbeddedLog
from millstream.session.database import Database

EARLIEST = {"auto.offset.reset": "earliest"}
#: Seconds that anything may take.
PATIENCE = 600.0


class Embedded:
    """Log on disk, engine and database of this process. Queries start at the beginning of their topics."""

    def __init__(self, directory: str) -> None:
        self.log = EmbeddedLog(directory)
        functions, registry = default_registry(), CachedRegistry(SchemaStore(self.log))
        self.runtime = LocalRuntime(self.log, functions, registry)
        self.database = Database(self.log, self.runtime, functions, registry, None, Config())

    def sql(self, text: str) -> None:
        self.database.execute(text, EARLIEST)

    def run(self) -> float:
        """Run every query until it has read everything; CPU seconds of this process."""
        started = time.process_time()
        self.runtime.run_until_idle()
        used = time.process_time() - started
        for query_id, status in self.runtime.status().items():
            assert status.error is None, f"{query_id}: {status.error}"
        return used

    def cost(self, statement: str, sink: str) -> float:
        """CPU seconds in which a CREATE .. AS reads all there is. It is dropped again."""
        self.sql(statement)
        used = self.run()
        kind = "TABLE" if statement.lstrip().upper().startswith("CREATE TABLE") else "STREAM"
        self.sql(f"DROP {kind} {sink} DELETE TOPIC;")
        return used


@contextmanager
def embedded() -> Iterator[Embedded]:
    """A database over an empty directory."""
    with tempfile.TemporaryDirectory(prefix="millstream-bench-") as directory:
        rig = Embedded(directory)
        try:
            yield rig
        finally:
            rig.database.close()
            rig.log.close()


class Server:
    """``millstream server`` on a data directory and free ports."""

    def __init__(self, directory: Path, config: Path | None = None, environment: Mapping[str, str] | None = None) -> None:
        """``config``: a file of settings. ``environment``: variables besides those of this process."""
        self.directory = directory
        command = [sys.executable, "-m", "millstream", "server", "--listen", "127.0.0.1:0", "--connect-listen", "127.0.0.1:0"]
        command += ["--config", str(config)] if config is not None else []
        env = {**os.environ, **(environment or {})}
        self.process = subprocess.Popen([*command, "--data-dir", str(directory)], stderr=subprocess.PIPE, text=True, env=env)
        assert self.process.stderr is not None
        line = self.process.stderr.readline()
        self.url = line.split()[-1] if line else ""
        if not self.url.startswith("http"):
            self.kill()  # what it started may hold the pipe: the rest is not waited for
            raise RuntimeError(f"The server did not start: {line}")
        self.host, self.port = "127.0.0.1", int(self.url.rsplit(":", 1)[1])

    @property
    def pid(self) -> int:
        return self.process.pid

    def sql(self, text: str) -> list[dict[str, Any]]:
        body = json.dumps({"ksql": text, "streamsProperties": EARLIEST}).encode()
        request = urllib.request.Request(f"{self.url}/ksql", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=120) as answer:
            return list(json.load(answer))

    def cpu(self) -> float:
        return machine.cpu(self.pid)

    def kill(self) -> None:
        """As a crash."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self.process.stderr is not None:
            self.process.stderr.close()


@contextmanager
def server(directory: Path | None = None) -> Iterator[Server]:
    """A server, on an empty directory unless one is given."""
    with tempfile.TemporaryDirectory(prefix="millstream-bench-") as fresh:
        found = Server(directory or Path(fresh) / "data")
        try:
            yield found
        finally:
            found.close()


def until(condition: Callable[[], bool], every_s: float = 0.2, patience_s: float = PATIENCE) -> float:
    """Wait; seconds it took. Raises TimeoutError."""
    begun = time.perf_counter()
    while not condition():
        if time.perf_counter() - begun > patience_s:
            raise TimeoutError(f"It did not happen within {patience_s:.0f} s.")
        time.sleep(every_s)
    return time.perf_counter() - begun
