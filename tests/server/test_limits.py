"""Clients that take their time, on a real port."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from millstream.config import Config
from millstream.errors import RequestError
from millstream.server.limits import bounded
from millstream.server.serve import Address, Served


async def _application(scope: Any, _: Any, send: Any) -> None:
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})


def test_who_never_ends_its_headers_is_hung_up_on() -> None:
    """However often another byte comes: the time counts from the first."""
    served = Served(_application, Address("127.0.0.1", 0), Config({"request.header.timeout.ms": "200"}))
    try:
        with socket.create_connection((served.address.host, served.address.port), 20) as client:
            client.sendall(b"GET /info HTTP/1.1\r\nHost: test\r\nX-Slow: ")
            client.settimeout(0.02)
            sent = 0
            while not _hung_up(client):
                sent += 1
                assert sent < 1000, "still open"
    finally:
        served.close()


@pytest.mark.parametrize("begun", [b"", b"PRI * HT"])
def test_who_never_begins_is_hung_up_on(begun: bytes) -> None:
    """Whether nothing came, or too little to tell which version of HTTP it would be."""
    served = Served(_application, Address("127.0.0.1", 0), Config({"request.header.timeout.ms": "200"}))
    try:
        with socket.create_connection((served.address.host, served.address.port), 20) as client:
            client.sendall(begun)
            assert client.recv(1) == b""
    finally:
        served.close()


def test_who_is_quick_is_answered() -> None:
    served = Served(_application, Address("127.0.0.1", 0), Config({"request.header.timeout.ms": "10000"}))
    try:
        with socket.create_connection((served.address.host, served.address.port), 20) as client:
            client.sendall(b"GET /info HTTP/1.1\r\nHost: test\r\n\r\n")
            assert client.recv(100).startswith(b"HTTP/1.1 200")
    finally:
        served.close()


def test_a_body_that_stops_in_the_middle_is_refused() -> None:
    """But who has sent it all may wait for the answer as long as it takes."""

    async def conversation(*parts: dict[str, Any]) -> Any:
        coming = list(parts)

        async def receive() -> Any:
            return coming.pop(0) if coming else await asyncio.Event().wait()

        some = bounded(receive, 100, 20)
        while (await some())["more_body"]:
            pass
        async with asyncio.timeout(0.1):
            await some()

    half = {"type": "http.request", "body": b"{", "more_body": True}
    with pytest.raises(RequestError, match="nothing more of its body came") as told:
        asyncio.run(conversation(half))
    assert told.value.code == 40800
    with pytest.raises(TimeoutError):
        asyncio.run(conversation(half, {"type": "http.request", "body": b"}", "more_body": False}))


def _hung_up(client: socket.socket) -> bool:
    """Send one byte more; whether the other side closed, which is awaited a moment."""
    try:
        client.sendall(b"a")
        return client.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True
