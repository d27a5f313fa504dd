"""What the worker's process runs: the Connect worker over the data directory. It ends when its standard input closes, that is, with
the server."""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import threading

#: As long as a leader that is silent goes on leading its service, in seconds; see ``log.kafka.leader``.
SILENCE_S = 6.0


def main() -> None:
    from millstream.config import Config
    from millstream.formats.registry.opening import open_registry
    from millstream.log.opening import open_log
    from millstream.worker.serve import run

    settings = json.loads(sys.argv[1])
    threading.Thread(target=_end_with_input, args=(settings["beats"],), name="lifeline", daemon=True).start()
    os.umask(0o077)
    config = Config(settings["settings"])
    log = open_log(settings["directory"], config, "worker")
    try:
        registry = open_registry(log, config)
        run(log, registry, settings["host"], settings["port"])
    finally:
        log.close()


def _end_with_input(beats: bool) -> None:
    """With the server. ``beats``: at once, too, when the server shows no life for so long that another may have taken its place."""
    waiting = select.poll()
    waiting.register(sys.stdin.fileno(), select.POLLIN | select.POLLHUP)
    while waiting.poll(int(SILENCE_S * 1000) if beats else None):
        if not os.read(sys.stdin.fileno(), 4096):
            os.kill(os.getpid(), signal.SIGTERM)
            return
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
