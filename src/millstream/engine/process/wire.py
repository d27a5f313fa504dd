"""Frames between server and engine process: four bytes of length, then a pickled tuple, over a socket pair that nobody else has.

Server to engine: ``(number, command, arguments)``. Engine to server: ``(number, kind, payload)`` with kind ``ok``, ``error``, ``rows`` (of
a push or pull query, see ``pack``) and ``end``. Only the server's end blocks: the engine always goes on reading, so the two never wait for
each other.
"""

from __future__ import annotations

import pickle
import socket
import struct
import threading
from collections.abc import Sequence
from typing import Any

from millstream.runtime import Row

#: (number, command or kind, arguments or payload, bytes of the frame)
Frame = tuple[int, str, Any, int]
Packed = tuple[list[Sequence[Any]], list[int]]
_LENGTH = struct.Struct(">I")
_CHUNK = 1 << 18


def encode(number: int, kind: str, payload: Any) -> bytes:
    """A frame."""
    data = pickle.dumps((number, kind, payload), 5)
    return _LENGTH.pack(len(data)) + data


def pack(rows: Sequence[Row]) -> Packed:
    """Rows as their values, and which of them are tombstones: several times quicker to pickle."""
    return [r.values for r in rows], [i for i, r in enumerate(rows) if r.tombstone]


def unpack(packed: Packed) -> list[Row]:
    """The reverse of ``pack``."""
    values, tombstones = packed
    rows = [Row(v) for v in values]
    for index in tombstones:
        rows[index] = Row(values[index], True)
    return rows


class Frames:
    """Bytes as they arrive, cut into frames."""

    def __init__(self) -> None:
        self._received = bytearray()

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that are complete now."""
        self._received += data
        found: list[Frame] = []
        at = 0
        with memoryview(self._received) as view:
            while len(view) - at >= 4:
                size = _LENGTH.unpack_from(view, at)[0] + 4
                if len(view) - at < size:
                    break
                number, kind, payload = pickle.loads(view[at + 4 : at + size])
                found.append((number, kind, payload, size))
                at += size
        del self._received[:at]
        return found


class Wire:
    """The server's end. Sending is safe from several threads; one thread receives."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._lock = threading.Lock()
        self._frames = Frames()

    def send(self, number: int, command: str, arguments: Any) -> None:
        """Send a frame. Raises OSError when the other end is gone."""
        data = encode(number, command, arguments)
        with self._lock:
            self.connection.sendall(data)

    def receive(self) -> list[Frame] | None:
        """Wait for frames; None when the other end is gone. May be empty: a part of a frame came."""
        try:
            data = self.connection.recv(_CHUNK)
        except OSError:
            return None
        return self._frames.feed(data) if data else None


class EngineWire:
    """The engine's end: nothing waits. What the socket does not take is kept until ``flush``."""

    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        self.connection = connection
        self._frames = Frames()
        self._unsent = bytearray()

    @property
    def waiting(self) -> bool:
        """Whether there is something to flush."""
        return bool(self._unsent)

    def send(self, number: int, kind: str, payload: Any) -> int:
        """Queue a frame and send what can be sent; its size in bytes. Raises OSError when the other end is gone."""
        data = encode(number, kind, payload)
        self._unsent += data
        self.flush()
        return len(data)

    def flush(self) -> None:
        """Send what the socket takes."""
        while self._unsent:
            try:
                sent = self.connection.send(memoryview(self._unsent)[:_CHUNK])
            except BlockingIOError:
                return
            del self._unsent[:sent]

    def receive(self) -> list[Frame] | None:
        """The frames that are there; None when the other end is gone."""
        try:
            data = self.connection.recv(_CHUNK)
        except BlockingIOError:
            return []
        except OSError:
            return None
        return self._frames.feed(data) if data else None
