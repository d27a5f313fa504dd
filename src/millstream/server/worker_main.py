"""What the worker's process runs: the Connect worker over the data directory. It ends when its standard input closes, that is, with
the server."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading


def main() -> None:
    from millstream.config import Config
    from millstream.formats.registry.opening import open_registry
    from millstream.log.opening import open_log
    from millstream.worker.serve import run

    settings = json.loads(sys.argv[1])
    threading.Thread(target=_end_with_input, name="lifeline", daemon=True).start()
    os.umask(0o077)
    config = Config(settings["settings"])
    log = open_log(settings["directory"], config, "worker")
    try:
        registry = open_registry(log, config)
        run(log, registry, settings["host"], settings["port"])
    finally:
        log.close()


def _end_with_input() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
