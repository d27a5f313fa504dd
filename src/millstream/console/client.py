"""The console's side of ksqlDB's REST API. Works against Millstream and, for the plain statements, against ksqlDB itself.

Knows HTTP and wire shapes; renders nothing and reads no keys. Errors arrive as ``ServerError`` with the server's own message.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from millstream.console.render import rows
from millstream.console.wire import NoAnswer, Wire
from millstream.errors import MillstreamError

if TYPE_CHECKING:
    import ssl
    from pathlib import Path


class WrongUsage(MillstreamError):
    """What the command line or the prompt gave cannot be meant."""


class ServerError(MillstreamError):
    """The server answered with an error. ``entities`` holds the results of the statements before the failing one."""

    entities: list[dict[str, Any]]

    def __init__(self, body: dict[str, Any], status: int) -> None:
        super().__init__(str(body.get("message", f"HTTP {status}")), code=int(body.get("error_code", status * 100)), hint=body.get("hint"))
        self.entities = body.get("entities") or []


class Client:
    """A connection to one server. ``auth`` is (user, password), which the URL may hold, too; ``url`` is without them. ``authority`` is a
    PEM file with the certificate that an https server's own is signed with (None: the system's).

    Raises ServerError, or MillstreamError where nobody answers, the URL is none, or the file cannot be used.
    """

    def __init__(self, url: str, auth: tuple[str, str] | None = None, authority: Path | None = None) -> None:
        self._authority = authority
        self.connect(url, auth)

    def connect(self, url: str, auth: tuple[str, str] | None) -> None:
        """Talk to the server at a URL from now on."""
        self.url, given = _parted(url)
        self._auth = auth or given
        self._wire = Wire(self.url, self._auth, None if self._authority is None else _trusting(self._authority))

    def another(self, url: str) -> Client:
        """A client of another URL that trusts the same certificates. User and password go with it to the same host only."""
        here, there = urlsplit(self.url), urlsplit(_parted(url)[0])
        same = (here.scheme, here.hostname) == (there.scheme, there.hostname)
        return Client(url, self._auth if same else None, self._authority)

    def info(self) -> dict[str, Any]:
        """``/info``: version, service id, state."""
        return dict(self._get("/info")["KsqlServerInfo"])

    def statements(self, text: str, properties: dict[str, Any], variables: dict[str, str]) -> list[dict[str, Any]]:
        """Run statements that are not queries; one entity for each that has one."""
        body = {"ksql": text, "streamsProperties": properties, "sessionVariables": variables}
        return list(self._post("/ksql", body))

    def query(self, text: str, properties: dict[str, Any], variables: dict[str, str]) -> Iterator[dict[str, Any]]:
        """Stream a query: ``{"header": ..}``, ``{"row": ..}``, ``{"finalMessage": ..}``, ``{"errorMessage": ..}`` objects as they come.

        Closing the iterator ends the query on the server.
        """
        body = {"ksql": text, "streamsProperties": properties, "sessionVariables": variables}
        headers = {"Accept": "application/vnd.ksql.v1+json"}
        for piece in self._stream("/query", body, headers):
            yield dict(rows.read(piece))

    def print_topic(self, text: str, properties: dict[str, Any], variables: dict[str, str]) -> Iterator[str]:
        """Stream the lines of PRINT."""
        body = {"sql": text, "properties": properties, "sessionVariables": variables}
        yield from self._stream("/query-stream", body, {"Accept": "application/vnd.ksqlapi.delimited.v1"})

    def close(self) -> None:
        self._wire.close()

    def _get(self, path: str) -> Any:
        return self._call("GET", path)

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        return self._call("POST", path, body)

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        try:
            return self._answer(*self._wire.exchange(method, path, body))
        except NoAnswer as failure:
            raise self._unreachable(failure) from failure

    def _answer(self, status: int, content: bytes) -> Any:
        try:
            body = json.loads(content)
        except ValueError:
            message = f"{self.url} answered HTTP {status} without JSON; is it a ksqlDB or Millstream server?"
            raise self._refused(status, {"message": message}) from None
        if status >= 400:
            raise self._refused(status, body if isinstance(body, dict) else {})
        return body

    @staticmethod
    def _refused(status: int, body: dict[str, Any]) -> ServerError:
        if status == 401:
            body.setdefault("hint", "Give user and password: --user NAME:PASSWORD.")
        return ServerError(body, status)

    def _stream(self, path: str, body: dict[str, Any], headers: dict[str, str]) -> Iterator[str]:
        """The non-empty lines of a streamed answer, without the brackets and commas of a JSON array around them."""
        try:
            with self._wire.stream(path, body, headers) as (status, pieces):
                if status >= 400:
                    self._answer(status, b"".join(pieces))
                for raw in _lines(pieces):
                    text = _element(raw) if path == "/query" else raw
                    if text:
                        yield text
        except NoAnswer as failure:
            raise self._unreachable(failure) from failure

    def _unreachable(self, failure: Exception) -> MillstreamError:
        if "CERTIFICATE_VERIFY_FAILED" in str(failure):
            reason = str(failure).rpartition("certificate verify failed: ")[2].partition(" (_ssl")[0]
            return MillstreamError(
                f"The certificate of {self.url} is not trusted: {reason}",
                hint="Give the certificate that signed it: --ca FILE.",
                code=50300,
            )
        return MillstreamError(
            f"No answer from {self.url}: {failure}",
            hint="Is the server running? Start one with 'millstream server', or run 'millstream' without a URL.",
            code=50300,
        )


def _parted(url: str) -> tuple[str, tuple[str, str] | None]:
    """The URL without user and password, and these. Raises MillstreamError for what is no URL of a server."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    try:
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # the port is no number
        usable = False
    if not usable:
        shown = url.rpartition("@")[2]
        raise WrongUsage(f"'{shown}' is no URL of a server: expected http://HOST:PORT.", hint="The statements of a file run with -f FILE.")
    auth = None if parts.username is None else (unquote(parts.username), unquote(parts.password or ""))
    return f"{parts.scheme}://{host}{parts.path.rstrip('/')}", auth


def _trusting(authority: Path) -> ssl.SSLContext:
    import ssl

    try:
        return ssl.create_default_context(cafile=authority)
    except OSError as failure:  # ssl.SSLError is one
        raise MillstreamError(f"Cannot use the certificates in {authority}: {failure.strerror or 'it is not a PEM file'}") from failure


def _lines(pieces: Iterable[bytes]) -> Iterator[str]:
    """Lines that end with a line feed, and nothing else: texts in JSON may hold U+2028 and the like as they are."""
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        yield from (line.decode().removesuffix("\r") for line in lines)
    if rest:
        yield rest.decode()


def _element(line: str) -> str:
    """One element of a JSON array that is written a line an element: without the array's brackets and the comma behind it."""
    text = line.strip().removeprefix("[").removesuffix(",")
    return text[:-1] if text.endswith("}]") or text == "]" else text
