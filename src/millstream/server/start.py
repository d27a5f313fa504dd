"""The whole thing on this machine: embedded log, engine, registry, Connect worker, REST API. Started in one call, ended in one.

The engine and the worker are processes of their own: they hold this process's standard input of theirs open and end when it closes, so
nothing outlives a server that was killed.
"""

from __future__ import annotations

import errno
import json
import os
import socket
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from millstream.config import Config, load_file
from millstream.errors import ExecutionError
from millstream.server import connecting
from millstream.server.serve import Address

if TYPE_CHECKING:
    from millstream.formats.base import Registry
    from millstream.functions import FunctionRegistry
    from millstream.log.base import Log
    from millstream.runtime import Runtime
    from millstream.server.serve import Served
    from millstream.session.database import Database

#: In the data directory: where the instance that uses it can be reached.
RUNNING = "server.json"
#: Makes a runtime over a log; tests bring their own.
MakeRuntime = Callable[["Log", "FunctionRegistry", "Registry", Config], "Runtime"]


class Server:
    """A running instance. ``url`` is its REST API; ``close`` ends everything after a last commit."""

    def __init__(self, database: Database, served: Served, stack: ExitStack) -> None:
        self.database = database
        self._served = served
        self._stack = stack

    @property
    def url(self) -> str:
        return self._served.url

    def wait(self) -> None:
        """Until it ends."""
        self._served.wait()

    def close(self) -> None:
        self._stack.close()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def start_embedded(
    data_dir: Path,
    listen: str | None = None,
    connect_listen: str | None = None,
    config: Config | None = None,
    *,
    config_file: Path | None = None,
    make_runtime: MakeRuntime | None = None,
) -> Server:
    """Start on a data directory. Without ``listen`` the REST API takes any free port of this machine, or ``listeners`` of the
    configuration.

    Raises ExecutionError where another instance uses the directory (naming its URL), or a port is taken.
    """
    settings = load_file(config_file) if config_file is not None else config or Config()
    directory = Path(data_dir)
    url = running_at(directory)
    if url is not None:
        raise ExecutionError(f"The data directory {directory} is in use by the server at {url}.", hint=f"Talk to it: millstream {url}")
    _make_directory(directory)
    with ExitStack() as stack:
        address = _address(listen, settings)
        database, served = _start(directory, address, connect_listen, settings, make_runtime or _process_runtime, stack)
        return Server(database, served, stack.pop_all())


def _start(
    directory: Path, address: Address, connect_listen: str | None, config: Config, make_runtime: MakeRuntime, stack: ExitStack
) -> tuple[Database, Served]:
    from millstream.engine.functions.registry import open_registry
    from millstream.log.opening import open_log
    from millstream.server.access import Access
    from millstream.server.app import App
    from millstream.server.serve import Served
    from millstream.session.database import Database

    access = Access.of(config)
    log = open_log(directory, config, "server")
    stack.callback(log.close)
    functions = open_registry(config.text("functions.dir"))
    registry = _registry(log, config)
    connect, awake = connecting.connect(log, directory, connect_listen, config, stack)
    runtime = make_runtime(log, functions, registry, config)
    stack.callback(runtime.close)
    database = Database(log, runtime, functions, registry, connect, config)
    stack.callback(database.transients.close)
    if database.watch is not None:
        database.watch.awake = awake
        database.watch.start(config.number("connect.watch.interval.ms"))
        stack.callback(database.watch.close)
    app = App(database, access, config.number("request.threads"))
    stack.callback(app.close)
    served = Served(app, address, config)
    stack.callback(served.close)
    _announce(directory, served.url, stack)
    return database, served


def _make_directory(directory: Path) -> None:
    """The data directory, its owner's alone. Raises ExecutionError where it cannot be made or written."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(directory, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as failure:
        reason = "it is a file" if isinstance(failure, FileExistsError) else failure.strerror
        raise ExecutionError(
            f"Cannot use the data directory {directory}: {reason}.", hint="Make it writable, or choose another one with --data-dir."
        ) from None


def _process_runtime(log: Log, functions: FunctionRegistry, registry: Registry, config: Config) -> Runtime:
    from millstream.engine.process.runtime import ProcessRuntime

    return ProcessRuntime(log, functions, registry, config)


def _registry(log: Log, config: Config) -> Registry:
    from millstream.formats.registry.opening import open_registry

    return open_registry(log, *(config.text(f"schema.registry.{part}") for part in ("url", "user", "password")))


def _address(listen: str | None, config: Config) -> Address:
    if listen is not None:
        return Address.parse(listen, 8088)
    return Address.parse(config.text("listeners").split(",")[0], 8088) if config.is_given("listeners") else Address("127.0.0.1", 0)


def _announce(directory: Path, url: str, stack: ExitStack) -> None:
    """Tell other processes where this instance is."""
    path = directory / RUNNING
    path.write_text(json.dumps({"url": url, "pid": os.getpid()}))
    stack.callback(path.unlink, missing_ok=True)


def running_at(data_dir: Path) -> str | None:
    """The URL of the instance that uses the data directory, or None. What a killed instance left behind does not count."""
    try:
        left: dict[str, Any] = json.loads((Path(data_dir) / RUNNING).read_text())
        os.kill(int(left["pid"]), 0)
        parts = urlsplit(str(left["url"]))
        socket.create_connection((parts.hostname or "", parts.port or 0), 1).close()
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return str(left["url"])
