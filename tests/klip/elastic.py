"""As much of Elasticsearch as the sink asks for, on a port of this machine: indices that exist, and documents kept as the bulk API says."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Elastic:
    """``indices`` holds documents by index and id. ``wait`` returns once an index holds just these."""

    url: str = ""
    indices: dict[str, dict[str, Any]] = field(default_factory=dict)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def wait(self, index: str, documents: dict[str, Any], timeout_s: float = 20) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: self.indices.get(index) == documents, timeout_s), self.indices

    def bulk(self, lines: list[bytes]) -> list[dict[str, Any]]:
        items, rest = [], iter(lines)
        with self.changed:
            for line in rest:
                ((action, about),) = json.loads(line).items()
                documents = self.indices.setdefault(about["_index"], {})
                if action == "delete":
                    documents.pop(about["_id"], None)
                else:
                    documents[about["_id"]] = json.loads(next(rest))
                items.append({action: {"_id": about["_id"], "_index": about["_index"], "status": 200}})
            self.changed.notify_all()
        return items


@contextmanager
def running() -> Iterator[Elastic]:
    """Answer until the end of the block."""
    elastic = Elastic()

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._answer(200 if self.path.strip("/") in elastic.indices else 404, None)

        def do_PUT(self) -> None:
            self._body()
            elastic.indices.setdefault(self.path.strip("/"), {})
            self._answer(200, {})

        def do_POST(self) -> None:
            self._answer(200, {"items": elastic.bulk(self._body().splitlines())})

        def _body(self) -> bytes:
            return self.rfile.read(int(self.headers.get("content-length", 0)))

        def _answer(self, status: int, body: Any) -> None:
            content = b"" if body is None else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Nothing on the screen."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    elastic.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield elastic
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
