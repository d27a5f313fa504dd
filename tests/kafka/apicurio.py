"""A real schema registry for tests: Apicurio's Confluent API, brought once by Maven (109 MB), in memory."""

from __future__ import annotations

import base64
import http.server
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from demo.kafka.maven import plugins
from demo.kafka.process import SMALL, Program, free_ports

from tests.kafka.certificates import Pair

_PATH = "/apis/ccompat/v7"
_ARTIFACT = "io.apicurio:apicurio-registry-app:3.0.9:tar.gz:all"


class Apicurio(Program):
    """One registry, whose schemas live as long as it does. ``url`` is plain, ``tls_url`` has the certificate of ``pair``."""

    def __init__(self, directory: Path, pair: Pair) -> None:
        super().__init__("The registry", directory)
        plain, tls, management = free_ports(3)
        self.url, self.tls_url = f"http://127.0.0.1:{plain}{_PATH}", f"https://127.0.0.1:{tls}{_PATH}"
        settings = {
            "quarkus.http.host": "127.0.0.1",
            "quarkus.http.port": plain,
            "quarkus.http.ssl-port": tls,
            "quarkus.http.ssl.certificate.files": pair.certificate,
            "quarkus.http.ssl.certificate.key-files": pair.key,
            "quarkus.http.insecure-requests": "enabled",
            "quarkus.management.host": "127.0.0.1",
            "quarkus.management.port": management,
        }
        self._options = [f"-D{name}={value}" for name, value in settings.items()]

    def command(self) -> Sequence[str]:
        (jar,) = Path(plugins(_ARTIFACT)).glob("apicurio-registry-app-*-runner.jar")
        return ["java", "-Xmx256m", "-XX:TieredStopAtLevel=1", *SMALL, *self._options, "-jar", str(jar)]

    def ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/subjects", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


class Gate:
    """What people put in front of a registry: asks for a user and a password, hands on what comes with them. Closed, nobody answers."""

    def __init__(self, behind: str, user: str, password: str, pair: Pair | None = None) -> None:
        wanted = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        self.calls: list[str] = []
        calls = self.calls

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._hand_on(None)

            def do_POST(self) -> None:
                self._hand_on(self.rfile.read(int(self.headers.get("content-length") or 0)))

            do_DELETE = do_PUT = do_POST

            def _hand_on(self, body: bytes | None) -> None:
                calls.append(f"{self.command} {self.path}")
                if self.headers.get("authorization") != wanted:
                    self._answer(401, b"no entry", "text/plain")
                    return
                request = urllib.request.Request(behind + self.path, body or None, method=self.command)
                request.add_header("content-type", self.headers.get("content-type") or "application/json")
                try:
                    with urllib.request.urlopen(request, timeout=10) as answer:
                        self._answer(answer.status, answer.read(), answer.headers["content-type"])
                except urllib.error.HTTPError as error:
                    self._answer(error.code, error.read(), error.headers["content-type"])

            def _answer(self, status: int, body: bytes, kind: str) -> None:
                self.send_response(status)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None: ...

        self._handler, self._pair = Handler, pair
        (self._port,) = free_ports(1)
        self.url = f"{'https' if pair else 'http'}://127.0.0.1:{self._port}"
        self._server: http.server.ThreadingHTTPServer | None = None

    def open(self) -> None:
        self._server = server = http.server.ThreadingHTTPServer(("127.0.0.1", self._port), self._handler)
        if self._pair is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self._pair.certificate, self._pair.key)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
