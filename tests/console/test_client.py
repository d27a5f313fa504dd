"""The console's client on the wire: against a server of plain sockets that answers what it is told to."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from millstream.console.client import Client, ServerError
from millstream.errors import MillstreamError

INFO = b'{"KsqlServerInfo":{"version":"1"}}'


class Server:
    """Takes connections one after another; on each it answers the requests with the next scripts, and closes it after ``per`` of them."""

    def __init__(self, scripts: list[bytes], per: int) -> None:
        self._scripts, self._per = scripts, per
        self.requests: list[bytes] = []
        self.connections = 0
        self.gone = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while self._scripts:
            connection, _ = self._listening.accept()
            with connection:
                self.connections += 1
                for _ in range(self._per):
                    self.requests.append(_request(connection))
                    if not self.requests[-1] or not self._scripts:
                        break
                    connection.sendall(self._scripts.pop(0))
            self.gone.set()

    def close(self) -> None:
        self._thread.join()
        self._listening.close()


def _request(connection: socket.socket) -> bytes:
    got = b""
    while True:
        head, ended, body = got.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0] or 0)
        if ended and len(body) >= length:
            return got
        piece = connection.recv(1 << 16)
        if not piece:
            return b""
        got += piece


def _answer(body: bytes, status: str = "200 OK") -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status.encode(), len(body), body)


def _chunks(*pieces: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces)


@pytest.fixture
def served(request: pytest.FixtureRequest) -> Iterator[Server]:
    server = Server(*request.param)
    yield server
    server.close()


@pytest.mark.parametrize("served", [([_answer(INFO)] * 3, 3)], indirect=True)
def test_a_connection_is_used_again(served: Server) -> None:
    """Requests one after another share it; each carries user and password."""
    with closing(Client(served.url.replace("//", "//me:s%20t@"))) as client:
        assert [client.info()["version"] for _ in range(3)] == ["1", "1", "1"]
    assert served.connections == 1
    assert all(b"Authorization: Basic bWU6cyB0\r\n" in request for request in served.requests)


@pytest.mark.parametrize("served", [([_answer(INFO)] * 2, 1)], indirect=True)
def test_a_connection_that_the_server_closed_meanwhile_is_made_anew(served: Server) -> None:
    """A pause at the prompt is no error."""
    with closing(Client(served.url)) as client:
        client.info()
        assert served.gone.wait(5)
        client.info()
    assert served.connections == 2


@pytest.mark.parametrize("served", [([_answer(b"<html>", "502 Bad Gateway")], 1), ([_answer(b"<html>")], 1)], indirect=True)
def test_an_answer_that_is_no_json_says_so(served: Server) -> None:
    """Whatever its status: something else listens there."""
    with closing(Client(served.url)) as client, pytest.raises(ServerError, match="without JSON; is it a ksqlDB or Millstream server"):
        client.info()


@pytest.mark.parametrize("served", [([_answer(b"[]", "401 Unauthorized")], 1)], indirect=True)
def test_a_refused_login_says_how_to_give_one(served: Server) -> None:
    """The hint is ours, whatever the body."""
    with closing(Client(served.url)) as client, pytest.raises(ServerError) as refused:
        client.info()
    assert "--user" in str(refused.value)


@pytest.mark.parametrize("served", [([_chunks(b'[{"header":', b'{}},\n{"row":{}},\n')], 1)], indirect=True)
def test_rows_come_before_an_answer_breaks_off(served: Server) -> None:
    """Lines are put together from pieces; a server that ends in the middle is an error, not an end."""
    with closing(Client(served.url)) as client:
        rows = client.query("SELECT 1;", {}, {})
        assert [next(rows), next(rows)] == [{"header": {}}, {"row": {}}]
        with pytest.raises(MillstreamError, match=f"No answer from {served.url}: the answer broke off"):
            next(rows)


@pytest.mark.parametrize("served", [([_chunks(b'[{"row":1},\n', b'{"row":2}]\n', b""), _answer(INFO)], 1)], indirect=True)
def test_a_query_ends_when_nobody_reads_on(served: Server) -> None:
    """Closing the iterator closes the query's own connection; the next request has another."""
    with closing(Client(served.url)) as client:
        rows = client.query("SELECT 1;", {}, {})
        assert next(rows) == {"row": 1}
        rows.close()  # type: ignore[attr-defined]
        assert served.gone.wait(5)
        assert client.info()["version"] == "1"


def test_nobody_there_is_said_with_the_reason() -> None:
    """A port without a listener, a host without an address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    for url, reason in ((f"http://127.0.0.1:{port}", "Connection refused"), (f"http://{'a' * 70}:1", "label")):
        with pytest.raises(MillstreamError, match=f"No answer from {url}.*{reason}"):
            Client(url).info()
