"""A file lock a store, so that two processes of a machine do not write the same local copy at once."""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Locks:
    """A file lock a store, among the processes of a machine and the threads of each."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._files: dict[str, tuple[int, threading.RLock]] = {}
        self._lock = threading.Lock()

    @contextmanager
    def held(self, stores: list[str]) -> Iterator[None]:
        files = [self._file(store) for store in stores]
        taken: list[tuple[int, threading.RLock]] = []
        try:
            for descriptor, lock in files:
                lock.acquire()
                taken.append((descriptor, lock))
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            for descriptor, lock in reversed(taken):
                fcntl.flock(descriptor, fcntl.LOCK_UN)
                lock.release()

    def close(self) -> None:
        with self._lock:
            for descriptor, _ in self._files.values():
                os.close(descriptor)
            self._files.clear()

    def _file(self, store: str) -> tuple[int, threading.RLock]:
        with self._lock:
            found = self._files.get(store)
            if found is None:
                name = self._folder / store.encode().hex()[-200:]
                descriptor = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                found = self._files[store] = (descriptor, threading.RLock())
            return found
