"""Safe points: what survives a power cut. Commits do not wait for the disk; at most ten times a second all of them are synced at once.

LMDB runs without syncing of its own, and would be damaged by a power cut if the disk got its pages in the wrong order. A safe
point makes that harmless. It is a copy of LMDB's two root pages, taken under the writer lock and kept in a file of its own once
everything they refer to is on disk: LMDB's pages, then segment files. A read transaction, the **pin**, keeps LMDB from reusing any page of
that snapshot until the next safe point is saved. When the machine was restarted since, the roots are put back before LMDB is opened: the
log is as it was at the safe point, whatever the disk has of later commits. ``kill -9`` needs none of this (the page cache survives).

Rules, which hold over all processes of a directory:
1. Whoever commits holds a pin that is not younger than the saved safe point (taken inside its first unsynced commit).
2. A pin is dropped only when nothing was committed since the saved safe point, or when another process saved a later one and this
   process has nothing unsynced.
3. Pins of dead processes are cleared (``reader_check``) only by the process that has just saved a safe point, while it holds its own pin.
"""

from __future__ import annotations

import fcntl
import os
import struct
import threading
import zlib
from pathlib import Path
from typing import Any

import lmdb

from millstream.errors import LogError
from millstream.log import crash
from millstream.log.embedded.env import Environment, log_error, mapped
from millstream.log.embedded.records import DIRTY_KEY

_SLOT = struct.Struct("<IIQQ36s36s")
_SLOT_SIZE = 1 << 17
_INTERVAL = 0.1


def _boot_id() -> bytes:
    return Path("/proc/sys/kernel/random/boot_id").read_bytes().strip()[:36].ljust(36)


class SafePointFile:
    """Two slots written in turn, so that one of them is always whole. Locked while a safe point is made."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "safe-point"
        with mapped(self.path):
            self._fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def lock(self) -> None:
        fcntl.flock(self._fd, fcntl.LOCK_EX)

    def unlock(self) -> None:
        fcntl.flock(self._fd, fcntl.LOCK_UN)

    def latest(self) -> tuple[int, int, bytes, bytes, bytes] | None:
        """(sequence, LMDB transaction, author, boot id, root pages) of the newest whole slot."""
        found = None
        for slot in (0, 1):
            raw = os.pread(self._fd, _SLOT_SIZE, slot * _SLOT_SIZE)
            if len(raw) < _SLOT.size:
                continue
            crc, size, sequence, transaction, author, boot = _SLOT.unpack_from(raw)
            pages = raw[_SLOT.size : _SLOT.size + size]
            if len(pages) == size and zlib.crc32(raw[4 : _SLOT.size + size]) == crc and (found is None or sequence > found[0]):
                found = (sequence, transaction, author, boot, pages)
        return found

    def save(self, sequence: int, transaction: int, author: bytes, pages: bytes) -> None:
        body = _SLOT.pack(0, len(pages), sequence, transaction, author, _boot_id())[4:] + pages
        os.pwrite(self._fd, struct.pack("<I", zlib.crc32(body)) + body, sequence % 2 * _SLOT_SIZE)
        os.fdatasync(self._fd)

    def close(self) -> None:
        os.close(self._fd)


def restore(directory: Path) -> bool:
    """Put the saved roots back if the machine was restarted since they were saved. Call before LMDB is opened."""
    data = directory / "meta" / "data.mdb"
    if not (directory / "safe-point").exists() or not data.exists():
        return False
    file = SafePointFile(directory)
    try:
        file.lock()
        saved = file.latest()
        if saved is None or saved[3] == _boot_id():
            return False
        sequence, transaction, author, _, pages = saved
        with mapped(data):
            descriptor = os.open(data, os.O_RDWR | os.O_CLOEXEC)
            try:
                os.pwrite(descriptor, pages, 0)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            file.save(sequence + 1, transaction, author, pages)
        return True
    finally:
        file.close()


class Durability:
    """Makes safe points for one process: in a thread of its own after commits, and when asked (``sync``)."""

    def __init__(self, env: Environment) -> None:
        self._env = env
        self._file = SafePointFile(env.directory)
        self._data = os.open(env.directory / "meta" / "data.mdb", os.O_RDONLY | os.O_CLOEXEC)
        self._pages = 2 * int(env.lmdb.stat()["psize"])
        self._author = f"{os.getpid()}-{os.urandom(8).hex()}".encode().ljust(36)
        self._pin: Any = None
        self._unsynced = False
        self._making = threading.Lock()
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._failure: LogError | None = None
        self.saved = 0
        self.sync(reader_check=True)
        self._thread = threading.Thread(target=self._run, name="log-sync", daemon=True)
        self._thread.start()

    def committing(self) -> None:
        """Called inside every write transaction (rule 1). Raises LogError while earlier commits cannot be synced."""
        if self._failure is not None:
            raise self._failure
        if self._pin is None:
            self._pin = self._env.read()
        self._unsynced = True

    def committed(self) -> None:
        """Called after every write transaction."""
        self._wake.set()

    def sync(self, *, reader_check: bool = False) -> None:
        """Return once everything committed so far is on disk. Raises LogError."""
        with self._making:
            try:
                self._file.lock()
                try:
                    self._make(reader_check)
                    self._failure = None
                finally:
                    self._file.unlock()
            except (lmdb.Error, OSError) as error:
                self._failure = log_error(error, getattr(error, "filename", None) or self._env.directory)
                raise self._failure from error

    def covers(self, transaction: int) -> bool:
        """Whether a safe point holds everything up to this LMDB transaction."""
        return self.saved >= transaction

    def _make(self, reader_check: bool) -> None:
        env = self._env
        latest = self._file.latest()
        lock = env.write()
        try:
            last = env.lmdb.info()["last_txnid"]
            current = latest is not None and latest[1] == last
            if current or (latest is not None and latest[2] != self._author and not self._unsynced and not reader_check):
                self.saved = latest[1] if latest else 0
                if current and reader_check:
                    env.lmdb.reader_check()
                self._drop()
                return
            pin = env.read()
            pages = os.pread(self._data, self._pages, 0)
            self._unsynced = False
        finally:
            lock.abort()
        try:
            crash.point("safe-point.captured")
            env.lmdb.sync(True)
            self._sync_segments(pin, latest[1] if latest else 0)
            crash.point("safe-point.synced")
            self._file.save(latest[0] + 1 if latest else 1, last, self._author, pages)
            crash.point("safe-point.saved")
        except BaseException:
            pin.abort()
            self._unsynced = True
            raise
        self.saved = last
        older, self._pin = self._pin, pin
        if older is not None:
            older.abort()
        if reader_check:
            env.lmdb.reader_check()
        lock = env.write()
        try:
            if env.lmdb.info()["last_txnid"] == last:
                self._drop()
        finally:
            lock.abort()

    def _drop(self) -> None:
        """Drop the pin. The caller holds the writer lock."""
        self._unsynced = False
        if self._pin is not None:
            self._pin.abort()
            self._pin = None

    def _sync_segments(self, pin: Any, after: int) -> None:
        """Sync the segment files that commits behind ``after`` wrote to."""
        paths = set()
        cursor = pin.cursor(db=self._env.dirty)
        if cursor.set_range(DIRTY_KEY.pack(after + 1, 0)):
            paths = {bytes(raw) for raw in cursor.iternext(keys=False, values=True)}
        cursor.close()
        folders = {os.path.dirname(path) for path in paths}
        for name in (*paths, *folders):
            try:
                descriptor = os.open(os.path.join(os.fsencode(self._env.topics_folder), name), os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                continue  # deleted by retention or with its topic
            try:
                os.fdatasync(descriptor)
            finally:
                os.close(descriptor)

    def _run(self) -> None:
        while True:
            # With a pin but nothing unsynced, another process is writing: look again soon, so as not to hold the pin for long.
            self._wake.wait(2 * _INTERVAL if self._pin is not None else None)
            self._wake.clear()
            if self._closing.is_set():
                return
            try:
                self.sync()
            except LogError:
                self._wake.set()  # kept in _failure, which the next commit raises; try again
            self._closing.wait(_INTERVAL)

    def close(self) -> None:
        """Make a last safe point and stop."""
        self._closing.set()
        self._wake.set()
        self._thread.join()
        try:
            self.sync()
        finally:
            if self._pin is not None:
                self._pin.abort()
                self._pin = None
            self._file.close()
            os.close(self._data)


class NoDurability:
    """``fsync=False``: a power cut may cost the whole environment."""

    saved = (1 << 64) - 1

    def __init__(self, env: Environment) -> None:
        self._env = env
        env.directory.joinpath("safe-point").unlink(missing_ok=True)
        env.lmdb.reader_check()

    def committing(self) -> None: ...

    def committed(self) -> None: ...

    def covers(self, transaction: int) -> bool:  # noqa: ARG002
        return True

    def sync(self, *, reader_check: bool = False) -> None:
        if reader_check:
            self._env.lmdb.reader_check()

    def close(self) -> None: ...
