"""The data directory and its LMDB environment: opening, the databases in it, and the one seam where foreign errors are mapped.

    <dir>/format            the version of everything below
    <dir>/meta/             the LMDB environment
    <dir>/topics/<t>/       segment files of a topic
    <dir>/safe-point        see ``durability``

Files have mode 0600 and directories 0700. Several processes use a directory at once; LMDB's writer lock, which the kernel
frees when its holder dies, is the only lock a commit takes.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import lmdb

from millstream.errors import LogError
from millstream.log.embedded.records import NUMBER, Topic, decode_topic

FORMAT = "millstream-log 1\n"

#: Address space only: the file grows by what is written. Taken at once because a map cannot be resized while readers are in it.
_MAP_SIZES = (1 << 40, 1 << 37, 1 << 34, 1 << 31)

_ERRNO_HINTS = {
    errno.ENOSPC: "The disk is full: free some space or lower retention. Nothing of the failed commit is visible.",
    errno.EDQUOT: "The disk quota is used up: free some space or lower retention. Nothing of the failed commit is visible.",
    errno.EACCES: "Give this user write permission, or choose another data directory.",
    errno.EPERM: "Give this user write permission, or choose another data directory.",
    errno.EROFS: "The file system is read-only: choose another data directory.",
    errno.EMFILE: "Raise the limit of open files (ulimit -n).",
}


def log_error(error: Exception, path: Path | str) -> LogError:
    """An operating system or LMDB error as a LogError that names the path."""
    number = getattr(error, "errno", None)
    text = str(error)
    if number is None:
        number = next((n for n in _ERRNO_HINTS if os.strerror(n) in text), None)
    if isinstance(error, lmdb.MapFullError):
        return LogError(f"The state in {path} has reached the size that can be mapped.", hint="Raise the address space limit (ulimit -v).")
    reason = os.strerror(number) if number else text
    return LogError(f"The data directory cannot be used: {path}: {reason}.", hint=_ERRNO_HINTS.get(number) if number else None)


@contextmanager
def mapped(path: Path | str) -> Iterator[None]:
    """Map what LMDB and the operating system raise."""
    try:
        yield
    except (lmdb.Error, OSError) as error:
        raise log_error(error, getattr(error, "filename", None) or path) from error


def prepare(directory: Path) -> None:
    """Make the directory, or check that it is one of ours. Raises LogError for another format version."""
    with mapped(directory):
        for folder in (directory, directory / "meta", directory / "topics"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        mark = directory / "format"
        if not mark.exists():
            _create(mark, FORMAT)
        found = mark.read_text(encoding="utf-8", errors="replace")
    if found != FORMAT:
        raise LogError(
            f"The data directory {directory} has format {found.strip()!r}: expected {FORMAT.strip()!r}.",
            hint="It was written by another version of Millstream. Use that version, or another data directory.",
        )


def _create(path: Path, text: str) -> None:
    """Write a file that is either not there or whole."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, text.encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.replace(draft, path)


class Environment:
    """The LMDB environment and its databases. ``read`` and ``write`` begin transactions."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.topics_folder = directory / "topics"
        self.lmdb = self._open(directory / "meta")
        with mapped(directory):
            self.topics = self.lmdb.open_db(b"topics")
            self.partitions = self.lmdb.open_db(b"partitions")
            self.segments = self.lmdb.open_db(b"segments")
            self.tail = self.lmdb.open_db(b"tail")
            self.dirty = self.lmdb.open_db(b"dirty")
            self.stores = self.lmdb.open_db(b"stores")
            self.state = self.lmdb.open_db(b"state")
            self.deltas = self.lmdb.open_db(b"deltas")
            self.groups = self.lmdb.open_db(b"groups")
            self.bells = self.lmdb.open_db(b"bells")
            self.counters = self.lmdb.open_db(b"counters")
        self.read = self.lmdb.begin
        self._topic_cache: dict[str, tuple[bytes, Topic]] = {}

    @staticmethod
    def _open(path: Path) -> Any:
        for size in _MAP_SIZES:
            try:
                return lmdb.open(str(path), map_size=size, max_dbs=16, max_readers=1024, mode=0o600, sync=False, writemap=False)
            except (lmdb.Error, OSError) as error:
                if size == _MAP_SIZES[-1] or "Cannot allocate memory" not in str(error):
                    raise log_error(error, path) from error
        raise AssertionError("unreachable")

    def write(self) -> Any:
        """Begin the write transaction: takes the writer lock that all processes share."""
        try:
            return self.lmdb.begin(write=True)
        except lmdb.Error as error:
            raise log_error(error, self.directory) from error

    def topic(self, txn: Any, name: str) -> Topic | None:
        """A topic's record, decoded only when it changed."""
        raw = txn.get(name.encode(), db=self.topics) if name else None
        if raw is None:
            return None
        cached = self._topic_cache.get(name)
        if cached is not None and cached[0] == raw:
            return cached[1]
        topic = decode_topic(raw)
        self._topic_cache[name] = (raw, topic)
        return topic

    def next_number(self, txn: Any, counter: bytes) -> int:
        """The next value of a counter: 1, 2, ... It is never given again once the transaction commits."""
        raw = txn.get(counter, db=self.counters)
        number: int = 1 + (NUMBER.unpack(raw)[0] if raw else 0)
        txn.put(counter, NUMBER.pack(number), db=self.counters)
        return number

    def close(self) -> None:
        self.lmdb.close()


def delete_prefix(txn: Any, database: Any, prefix: bytes, limit: int = 1 << 62) -> bool:
    """Delete up to ``limit`` entries whose keys start with ``prefix``. True when none is left."""
    cursor = txn.cursor(db=database)
    for _ in range(limit):
        # Looked up each time: after a deletion at the end of a page LMDB's cursor does not say whether there are more.
        if not (cursor.set_range(prefix) and cursor.key().startswith(prefix)):
            return True
        cursor.delete()
    return False
