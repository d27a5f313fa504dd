"""Consoles on one data directory share the instance that the first of them runs. When that one ends, it waits for what the others asked.

Who asks holds a shared lock on a file of the directory meanwhile, and asks only while the instance is announced. The instance that ends
takes back its announcement, then waits until it gets the lock for itself: so what was asked is answered, and nothing is asked in vain.
"""

from __future__ import annotations

import fcntl
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

#: The locks, with the seconds an instance that ends waits for those that hold them. A query may have no end of its own.
PATIENCE_S = {"statements": 25.0, "queries": 10.0}
#: After so many seconds of waiting the person is told.
TOLD_S = 1.0


@contextmanager
def asking(directory: Path, kind: str) -> Iterator[None]:
    """Keep the instance of the directory from ending. ``kind`` is one of PATIENCE_S. While one is just ending, this waits for it."""
    descriptor = _open(directory, kind)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def ending(directory: Path) -> Iterator[None]:
    """Wait until nobody asks the instance, which is announced no longer; Ctrl-C ends the wait. Then keep others from asking."""
    descriptors = {kind: _open(directory, kind) for kind in PATIENCE_S}
    try:
        with suppress(KeyboardInterrupt):
            begun, told = time.monotonic(), False
            for kind, descriptor in descriptors.items():
                while not _taken(descriptor) and (waited := time.monotonic() - begun) < PATIENCE_S[kind]:
                    if waited > TOLD_S and not told:
                        told = True
                        print(f"Waiting for {kind} of other consoles on {directory}; Ctrl-C ends them.", file=sys.stderr, flush=True)
                    time.sleep(0.01)
        yield
    finally:
        for descriptor in descriptors.values():
            os.close(descriptor)


def _open(directory: Path, kind: str) -> int:
    return os.open(directory / kind, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
