"""The server's way to Connect: a cluster by ``connect.url``, with login and certificates, or the built-in worker as a child process.

What may not live here: calls to Connect.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from millstream.config import Config
from millstream.errors import ConfigError
from millstream.server.serve import Address

if TYPE_CHECKING:
    from millstream.connect.client import ConnectClient
    from millstream.log.base import Log

#: Store of the built-in worker's connectors: while it has none and nobody asks for the worker, the worker need not run.
CONNECTORS = "_connect/configs"
#: How long one call to the built-in worker may take unless the settings say otherwise. It is on this machine: where it is late the machine
#: is busy, and a statement that waits is better than one that fails.
WORKER_MS = 30_000


def connect(log: Log, directory: Path, listen: str | None, config: Config, stack: ExitStack) -> tuple[ConnectClient, Callable[[], bool]]:
    """A client of ``connect.url``, or of the built-in worker, which is started for it; and whether that is there already."""
    from millstream.connect.client import ConnectClient
    from millstream.connect.reaching import FAMILY
    from millstream.tls import Tls

    url = config.text("connect.url")
    ready: Callable[[], None] = lambda: None  # noqa: E731
    awake: Callable[[], bool] = lambda: True  # noqa: E731
    if not url:
        from millstream.server.children import WorkerProcess

        given = config.text("connect.listeners") if config.is_given("connect.listeners") else "127.0.0.1:0"
        worker = WorkerProcess(directory, Address.parse(listen or given, 8083), config)
        stack.callback(worker.close)
        url, ready, awake = worker.url, worker.ready, lambda: worker.started
        if listen is not None or config.is_given("connect.listeners") or any(log.scan(CONNECTORS, 0)):
            worker.start()
    patient = not (config.text("connect.url") or config.is_given("connect.request.timeout.ms"))
    timeout_ms = WORKER_MS if patient else config.number("connect.request.timeout.ms")
    client = ConnectClient(url, auth=_login(config), tls=Tls.of(config, FAMILY), timeout_ms=timeout_ms, ready=ready)
    stack.callback(client.close)
    if listen is not None:  # a server, which is about to look after connectors; a console may never ask
        client.prepare()
    return client, awake


def _login(config: Config) -> tuple[str, str] | None:
    """User and password of Connect's REST API. ksqlDB keeps them in a file of properties. Raises ConfigError for one that lacks them."""
    user = config.text("connect.user")
    if user:
        return user, config.text("connect.password")
    if config.text("ksql.connect.basic.auth.credentials.source").upper() != "FILE":
        return None
    path = config.text("ksql.connect.basic.auth.credentials.file")
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except OSError as fault:
        raise ConfigError(f"Setting ksql.connect.basic.auth.credentials.file: {path!r} cannot be read: {fault.strerror}.") from None
    given = {key.strip(): value.strip() for key, _, value in (line.partition("=") for line in lines)}
    if "username" not in given or "password" not in given:
        raise ConfigError(
            f"Setting ksql.connect.basic.auth.credentials.file: {path} lacks username or password.", hint="One line each: username=..."
        )
    return given["username"], given["password"]
