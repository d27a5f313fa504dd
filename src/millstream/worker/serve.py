"""The worker as a process of its own: the embedded log of a data directory, its registry, the REST API over HTTP."""

from __future__ import annotations

import os
from pathlib import Path

from millstream.config import Config
from millstream.formats.base import Registry
from millstream.log.base import Log
from millstream.worker.worker import Worker


def serve(data_dir: Path | str, host: str = "127.0.0.1", port: int = 8083, *, registry_url: str | None = None, fsync: bool = True) -> None:
    """A worker of its own on a data directory, until SIGINT or SIGTERM. Files made here are their owner's alone: they hold passwords."""
    from millstream.formats.registry.opening import open_registry
    from millstream.log.embedded import EmbeddedLog

    os.umask(0o077)
    log = EmbeddedLog(Path(data_dir), fsync=fsync)
    try:
        run(log, open_registry(log, Config({"schema.registry.url": registry_url or ""})), host, port)
    finally:
        log.close()


def run(log: Log, registry: Registry, host: str, port: int) -> None:
    """A worker over a log, until SIGINT or SIGTERM."""
    from granian.constants import Interfaces
    from granian.server.embed import Server

    with Worker(log, registry, listen=f"{host}:{port}") as worker:
        _run(Server(worker.app, address=host, port=port, interface=Interfaces.ASGINL, websockets=False, log_enabled=False))


def _run(server: object) -> None:
    import asyncio
    import signal

    async def main() -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, server.stop)  # type: ignore[attr-defined]
        await server.serve()  # type: ignore[attr-defined]

    asyncio.run(main())
