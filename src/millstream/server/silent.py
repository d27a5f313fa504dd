"""Connections on which no request has begun: Granian learns from the first bytes which HTTP it is, and waits for them without end.

The kernel knows how many bytes came on a connection and when. Who sent fewer than any request has, and nothing for too long, is hung up
on. What may not live here: connections that speak (their headers are Granian's to watch, bodies those of ``limits``).
"""

from __future__ import annotations

import os
import socket
import struct
import threading

#: The shortest thing that tells which HTTP it is: the preface of HTTP/2.
LEAST = 24
#: In Linux's ``struct tcp_info``: ms since the last data came (or the connection was made), and bytes received.
_LAST, _RECEIVED, _SIZE = 52, 128, 136


class Watch:
    """Hangs up on silent clients of a port of this process, until ``close``."""

    def __init__(self, port: int, most_ms: int) -> None:
        self._port, self._most = port, most_ms
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="silent-clients", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(self._most / 2000):
            hang_up(self._port, self._most)


def hang_up(port: int, most_ms: int) -> int:
    """Hang up on clients of a port who have been silent for longer, and tell how many they were."""
    count = 0
    for name in os.listdir("/proc/self/fd"):
        try:
            if os.readlink(f"/proc/self/fd/{name}").startswith("socket:"):
                with socket.socket(fileno=os.dup(int(name))) as one:  # a copy stays the same connection, whatever becomes of the number
                    if _accepted(one, port) and _silent(one, most_ms):
                        one.shutdown(socket.SHUT_RDWR)
                        count += 1
        except OSError:
            continue  # it was closed meanwhile, or has no peer: the socket that listens
    return count


def _accepted(one: socket.socket, port: int) -> bool:
    inet = one.family in (socket.AF_INET, socket.AF_INET6) and one.type == socket.SOCK_STREAM
    return inet and one.getsockname()[1] == port and bool(one.getpeername())


def _silent(one: socket.socket, most_ms: int) -> bool:
    info = one.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _SIZE)
    if len(info) < _SIZE:
        return False
    (last,), (received,) = struct.unpack_from("=I", info, _LAST), struct.unpack_from("=Q", info, _RECEIVED)
    return bool(received < LEAST and last > most_ms)
