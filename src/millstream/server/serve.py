"""Granian around an application: HTTP/1.1 and HTTP/2 by prior knowledge on one port, in a thread of this process.

What may not live here: what is served.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import threading
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from millstream.config import Config
from millstream.dataclass import dataclass
from millstream.errors import ConfigError, ExecutionError
from millstream.server.silent import Watch

#: Seconds until a server must listen, and until its open answers are cut when it ends.
START_S, STOP_S = 10.0, 1.0
#: Requests at a time; push queries count as long as they run.
CONCURRENT = 10_000
#: Bytes of a request's headers over HTTP/2; Granian bounds HTTP/1.1's.
HEADER_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen. ``tls`` asks for a certificate. Port 0 takes any free one."""

    host: str
    port: int
    tls: bool = False

    @classmethod
    def parse(cls, text: str, default_port: int) -> Address:
        """``host:port``, ``:port``, ``host`` or ``http[s]://host:port``. Raises ConfigError for anything else."""
        parts = urlsplit(text if "://" in text else f"http://{text}")
        try:
            port = parts.port
        except ValueError:
            port = None
            if ":" in parts.netloc.rpartition("]")[2]:
                raise ConfigError(f"'{text}' is no address to listen at: expected host:port.") from None
        if parts.scheme not in ("http", "https") or parts.path not in ("", "/"):
            raise ConfigError(f"'{text}' is no address to listen at: expected host:port.")
        return cls(parts.hostname or "127.0.0.1", default_port if port is None else port, parts.scheme == "https")

    @property
    def url(self) -> str:
        """For a client on this machine."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)
        return f"{'https' if self.tls else 'http'}://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def reached_at(self) -> str:
        """For a client on any machine: where it listens everywhere, by this machine's name."""
        host = socket.gethostname() if self.host in ("0.0.0.0", "::") else self.host
        return f"{'https' if self.tls else 'http'}://{f'[{host}]' if ':' in host else host}:{self.port}"


class Served:
    """An application being served. ``close`` returns when the port is free again."""

    def __init__(self, app: Any, address: Address, config: Config) -> None:
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: Any = None
        self._options = _tls(config, address)
        self.address, held = reserve(address)
        self._header_ms = config.number("request.header.timeout.ms")
        self._thread = threading.Thread(target=self._run, args=(app,), name="http", daemon=True)
        self._thread.start()
        with held:
            self._await_listening()
        self._silent = Watch(self.address.port, self._header_ms)

    @property
    def url(self) -> str:
        return self.address.url

    def wait(self) -> None:
        """Until the server ends."""
        self._thread.join()

    def close(self) -> None:
        self._silent.close()
        if self._loop is not None and self._server is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._server.stop)
            self._thread.join(STOP_S)
            if self._thread.is_alive():
                self._loop.call_soon_threadsafe(self._cut)
                self._thread.join(STOP_S)

    def _cut(self) -> None:
        """Clients that keep their connection open would keep the server from ending."""
        for task in asyncio.all_tasks(self._loop):
            task.cancel()

    def _run(self, app: Any) -> None:
        try:
            asyncio.run(self._serve(app))
        except asyncio.CancelledError:
            pass
        except BaseException as failure:
            self._failure = failure
        finally:
            self._ready.set()

    async def _serve(self, app: Any) -> None:
        from granian.constants import HTTPModes, Interfaces, SSLProtocols
        from granian.http import HTTP1Settings, HTTP2Settings
        from granian.server.embed import Server

        self._loop = asyncio.get_running_loop()
        self._server = Server(
            app,
            address=self.address.host,
            port=self.address.port,
            interface=Interfaces.ASGINL,
            http=HTTPModes.auto,
            websockets=True,
            backlog=1024,
            backpressure=CONCURRENT,
            http1_settings=HTTP1Settings(header_read_timeout=self._header_ms),
            http2_settings=HTTP2Settings(max_concurrent_streams=1000, max_headers_size=HEADER_BYTES),
            log_enabled=False,
            ssl_protocol_min=SSLProtocols.tls12,
            **self._options,
        )
        self._ready.set()
        await self._server.serve()

    def _await_listening(self) -> None:
        """Raises ExecutionError when nothing listens in time, naming the port."""
        pause = threading.Event()
        self._ready.wait(START_S)
        for _ in range(int(START_S / 0.01)):
            if self._failure is not None:
                break
            if listens(self.address):
                return
            pause.wait(0.01)
        raise ExecutionError(
            f"The server could not listen at {self.address.host}:{self.address.port}: {self._failure or 'no answer'}",
            hint="Is the port in use? Choose another with --listen.",
        )


def listens(address: Address) -> bool:
    """Whether somebody accepts connections there."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address.host, address.host)
    try:
        socket.create_connection((host, address.port), 1).close()
    except OSError:
        return False
    return True


def reserve(address: Address, option: str = "--listen") -> tuple[Address, socket.socket]:
    """The address with a port that is free, and what keeps it so until it is closed: nobody else is given a port that is bound, but who
    means to listen there can. Raises ExecutionError where it is taken; ``option`` is what would choose another."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    held = socket.socket(family)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        held.bind((address.host, address.port))
    except OSError as fault:
        held.close()
        foreign = isinstance(fault, socket.gaierror) or fault.errno == errno.EADDRNOTAVAIL
        hint = f"Name an address of this machine with {option}." if foreign else f"Choose another port with {option}."
        raise ExecutionError(f"Cannot listen at {address.host}:{address.port}: {fault.strerror}.", hint=hint) from fault
    return Address(address.host, held.getsockname()[1], address.tls), held


def _tls(config: Config, address: Address) -> dict[str, Any]:
    """Certificate settings. Raises ConfigError for https without a certificate, or a certificate without a key."""
    certificate, key = config.text("ssl.certificate.file"), config.text("ssl.key.file")
    if not address.tls:
        return {}
    for name, value in (("ssl.certificate.file", certificate), ("ssl.key.file", key)):
        if not value:
            raise ConfigError(f"Listening with https needs the setting {name}.")
        if not Path(value).is_file():
            raise ConfigError(f"There is no file {value} ({name}).")
    _check_pair(certificate, key)
    return {"ssl_cert": Path(certificate), "ssl_key": Path(key)}


def _check_pair(certificate: str, key: str) -> None:
    """Raises ConfigError for what the HTTP server could not use: it has words of its own for it, or asks the terminal for a password."""
    import ssl

    encrypted = False

    def give() -> str:
        nonlocal encrypted
        encrypted = True
        return ""

    fault: OSError | None = None
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, give)
    except OSError as raised:  # an ssl.SSLError is one
        fault = raised
    if encrypted:
        hint = f"openssl pkey -in {key} -out FILE writes it without a password; keep that file readable by the server's user only."
        raise ConfigError(f"The key {key} (ssl.key.file) is encrypted, which the HTTP server cannot read.", hint=hint)
    if fault is not None:
        reason = str(getattr(fault, "reason", None) or fault.strerror or "").lower().replace("_", " ")
        said = f": {reason}" if reason and "lib" not in reason else ""
        raise ConfigError(
            f"The certificate {certificate} (ssl.certificate.file) and the key {key} (ssl.key.file) cannot be used{said}.",
            hint="Both are files in PEM, and the key is that of the file's first certificate.",
        )
