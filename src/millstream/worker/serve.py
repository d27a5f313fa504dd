"""The worker as a process of its own: the embedded log of a data directory, its registry, the REST API over HTTP."""

from __future__ import annotations

import os
from pathlib import Path

from millstream.worker.worker import Worker


def serve(data_dir: Path | str, host: str = "127.0.0.1", port: int = 8083, *, registry_url: str | None = None, fsync: bool = True) -> None:
    """Run until SIGINT or SIGTERM. Files made here are their owner's alone: configurations hold passwords."""
    from granian.constants import Interfaces
    from granian.server.embed import Server

    from millstream.formats.registry.cached import CachedRegistry
    from millstream.formats.registry.client import RegistryClient
    from millstream.formats.registry.store import SchemaStore
    from millstream.log.embedded import EmbeddedLog

    os.umask(0o077)
    log = EmbeddedLog(Path(data_dir), fsync=fsync)
    try:
        registry = CachedRegistry(RegistryClient(registry_url) if registry_url else SchemaStore(log))
        with Worker(log, registry, listen=f"{host}:{port}") as worker:
            _run(Server(worker.app, address=host, port=port, interface=Interfaces.ASGINL, websockets=False, log_enabled=False))
    finally:
        log.close()


def _run(server: object) -> None:
    import asyncio
    import signal

    async def main() -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, server.stop)  # type: ignore[attr-defined]
        await server.serve()  # type: ignore[attr-defined]

    asyncio.run(main())
