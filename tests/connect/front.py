"""A real server with TLS and basic authentication in front of an ASGI application, as people put them in front of Connect's REST API."""

from __future__ import annotations

import base64
import ssl
import subprocess
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx

from millstream.connect.transport import AsgiTransport


def certificate(folder: Path, name: str, *, host: str = "localhost", password: str = "") -> tuple[Path, Path]:
    """A certificate that signs itself, and its key."""
    cert, key = folder / f"{name}.pem", folder / f"{name}.key"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-days", "2", "-subj", f"/CN={host}"]
    secured = ["-passout", f"pass:{password}"] if password else ["-nodes"]
    names = ["-addext", f"subjectAltName=DNS:{host}", "-keyout", str(key), "-out", str(cert)]
    subprocess.run([*command, *secured, *names], check=True, capture_output=True)
    return cert, key


class Front:
    """Passes what it is asked on to the application. ``user``: who may ask; ``clients``: whose certificates are wanted."""

    def __init__(
        self, app: Any, pair: tuple[Path, Path] | None, *, user: tuple[str, str] | None = None, clients: Path | None = None
    ) -> None:
        transport, front = AsgiTransport(app), self
        #: What is done instead of passing a request on: another answer, "hang" (until ``released``), "cut" (no answer), or None.
        self.mischief: Callable[[str, str], tuple[int, bytes] | str | None] = lambda method, path: None
        self.released = threading.Event()
        wanted = "Basic " + base64.b64encode(":".join(user).encode()).decode() if user else None

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _pass_on(self) -> None:
                content = self.rfile.read(int(self.headers.get("content-length", 0)))
                if wanted is not None and self.headers.get("authorization") != wanted:
                    self._answer(401, b"User cannot access the resource.")
                    return
                mischief = front.mischief(self.command, self.path)
                if mischief == "hang":
                    front.released.wait(30)
                if mischief in ("hang", "cut"):
                    self.close_connection = True
                    return
                if isinstance(mischief, tuple):
                    self._answer(*mischief)
                    return
                headers = {k: v for k, v in self.headers.items() if k.lower() in ("content-type", "host")}
                asked = httpx.Request(self.command, f"http://connect{self.path}", headers=headers, content=content)
                answer = transport.handle_request(asked)
                self._answer(answer.status_code, answer.content)

            def _answer(self, status: int, content: bytes) -> None:
                self.send_response(status)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _pass_on

            def log_message(self, *arguments: Any) -> None:
                """Nothing."""

        self._transport = transport
        self._server = _Quiet(("127.0.0.1", 0), Handler)
        if pair is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*pair)
            if clients is not None:
                context.verify_mode = ssl.CERT_REQUIRED
                context.load_verify_locations(clients)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"{'https' if pair else 'http'}://localhost:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._transport.close()


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that trusts nobody hangs up."""
