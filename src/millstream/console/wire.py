"""HTTP/1.1 to one server by the standard library, which is loaded in a fraction of the time of a full client.

Knows connections, TLS and time-outs; no paths and no meaning of bodies. Errors arrive as ``NoAnswer``.
"""

from __future__ import annotations

import base64
import http.client
import json
import select
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import ssl

#: Seconds to wait for a connection, and for an answer to a statement (CREATE over a connector's topic waits up to 30 s itself).
CONNECT_S, ANSWER_S = 5.0, 90.0
#: Bytes of a streamed answer taken at a time, at most.
_PIECE = 1 << 16


class NoAnswer(Exception):
    """The server cannot be reached, or its answer broke off; the text says why."""


class Wire:
    """Connections to the server of a URL. Thread-safe: each request has a connection for itself, and idle ones are used again."""

    def __init__(self, url: str, auth: tuple[str, str] | None, trust: ssl.SSLContext | None) -> None:
        parts = urlsplit(url)
        self._host, self._tls, self._path = parts.hostname or "", parts.scheme == "https", parts.path
        self._port = parts.port or (443 if self._tls else 80)
        self._trust = trust
        self._idle: list[http.client.HTTPConnection] = []
        self._headers = {"Content-Type": "application/json", "Accept": "*/*"}
        if auth is not None:
            self._headers["Authorization"] = "Basic " + base64.b64encode(":".join(auth).encode()).decode()

    def exchange(self, method: str, path: str, body: dict[str, Any] | None) -> tuple[int, bytes]:
        """Status and body of the answer."""
        with self._answer(method, path, body, {}, ANSWER_S) as (connection, answer):
            content = answer.read()
        if answer.will_close:
            connection.close()
        else:
            self._idle.append(connection)
        return answer.status, content

    @contextmanager
    def stream(self, path: str, body: dict[str, Any], headers: dict[str, str]) -> Iterator[tuple[int, Iterator[bytes]]]:
        """Status and body of the answer to a POST, piece by piece as they come, without a time limit. Leaving the context ends it."""
        with self._answer("POST", path, body, headers, None) as (connection, answer):
            try:
                yield answer.status, iter(lambda: answer.read1(_PIECE), b"")
            finally:
                answer.close()
                connection.close()

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    @contextmanager
    def _answer(
        self, method: str, path: str, body: dict[str, Any] | None, headers: dict[str, str], limit: float | None
    ) -> Iterator[tuple[http.client.HTTPConnection, http.client.HTTPResponse]]:
        """A connection that was asked, and the answer's beginning. What fails closes it, and what succeeds leaves it to the caller."""
        connection = self._connection()
        try:
            if connection.sock is None:
                connection.connect()
            connection.sock.settimeout(ANSWER_S)
            content = None if body is None else json.dumps(body).encode()
            connection.request(method, self._path + path, content, {**self._headers, **headers})
            connection.sock.settimeout(limit)
            yield connection, connection.getresponse()
        except BaseException as failure:
            connection.close()
            if isinstance(failure, (OSError, http.client.HTTPException, UnicodeError)):
                raise NoAnswer(_reason(failure)) from failure
            raise

    def _connection(self) -> http.client.HTTPConnection:
        while self._idle:
            connection = self._idle.pop()
            if not select.select([connection.sock], [], [], 0)[0]:  # readable is one that the server has closed
                return connection
            connection.close()
        if not self._tls:
            return http.client.HTTPConnection(self._host, self._port, timeout=CONNECT_S)
        import ssl

        self._trust = self._trust or ssl.create_default_context()
        return http.client.HTTPSConnection(self._host, self._port, timeout=CONNECT_S, context=self._trust)


def _reason(failure: Exception) -> str:
    if isinstance(failure, http.client.IncompleteRead):
        return "the answer broke off"
    if isinstance(failure, http.client.RemoteDisconnected):
        return "the server closed the connection"
    if isinstance(failure, http.client.BadStatusLine):  # its text is whatever came
        return "the answer is not HTTP; does the server want https?"
    return str(failure) or type(failure).__name__
