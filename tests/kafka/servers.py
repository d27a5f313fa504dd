"""Servers as a person starts them, in processes of their own, that tests stop, pause and kill."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import httpx

from millstream.console.client import Client
from millstream.errors import MillstreamError

T = TypeVar("T")
EARLIEST = {"auto.offset.reset": "earliest"}
ROOT = Path(__file__).resolve().parents[2]


class ServerProcess:
    """``millstream server`` on a broker, with a data directory of its own."""

    def __init__(
        self, directory: Path, bootstrap: str, service: str, environment: dict[str, str] | None = None, settings: str = ""
    ) -> None:
        """``settings``: more lines of its configuration."""
        directory.mkdir(parents=True, exist_ok=True)
        config = directory / "server.properties"
        config.write_text(f"bootstrap.servers={bootstrap}\nservice.id={service}\n{settings}")
        command = [sys.executable, "-m", "millstream", "server", "--listen", "127.0.0.1:0", "--connect-listen", "127.0.0.1:0"]
        paths = {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
        self._said = directory / "stderr"
        self._before = self._said.stat().st_size if self._said.exists() else 0
        with self._said.open("ab") as stderr:
            self.process = subprocess.Popen(
                [*command, "--config", str(config), "--data-dir", str(directory / "data")],
                stdin=subprocess.DEVNULL,
                stderr=stderr,
                env={**os.environ, **paths, **(environment or {})},
                start_new_session=True,
            )
        self.url = ""

    @property
    def said(self) -> str:
        """What it wrote to stderr."""
        return self._said.read_bytes()[self._before :].decode(errors="replace")

    def listening(self) -> ServerProcess:
        """Once it says where it listens."""

        def look() -> str:
            assert self.process.poll() is None, self.said
            lines = [line for line in self.said.splitlines() if line.startswith("Millstream listens at ")]
            return lines[-1].split()[-1]

        self.url = until(look, bool, 60)
        return self

    def running(self, seconds: float = 60) -> ServerProcess:
        """Once it leads and answers."""
        self.listening()
        until(lambda: self.info()["serverStatus"], lambda state: state == "RUNNING", seconds)
        return self

    def engine(self) -> int | None:
        """Its engine process."""
        return self.child("millstream.engine.process")

    def child(self, module: str) -> int | None:
        """The process it has started that runs a module."""
        children = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        pids = [int(pid) for file in children for pid in file.read_text().split()]
        return next((pid for pid in pids if module.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()), None)

    def stop(self) -> None:
        """Tell it to end, and wait until it has."""
        self.process.terminate()
        self.process.wait(60)

    def client(self) -> Client:
        return Client(self.url)

    def info(self) -> dict[str, Any]:
        """What /info tells."""
        return dict(httpx.get(f"{self.url}/info", timeout=10).json()["KsqlServerInfo"])

    def kill(self, number: int = signal.SIGKILL) -> None:
        self.process.send_signal(number)
        if number in (signal.SIGKILL, signal.SIGTERM):
            self.process.wait(30)

    def close(self) -> None:
        """Whatever state it is in."""
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def until(look: Callable[[], T], good: Callable[[T], bool], seconds: float) -> T:
    """What ``look`` gives once it is good; failures on the way do not count. Raises AssertionError when that takes too long."""
    deadline = time.monotonic() + seconds
    while True:
        last: Any = None
        try:
            last = look()
            if good(last):
                return last  # type: ignore[no-any-return]
        except (MillstreamError, httpx.HTTPError, IndexError, KeyError, FileNotFoundError) as failure:
            last = failure
        assert time.monotonic() < deadline, f"after {seconds:.0f} s: {last!r}"
        time.sleep(0.05)


def rows(client: Client, text: str) -> list[list[Any]]:
    """The rows of a query that ends."""
    return [piece["row"]["columns"] for piece in client.query(text, EARLIEST, {}) if "row" in piece]


def counted(server: ServerProcess) -> list[list[Any]]:
    """The row of 'a' in the table ``counts`` that these tests define."""
    with contextlib.closing(server.client()) as client:
        return rows(client, "SELECT n FROM counts WHERE id = 'a';")


@contextlib.contextmanager
def ended(*servers: ServerProcess) -> Iterator[None]:
    """None of them outlives the block."""
    try:
        yield
    finally:
        for server in servers:
            server.close()
