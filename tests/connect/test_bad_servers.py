"""What stands at connect.url may be down, slow, or no Kafka Connect at all: a clear message, and an end within the time-out."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from millstream.connect.client import ConnectClient
from millstream.errors import ConnectError

Speaks = Callable[[socket.socket], None]


class Server:
    """Listens on a port of its own and does with each connection's request whatever a test says."""

    def __init__(self, speaks: Speaks) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._speaks = speaks
        self.closed = threading.Event()
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            if self.closed.is_set():
                connection.close()
                return
            self._open.append(connection)
            try:
                connection.recv(1 << 16)
                self._speaks(connection)
            except OSError:
                continue

    def close(self) -> None:
        self.closed.set()
        socket.create_connection(self._listener.getsockname()).close()
        self._thread.join()
        self._listener.close()
        for connection in self._open:
            connection.close()


@pytest.fixture
def serve() -> Iterator[Callable[[Speaks], Server]]:
    made: list[Server] = []

    def start(speaks: Speaks) -> Server:
        made.append(Server(speaks))
        return made[-1]

    yield start
    for server in made:
        server.close()


def _says(status: str, body: str, kind: str = "text/html", more: str = "") -> Speaks:
    def speak(connection: socket.socket) -> None:
        head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n{more}\r\n"
        connection.sendall((head + body).encode())
        connection.close()

    return speak


@pytest.mark.parametrize(
    ("speaks", "message", "hint", "code"),
    [
        (
            _says("200 OK", "<html><head><style>p{}</style></head><body><p>Welcome  to nginx!</p></body></html>"),
            "answers no JSON: the page Welcome to nginx!",
            "connect.url",
            50000,
        ),
        (_says("200 OK", '["a", "b', "application/json"), 'answers no JSON: ["a", "b', "connect.url", 50000),
        (_says("200 OK", '{"not": "a list"}', "application/json"), "answers something unexpected", "connect.url", 50000),
        (_says("200 OK", ""), "answers something unexpected", "connect.url", 50000),
        (_says("502 Bad Gateway", "<h1>502 Bad Gateway</h1>"), "answers HTTP 502: the page 502 Bad Gateway", "connect.url", 50200),
        (_says("302 Found", "", more="Location: https://login.example\r\n"), "redirects to https://login.example", "connect.url", 50000),
        (_says("401 Unauthorized", "User cannot access the resource."), "wants another user or password", "connect.password", 40100),
        (_says("403 Forbidden", "<h1>no</h1>"), "does not allow this user", "connect.user", 40300),
        (lambda connection: connection.close(), "Could not connect to Kafka Connect at", "Is it running?", 50000),
        (lambda connection: connection.sendall(b"\x15\x03\x01\x00\x02\x02\x46") or connection.close(), "Could not connect", "", 50000),
    ],
)
def test_what_is_not_connect_is_told_so(serve: Callable[[Speaks], Server], speaks: Speaks, message: str, hint: str, code: int) -> None:
    server = serve(speaks)
    with pytest.raises(ConnectError) as caught:
        ConnectClient(server.url, auth=("anna", "geheim"), timeout_ms=5000).names()
    assert message in caught.value.message
    assert server.url in caught.value.message
    assert hint in (caught.value.hint or "")
    assert caught.value.code == code
    assert "geheim" not in str(caught.value)


def test_nobody_listening_is_told_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(ConnectError, match=f"Could not connect to Kafka Connect at http://127.0.0.1:{port}"):
        ConnectClient(f"http://127.0.0.1:{port}").names()


def _silent(connection: socket.socket) -> None:
    """Takes the request and says nothing."""


def _endless(connection: socket.socket) -> None:
    """Always says a little more, so that no single read takes long."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n[")
    while True:
        connection.sendall(b" ")
        threading.Event().wait(0.02)


@pytest.mark.parametrize("speaks", [_silent, _endless])
def test_a_slow_answer_ends_with_the_timeout(serve: Callable[[Speaks], Server], speaks: Speaks) -> None:
    server = serve(speaks)
    begun = time.monotonic()
    with pytest.raises(ConnectError) as caught:
        ConnectClient(server.url, timeout_ms=200).create("x", {})
    assert time.monotonic() - begun < 5
    assert f"Kafka Connect at {server.url} did not answer within 0.2 s." == caught.value.message
    assert "SHOW CONNECTORS; shows whether it did" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("status", "text", "hint"),
    [
        ("409 Conflict", "Cannot complete request momentarily due to no known leader URL", "The cluster is rebalancing"),
        ("503 Service Unavailable", "Worker is still starting up.", None),
    ],
)
def test_what_should_pass_is_tried_again_within_the_timeout(
    serve: Callable[[Speaks], Server], status: str, text: str, hint: str | None
) -> None:
    server = serve(_says(status, f'{{"error_code": {status[:3]}, "message": "{text}"}}', "application/json"))
    begun = time.monotonic()
    with pytest.raises(ConnectError, match=text) as caught:
        ConnectClient(server.url, timeout_ms=400).names()
    assert 0.2 < time.monotonic() - begun < 5
    assert caught.value.code == int(status[:3]) * 100
    assert (caught.value.hint or "").startswith(hint or "")
