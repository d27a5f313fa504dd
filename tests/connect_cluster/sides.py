"""Two Connect workers, asked the same: Kafka's on the broker of the run, ours on a log in memory. Answers come without what must differ."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from millstream.connect.answers import Answer as ConnectAnswer
from millstream.log.base import Batch

Answer = tuple[int, Any]


@dataclass
class Side:
    """One worker. ``home`` is a directory of its own, ``tag`` what its connectors' and topics' names end in."""

    name: str
    http: httpx.Client
    log: Any
    home: Path
    tag: str

    def call(self, method: str, path: str, body: Any = None) -> Answer:
        """Status and body. In ``path`` and ``body``, ``~`` is the tag and ``<home>`` the directory; in the answer they are back in.

        What a rebalance turned away is asked again.
        """
        raw = None if body is None else self._own(body if isinstance(body, str) else json.dumps(body))
        headers = {"content-type": "application/json"} if raw is not None else {}
        answer = self.http.request(method, self._own(path), content=raw, headers=headers)
        deadline = time.monotonic() + 20
        while ConnectAnswer("", answer.status_code, answer.content).passes and time.monotonic() < deadline:
            threading.Event().wait(0.1)
            answer = self.http.request(method, self._own(path), content=raw, headers=headers)
        if not answer.content:
            return answer.status_code, None
        return answer.status_code, plain(json.loads(self._common(answer.text)))

    def raw(self, method: str, path: str, content: bytes | None = None, kind: str | None = None) -> Answer:
        """A request as it is, with whatever content type."""
        headers = {"content-type": kind} if kind is not None else {}
        answer = self.http.request(method, self._own(path), content=content, headers=headers)
        return answer.status_code, plain(json.loads(self._common(answer.text))) if answer.content else None

    def _own(self, text: str) -> str:
        return text.replace("~", self.tag).replace("<home>", str(self.home))

    def _common(self, text: str) -> str:
        return text.replace(self.tag, "~").replace(str(self.home), "<home>")

    def until(self, path: str, holds: Callable[[Any], bool]) -> Answer:
        """The answer of a GET, once it is as wanted: Connect acts in its own time."""
        deadline = time.monotonic() + 20
        while True:
            status, body = self.call("GET", path)
            if status == 200 and holds(body):
                return status, body
            assert time.monotonic() < deadline, f"{self.name}: GET {path} still answers {status} {body}"
            threading.Event().wait(0.05)

    def records(self, topic: str, count: int) -> list[tuple[bytes | None, bytes | None, tuple[Any, ...]]]:
        """(key, value, headers) of partition 0, once there are so many."""
        deadline, topic = time.monotonic() + 20, self._own(topic)
        while True:
            if self.log.topic(topic) is not None:
                batch = self.log.read(topic, 0, 0) if self.log.end_offsets(topic)[0] >= count else Batch([], [], [])
                if len(batch) >= count:
                    headers = batch.headers or [()] * len(batch)
                    return [(k, v, tuple(h or ())) for k, v, h in zip(batch.keys, batch.values, headers, strict=True)]
            assert time.monotonic() < deadline, f"{self.name}: {topic} has too few records"
            threading.Event().wait(0.05)

    def lines(self, file: str, count: int) -> list[str]:
        """The lines of a file in ``home``, once there are so many."""
        deadline, path = time.monotonic() + 20, self.home / file
        while True:
            found = path.read_text().splitlines() if path.exists() else []
            if len(found) >= count:
                return found
            assert time.monotonic() < deadline, f"{self.name}: {file} has {found}"
            threading.Event().wait(0.05)


def plain(value: Any, key: str = "") -> Any:
    """Without addresses and versions, and with traces cut to their kind."""
    if isinstance(value, dict):
        return {k: plain(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    if key == "version":  # Kafka's has none while a connector starts
        return "<version>"
    return {"worker_id": "<worker>", "trace": "<trace>"}.get(key, value) if value is not None else None


def differences(real: Any, ours: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """(where, Kafka's, ours), field by field."""
    if isinstance(real, dict) and isinstance(ours, dict):
        for key in sorted({*real, *ours}):
            where = f"{path}.{key}" if path else key
            yield from differences(real.get(key, "<absent>"), ours.get(key, "<absent>"), where)
    elif isinstance(real, list) and isinstance(ours, list) and len(real) == len(ours):
        for index, (a, b) in enumerate(zip(real, ours, strict=True)):
            yield from differences(a, b, f"{path}[{index}]")
    elif real != ours:
        yield path, real, ours
