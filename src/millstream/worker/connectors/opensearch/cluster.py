"""The HTTP side: one client, several nodes in turn; foreign errors become ours here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from millstream.worker.errors import RetriableError, TaskError
from millstream.worker.secrets import mask_urls

if TYPE_CHECKING:
    import httpx


class TooLarge(TaskError):
    """A request that is larger than the cluster takes."""


#: Answers that may be better next time.
_PASSING = {408, 429, 500, 502, 503, 504}


class Cluster:
    """A cluster. ``transport`` replaces the network in tests."""

    def __init__(self, config: Mapping[str, Any], transport: httpx.BaseTransport | None = None) -> None:
        import httpx

        self._urls = [u.rstrip("/") for u in config["connection.url"]]
        user, password = config["connection.username"], config["connection.password"]
        timeout = httpx.Timeout(config["read.timeout.ms"] / 1000, connect=config["connection.timeout.ms"] / 1000)
        auth = (user, password or "") if user else None
        self._http = httpx.Client(auth=auth, timeout=timeout, transport=transport)
        self._turn = 0

    def call(self, method: str, path: str, body: bytes | None = None, kind: str = "application/json") -> httpx.Response:
        """One request; the next node is tried by the next call after a failure. RetriableError: unreachable, or busy."""
        import httpx

        url = self._urls[self._turn % len(self._urls)]
        try:
            answer = self._http.request(method, url + path, content=body, headers={"content-type": kind})
        except httpx.HTTPError as e:
            self._turn += 1
            raise RetriableError(f"Cannot reach {mask_urls(url)}: {e or type(e).__name__}") from e
        if answer.status_code in _PASSING:
            self._turn += 1
            raise RetriableError(f"{mask_urls(url)} answered {answer.status_code}: {reason(answer)}")
        if answer.status_code == 401:
            raise TaskError(f"{mask_urls(url)} refused the login: check connection.username and connection.password.")
        return answer

    def ensure_index(self, index: str, mapping: Mapping[str, Any] | None) -> None:
        """Create the index where it is missing."""
        if self.call("HEAD", f"/{index}").status_code == 200:
            return
        answer = self.call("PUT", f"/{index}", msgspec.json.encode({"mappings": mapping} if mapping else {}))
        if answer.status_code not in (200, 201) and "already_exists" not in answer.text:
            raise TaskError(f"Cannot create index {index}: {reason(answer)}")

    def bulk(self, lines: bytes) -> list[dict[str, Any]]:
        """The outcome of each operation, in order: ``action``, status, and error where there is one. TooLarge: send less at once."""
        answer = self.call("POST", "/_bulk", lines, "application/x-ndjson")
        if answer.status_code == 413:
            raise TooLarge(f"The cluster takes no request of {len(lines)} bytes (http.max_content_length).")
        if answer.status_code != 200:
            raise TaskError(f"The cluster refused a bulk request with {answer.status_code}: {reason(answer)}")
        return [{"action": action, **outcome} for item in answer.json()["items"] for action, outcome in item.items()]

    def close(self) -> None:
        self._http.close()


def reason(answer: httpx.Response) -> str:
    """What the cluster says, in one line."""
    try:
        error = answer.json().get("error")
    except (ValueError, AttributeError):
        return answer.text[:200]
    return str(error.get("reason", error)) if isinstance(error, dict) else str(error or answer.text[:200])
