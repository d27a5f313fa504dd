"""The doorbell: who commits sends an empty datagram to every process that listens. Nobody polls; being idle costs nothing.

Listeners are sockets in Linux's abstract namespace, so nothing is left behind by a process that dies. Their addresses are kept in
LMDB and read by each commit; one that refuses is taken out by the next.
"""

from __future__ import annotations

import errno
import hashlib
import os
import select
import socket
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from millstream.log.embedded.env import Environment


class Bells:
    """Rings listeners, and waits to be rung. Safe to use from several threads."""

    def __init__(self, env: Environment, register: Callable[[bytes], None]) -> None:
        """``register`` adds an address to ``env.bells`` in a write transaction of its own."""
        self._env = env
        self._register = register
        place = hashlib.sha256(os.fsencode(os.path.realpath(env.directory))).hexdigest()[:24]
        self._name = f"\0millstream-{place}-{os.getpid()}-{os.urandom(4).hex()}"
        self._out = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
        self._lock = threading.Lock()
        self._listening: list[socket.socket] = []
        self._free: list[socket.socket] = []
        self._main: socket.socket | None = None
        self._gone: set[bytes] = set()
        self._closed = False

    def listeners(self, txn: Any) -> list[bytes]:
        """Addresses to ring once the transaction has committed. Takes those out that are gone."""
        for address in list(self._gone):
            txn.delete(address, db=self._env.bells)
            self._gone.discard(address)
        return list(txn.cursor(db=self._env.bells).iternext(values=False))

    def ring(self, listeners: Iterable[bytes]) -> None:
        for address in listeners:
            try:
                self._out.sendto(b"", address)
            except BlockingIOError:
                pass  # it has not yet looked at earlier rings
            except OSError as error:
                if error.errno in (errno.ECONNREFUSED, errno.ENOENT):
                    self._gone.add(address)

    def fileno(self) -> int:
        with self._lock:
            if self._main is None:
                self._main = self._listen()
            return self._main.fileno()

    def drain(self) -> None:
        if self._main is not None:
            _empty(self._main)

    def wait(self, arrived: Callable[[], bool], timeout_ms: int) -> bool:
        """Block until ``arrived()``, asking again after each ring. False on time-out, or when the log is closed."""
        if arrived():
            return True
        if timeout_ms <= 0:
            return False
        deadline = time.monotonic() + timeout_ms / 1000
        with self._lock:
            if self._closed:
                return False
            bell = self._free.pop() if self._free else self._listen()
        poll = select.poll()
        poll.register(bell, select.POLLIN)
        try:
            while True:
                _empty(bell)
                if arrived():
                    return True
                left = deadline - time.monotonic()
                if left <= 0 or self._closed:
                    return False
                poll.poll(left * 1000)
        finally:
            with self._lock:
                if self._closed:
                    bell.close()
                else:
                    self._free.append(bell)

    def close(self) -> list[bytes]:
        """Wake the waiting threads and stop listening. Returns the addresses to take out."""
        with self._lock:
            self._closed = True
            addresses = [bell.getsockname() for bell in self._listening]
            self.ring(addresses)
            for bell in self._free:
                bell.close()
            if self._main is not None:
                self._main.close()
            self._out.close()
        return addresses

    def _listen(self) -> socket.socket:
        bell = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
        bell.bind(f"{self._name}-{len(self._listening)}")
        try:
            self._register(bell.getsockname())
        except BaseException:
            bell.close()
            raise
        self._listening.append(bell)
        return bell


def _empty(bell: socket.socket) -> None:
    try:
        while True:
            bell.recv(1)
    except BlockingIOError:
        pass
