"""``millstream server`` and ``millstream run FILE``: start, say where, wait for a signal, end in order. stdout is data, stderr is talk."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from millstream import pauses
from millstream.config import Config, load_file
from millstream.errors import MillstreamError
from millstream.session.database import Failed

#: When the collector looks at young, older and all objects: seldom, for what requests make goes without it.
COLLECTIONS = (5_000, 20, 50)


def serve(
    listen: str | None, connect_listen: str | None, data_dir: Path | None, config_file: Path | None, script: Path | None = None
) -> int:
    """Run a server; the exit status: 0 after a signal, 1 where a script fails, 3 where it cannot start."""
    from millstream.server.start import start_embedded
    from millstream.session.headless import run_script

    try:
        config = load_file(config_file) if config_file is not None else Config()
        config = config.but({"data.dir": data_dir, "listeners": listen, "connect.listeners": connect_listen})
        directory = Path(config.text("data.dir"))
        file = script or (Path(config.text("queries.file")) if config.text("queries.file") else None)
        text = file.read_text(encoding="utf-8") if file is not None else None
        address = config.text("listeners").split(",")[0]
        first = partial(run_script, text=text) if text is not None else lambda _: None
        server = start_embedded(directory, address, config.text("connect.listeners"), config, first=first)
    except OSError as fault:
        print(f"Cannot read {fault.filename}: {fault.strerror}", file=sys.stderr)
        return 3
    except MillstreamError as fault:
        print(fault, file=sys.stderr)
        return 3
    except Failed as failure:
        print(f"{failure.text}\n{failure.error}", file=sys.stderr)
        return 1
    pauses.shorten(*COLLECTIONS)
    ended = _ending()
    with server:
        print(f"Millstream listens at {server.url}", file=sys.stderr, flush=True)
        if server.unready is not None:
            print(server.unready, file=sys.stderr, flush=True)
        ended()
    return 0


def _ending() -> Callable[[], int]:
    """What waits for a signal that ends the server, from now on, and gives its number.

    It reads a pipe that the signal itself writes into. Python's own handler would not do: it is only called between two instructions, so
    one that comes just before the thread sleeps on a lock is heeded when something else wakes it, which nothing does.
    """
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    return lambda: os.read(reading, 1)[0]
