"""Frames between server and engine process: four bytes of length, then a pickled tuple. Both ends are ours, over a socket pair nobody else has.

Server to engine: ``(number, command, arguments)``. Engine to server: ``(number, kind, payload)`` with kind ``ok``, ``error``, ``rows`` (of a
push query or of a pull query's batches) and ``end``.
"""

from __future__ import annotations

import pickle
import socket
import struct
import threading
from collections.abc import Iterator
from typing import Any

Frame = tuple[int, str, Any]
_LENGTH = struct.Struct(">I")


class Wire:
    """One end of the connection. Sending is safe from several threads; one thread receives."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._lock = threading.Lock()
        self._received = bytearray()
        #: Size of the frame that ``receive`` gave last, as ``send`` counted it.
        self.size = 0

    def send(self, number: int, kind: str, payload: Any) -> int:
        """Send a frame; its size in bytes. Raises OSError when the other end is gone."""
        data = pickle.dumps((number, kind, payload), 5)
        with self._lock:
            self.connection.sendall(_LENGTH.pack(len(data)) + data)
        return len(data)

    def receive(self) -> Iterator[Frame] | None:
        """Frames that are complete after reading once what is there; None when the other end is gone."""
        try:
            data = self.connection.recv(1 << 20)
        except (ConnectionError, OSError):
            return None
        if not data:
            return None
        self._received += data
        return self._frames()

    def _frames(self) -> Iterator[Frame]:
        buffer = self._received
        while len(buffer) >= 4:
            size = _LENGTH.unpack_from(buffer)[0]
            if len(buffer) < 4 + size:
                return
            frame: Frame = pickle.loads(bytes(buffer[4 : 4 + size]))
            del buffer[: 4 + size]
            self.size = size
            yield frame
