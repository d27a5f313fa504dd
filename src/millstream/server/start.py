"""The whole thing on this machine: embedded log, engine, registry, Connect worker, REST API. Started in one call, ended in one.

The engine and the worker are processes of their own: they hold this process's standard input of theirs open and end when it closes, so
nothing outlives a server that was killed.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from millstream.config import Config, load_file
from millstream.errors import ExecutionError
from millstream.server import connecting
from millstream.server.serve import Address
from millstream.server.standing import unready

if TYPE_CHECKING:
    from millstream.formats.base import Registry
    from millstream.formats.registry.cached import CachedRegistry
    from millstream.functions import FunctionRegistry
    from millstream.log.base import Log
    from millstream.runtime import Runtime
    from millstream.server.app import App
    from millstream.server.serve import Served
    from millstream.session.database import Database

#: In the data directory: where the instance that uses it can be reached.
RUNNING = "server.json"
#: In the data directory: locked by the instance that uses it.
OWNED = "owned"
#: Seconds to wait for an instance that is starting or ending.
OWN_S = 30.0
#: Makes a runtime over a log; tests bring their own.
MakeRuntime = Callable[["Log", "FunctionRegistry", "Registry", Config], "Runtime"]
#: Puts together what carries out statements, over a log.
Lead = Callable[["Log", ExitStack], "Database"]


class InUse(ExecutionError):
    """Another instance answers for the data directory."""


class Server:
    """A running instance. ``url`` is its REST API; ``close`` ends everything after a last commit."""

    def __init__(self, directory: Path, app: App, served: Served, stack: ExitStack) -> None:
        self._directory = directory
        self._app = app
        self._served = served
        self._stack = stack

    @property
    def database(self) -> Database:
        """What it answers from. Raises RequestError where it is a standby, or not ready."""
        database = self._app.database
        if database is None:
            raise unready(self._app.state, self._app.standing)
        return database

    @property
    def unready(self) -> str | None:
        """Why it does not carry out requests; None when it does."""
        return None if self._app.state == "READY" else str(unready(self._app.state, self._app.standing))

    @property
    def url(self) -> str:
        return self._served.url

    def wait(self) -> None:
        """Until it ends."""
        self._served.wait()

    def close(self) -> None:
        self._stack.close()

    def hand_over(self) -> None:
        """``close`` when other consoles have the answers to what they asked. What they ask next waits for the next instance."""
        from millstream.server.sharing import ending

        (self._directory / RUNNING).unlink(missing_ok=True)
        with ending(self._directory):
            self.close()

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
    first: Callable[[Database], None] = lambda _: None,
    shared: bool = False,
) -> Server:
    """Start on a data directory, or on Kafka. Without ``listen`` the REST API takes any free port of this machine, or ``listeners`` of
    the configuration. ``first`` is done before the server answers; on Kafka that is when it leads, which may be later. One that is
    ``shared`` ends by ``hand_over``, and other consoles may count on that.

    Raises InUse where another instance uses the directory (naming its URL), ExecutionError where a port is taken. One that is starting
    or ending is waited for.
    """
    settings = load_file(config_file) if config_file is not None else config or Config()
    directory = Path(data_dir)
    _refuse(directory)
    _make_directory(directory)
    with ExitStack() as stack:
        _own(directory, stack)
        address = _address(listen, settings)
        lead = partial(_lead, directory, connect_listen, settings, make_runtime or _process_runtime, first)
        if settings.text("bootstrap.servers"):
            app, served = _stand(directory, address, settings, lead, shared, stack)
        else:
            app, served = _start(directory, address, settings, lead, shared, stack)
        return Server(directory, app, served, stack.pop_all())


def _start(directory: Path, address: Address, config: Config, lead: Lead, shared: bool, stack: ExitStack) -> tuple[App, Served]:
    """The only server of its data directory."""
    from millstream.log.opening import open_log
    from millstream.server.access import Access
    from millstream.server.app import App
    from millstream.server.serve import Served

    access = Access.of(config)
    log = open_log(directory, config, "server")
    stack.callback(log.close)
    app = App(lead(log, stack), access, config.number("request.threads"), config)
    stack.callback(app.close)
    served = Served(app, address, config)
    stack.callback(served.close)
    _announce(directory, served.url, shared, stack)
    return app, served


def _stand(directory: Path, address: Address, config: Config, lead: Lead, shared: bool, stack: ExitStack) -> tuple[App, Served]:
    """One of perhaps several servers of a service on Kafka. It answers, if only to say who leads."""
    from millstream.log.kafka.open import open_kafka
    from millstream.server.access import Access
    from millstream.server.app import App
    from millstream.server.serve import Served
    from millstream.server.standby import Terms

    app = App(None, Access.of(config), config.number("request.threads"), config)
    stack.callback(app.close)
    served = Served(app, address, config)
    stack.callback(served.close)
    _announce(directory, served.url, shared, stack)
    terms = Terms(app, served.address.reached_at, partial(open_kafka, directory, config, "server"), lead)
    stack.callback(terms.close)
    terms.start()
    return app, served


def _lead(
    directory: Path,
    connect_listen: str | None,
    config: Config,
    make_runtime: MakeRuntime,
    first: Callable[[Database], None],
    log: Log,
    stack: ExitStack,
) -> Database:
    """Everything that carries out statements, over a log that this server may write."""
    from millstream.engine.functions.registry import open_registry

    functions = open_registry(config.text("functions.dir"))
    registry = _registry(log, config)
    stack.callback(registry.close)
    connect, awake = connecting.connect(log, directory, connect_listen, config, stack)
    runtime = make_runtime(log, functions, registry, config)
    stack.callback(runtime.close)
    from millstream.session.database import Database  # here, because the engine process may be starting meanwhile

    database = Database(log, runtime, functions, registry, connect, config)
    stack.callback(database.transients.close)
    first(database)
    if database.watch is not None:
        database.watch.awake = awake
        database.watch.start(config.number("connect.watch.interval.ms"))
        stack.callback(database.watch.close)
    return database


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


def _refuse(directory: Path) -> None:
    """Raise ExecutionError where another instance answers for the directory."""
    url = running_at(directory)
    if url is not None:
        raise InUse(f"The data directory {directory} is in use by the server at {url}.", hint=f"Talk to it: millstream {url}")


def _own(directory: Path, stack: ExitStack) -> None:
    """Be the only instance on the directory until the stack is closed, or this process ends, however it does."""
    descriptor = os.open(directory / OWNED, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    stack.callback(os.close, descriptor)
    end = time.monotonic() + OWN_S
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _refuse(directory)
            if time.monotonic() > end:
                raise ExecutionError(
                    f"The data directory {directory} is in use by an instance that does not answer.",
                    hint=f"End the process that holds {directory / OWNED} (fuser shows it), or choose another --data-dir.",
                ) from None
            time.sleep(0.02)


def _process_runtime(log: Log, functions: FunctionRegistry, registry: Registry, config: Config) -> Runtime:
    from millstream.engine.process.runtime import ProcessRuntime
    from millstream.session.journal import Journal

    runtime = ProcessRuntime(log, functions, registry, config)
    if any(entry.query_id for entry in Journal(log).entries()):
        runtime.prepare()
    return runtime


def _registry(log: Log, config: Config) -> CachedRegistry:
    from millstream.formats.registry.opening import open_registry

    return open_registry(log, config)


def _address(listen: str | None, config: Config) -> Address:
    if listen is not None:
        return Address.parse(listen, 8088)
    return Address.parse(config.text("listeners").split(",")[0], 8088) if config.is_given("listeners") else Address("127.0.0.1", 0)


def _announce(directory: Path, url: str, shared: bool, stack: ExitStack) -> None:
    """Tell other processes where this instance is."""
    path = directory / RUNNING
    path.write_text(json.dumps({"url": url, "pid": os.getpid(), "shared": shared}))
    stack.callback(path.unlink, missing_ok=True)


def running_at(data_dir: Path) -> str | None:
    """The URL of the instance that uses the data directory, or None. What a killed instance left behind does not count."""
    found = found_at(data_dir)
    return None if found is None else found[0]


def found_at(data_dir: Path) -> tuple[str, bool] | None:
    """``running_at``, and whether that instance hands over when it ends."""
    try:
        left: dict[str, Any] = json.loads((Path(data_dir) / RUNNING).read_text())
        os.kill(int(left["pid"]), 0)
        parts = urlsplit(str(left["url"]))
        socket.create_connection((parts.hostname or "", parts.port or 0), 1).close()
        return str(left["url"]), bool(left.get("shared"))
    except (OSError, ValueError, KeyError, TypeError):
        return None
