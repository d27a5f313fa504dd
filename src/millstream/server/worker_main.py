"""What the worker's process runs: the embedded log of the data directory, the registry in it, the worker, its REST API. Ends with
its input."""

from __future__ import annotations

import json
import signal
import sys


def main() -> None:
    from millstream.config import Config
    from millstream.formats.registry.cached import CachedRegistry
    from millstream.formats.registry.store import SchemaStore
    from millstream.log.embedded import EmbeddedLog
    from millstream.server.serve import Address, Served, with_port
    from millstream.worker.worker import Worker

    settings = json.loads(sys.argv[1])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group: the server decides when this ends
    log = EmbeddedLog(settings["directory"], fsync=settings["fsync"])
    try:
        address = with_port(Address(settings["host"], settings["port"]))
        worker = Worker(log, CachedRegistry(SchemaStore(log)), listen=f"{address.host}:{address.port}")
        served = Served(worker.app, address, Config())
        with worker:
            print(served.url, flush=True)
            sys.stdin.read()
            served.close()
    finally:
        log.close()


if __name__ == "__main__":
    main()
