"""Connect's REST API, synchronous. Errors become ConnectError with Connect's own status and message; this is the one seam.

What may not live here: what statements mean by a call.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from millstream.errors import ConnectError

if TYPE_CHECKING:
    import httpx

#: A cluster that rebalances answers 409, one that starts 503: both pass.
RETRIED = (409, 503)
ATTEMPTS, PAUSE_S = 3, 0.1


class ConnectClient:
    """One Connect cluster. Thread-safe. ``timeout_ms`` is for one call; ``ready`` is called before each and returns once it can be made."""

    def __init__(
        self,
        url: str,
        *,
        auth: tuple[str, str] | None = None,
        timeout_ms: int = 5000,
        transport: httpx.BaseTransport | None = None,
        ready: Callable[[], None] = lambda: None,
    ) -> None:
        self.url = url.rstrip("/")
        self._auth, self._timeout, self._transport = auth, timeout_ms / 1000, transport
        self._ready = ready
        self._client: httpx.Client | None = None
        self._lock = threading.Lock()

    def names(self) -> list[str]:
        return list(self._call("GET", "/connectors"))

    def all(self) -> dict[str, dict[str, Any]]:
        """Every connector: {name: {"info": .., "status": ..}} in one call."""
        return dict(self._call("GET", "/connectors?expand=status&expand=info"))

    def info(self, name: str) -> dict[str, Any]:
        return dict(self._call("GET", f"/connectors/{_part(name)}"))

    def config(self, name: str) -> dict[str, str]:
        return dict(self._call("GET", f"/connectors/{_part(name)}/config"))

    def status(self, name: str) -> dict[str, Any]:
        return dict(self._call("GET", f"/connectors/{_part(name)}/status"))

    def topics(self, name: str) -> list[str]:
        """Topics it has used; none where the cluster does not track them."""
        try:
            found = self._call("GET", f"/connectors/{_part(name)}/topics")
        except ConnectError as error:
            if error.status in (403, 404):
                return []
            raise
        return list(found.get(name, {}).get("topics", []))

    def create(self, name: str, config: dict[str, str]) -> dict[str, Any]:
        return dict(self._call("POST", "/connectors", {"name": name, "config": config}))

    def change(self, name: str, config: dict[str, str]) -> dict[str, Any]:
        return dict(self._call("PUT", f"/connectors/{_part(name)}/config", config))

    def patch(self, name: str, changes: dict[str, str | None]) -> None:
        """Change single keys (None takes one away); Connect merges. Clusters before Kafka 3.8 are given the whole configuration."""
        try:
            self._call("PATCH", f"/connectors/{_part(name)}/config", changes)
        except ConnectError as error:
            if error.status != 405:
                raise
            merged: dict[str, str | None] = {**self.config(name), **changes}
            self.change(name, {key: value for key, value in merged.items() if value is not None})

    def delete(self, name: str) -> None:
        self._call("DELETE", f"/connectors/{_part(name)}")

    def control(self, name: str, action: str) -> None:
        """``pause``, ``resume`` or ``stop``."""
        self._call("PUT", f"/connectors/{_part(name)}/{action}")

    def restart(self, name: str, *, failed_only: bool) -> dict[str, Any]:
        """With its tasks, or only what failed. Connect's plan: a status in which what it restarts is RESTARTING."""
        only = "true" if failed_only else "false"
        return dict(self._call("POST", f"/connectors/{_part(name)}/restart?includeTasks=true&onlyFailed={only}") or {})

    def offsets(self, name: str) -> list[dict[str, Any]]:
        return list(self._call("GET", f"/connectors/{_part(name)}/offsets").get("offsets", []))

    def change_offsets(self, name: str, offsets: Any) -> str:
        return str(self._call("PATCH", f"/connectors/{_part(name)}/offsets", {"offsets": offsets}).get("message", ""))

    def reset_offsets(self, name: str) -> str:
        return str(self._call("DELETE", f"/connectors/{_part(name)}/offsets").get("message", ""))

    def plugins(self) -> list[dict[str, Any]]:
        """[{"class", "type", "version"}] of connectors."""
        return [p for p in self._call("GET", "/connector-plugins") if p.get("type") in ("source", "sink")]

    def definitions(self, class_name: str) -> list[dict[str, Any]]:
        """Configuration keys of a plugin; none where the cluster is too old to say."""
        try:
            return list(self._call("GET", f"/connector-plugins/{_part(class_name)}/config"))
        except ConnectError as error:
            if error.status in (404, 405):
                return []
            raise

    def validate(self, class_name: str, config: dict[str, str]) -> dict[str, Any]:
        return dict(self._call("PUT", f"/connector-plugins/{_part(class_name)}/config/validate", config))

    def close(self) -> None:
        if self._client is not None:
            self._client.close()

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        import httpx

        self._ready()
        for attempt in range(ATTEMPTS):
            try:
                answer = self._http().request(method, self.url + path, json=body)
            except httpx.TimeoutException as failure:
                raise ConnectError(
                    f"Kafka Connect at {self.url} did not answer within {self._timeout:g} s.",
                    hint="Setting connect.request.timeout.ms.",
                    code=50000,
                ) from failure
            except httpx.TransportError as failure:
                raise ConnectError(
                    f"Could not connect to Kafka Connect at {self.url}: {type(failure).__name__}.",
                    hint="Is it running? Setting connect.url says where it is; without it the built-in worker is used.",
                    code=50000,
                ) from failure
            if answer.status_code not in RETRIED or attempt == ATTEMPTS - 1 or _is_duplicate(answer):
                return _taken(answer)
            threading.Event().wait(PAUSE_S * (attempt + 1))
        return None

    def _http(self) -> httpx.Client:
        import httpx

        with self._lock:
            if self._client is None:
                self._client = httpx.Client(auth=self._auth, timeout=self._timeout, transport=self._transport, trust_env=False)
            return self._client


def _is_duplicate(answer: httpx.Response) -> bool:
    return answer.status_code == 409 and b"already exists" in answer.content


def _taken(answer: httpx.Response) -> Any:
    """The JSON of a good answer. Raises ConnectError with Connect's message for any other."""
    if answer.status_code < 400:
        return answer.json() if answer.content else None
    try:
        message = str(answer.json()["message"])
    except (ValueError, KeyError, TypeError):
        message = answer.text[:500] or f"HTTP {answer.status_code}"
    raise ConnectError(message, code=answer.status_code * 100)


def _part(name: str) -> str:
    return quote(name, safe="")
