"""What the worker's process runs: the Connect worker over the data directory. It ends when its standard input closes, that is, with
the server."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading


def main() -> None:
    from millstream.worker.serve import serve

    settings = json.loads(sys.argv[1])
    threading.Thread(target=_end_with_input, name="lifeline", daemon=True).start()
    serve(settings["directory"], settings["host"], settings["port"], registry_url=settings["registry"] or None, fsync=settings["fsync"])


def _end_with_input() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
