"""Connect's REST API, synchronous. Errors become ConnectError with Connect's own status and message; this is the one seam.

What may not live here: what statements mean by a call.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from millstream.connect.answers import Answer
from millstream.connect.reaching import trust, unreachable
from millstream.errors import ConfigError, ConnectError
from millstream.tls import Tls

if TYPE_CHECKING:
    import httpx

#: Seconds between two calls when the cluster asks to try again: the first pause, and what its doubling ends at.
PAUSE_S, LONGEST_PAUSE_S = 0.1, 1.0


class LateAnswer(ConnectError):
    """Connect did not answer in time; it may still do what it was asked to."""


class ConnectClient:
    """One Connect cluster. Thread-safe.

    ``timeout_ms`` is for one call; ``tls`` counts where ``url`` is https; ``ready`` is called before each and returns once it can be made.
    """

    def __init__(
        self,
        url: str,
        *,
        auth: tuple[str, str] | None = None,
        tls: Tls | None = None,
        timeout_ms: int = 5000,
        transport: httpx.BaseTransport | None = None,
        ready: Callable[[], None] = lambda: None,
    ) -> None:
        self.url = url.rstrip("/")
        self._auth, self._tls, self._timeout, self._transport = auth, tls, timeout_ms / 1000, transport
        self._ready = ready
        self._client: httpx.Client | None = None
        self._lock = threading.Lock()

    def prepare(self) -> None:
        """Load what calls need, about 80 ms in which no other thread gets far: where that does no harm, instead of at the first call."""
        try:
            self._http()
        except ConfigError:  # whoever calls is told
            pass

    def names(self) -> list[str]:
        return self._list("GET", "/connectors")

    def all(self) -> dict[str, dict[str, Any]]:
        """Every connector: {name: {"info": .., "status": ..}} in one call."""
        return self._map("GET", "/connectors?expand=status&expand=info")

    def info(self, name: str) -> dict[str, Any]:
        return self._map("GET", f"/connectors/{_part(name)}")

    def config(self, name: str) -> dict[str, str]:
        return self._map("GET", f"/connectors/{_part(name)}/config")

    def status(self, name: str) -> dict[str, Any]:
        return self._map("GET", f"/connectors/{_part(name)}/status")

    def topics(self, name: str) -> list[str]:
        """Topics it has used; none where the cluster does not track them."""
        try:
            found = self._map("GET", f"/connectors/{_part(name)}/topics")
        except ConnectError as error:
            if error.status in (403, 404):
                return []
            raise
        return list(found.get(name, {}).get("topics", []))

    def create(self, name: str, config: dict[str, str], *, stopped: bool = False) -> dict[str, Any]:
        """``stopped``: it is not to run yet (Kafka 3.7 and later)."""
        state = {"initial_state": "STOPPED"} if stopped else {}
        return self._map("POST", "/connectors", {"name": name, "config": config, **state})

    def change(self, name: str, config: dict[str, str]) -> dict[str, Any]:
        return self._map("PUT", f"/connectors/{_part(name)}/config", config)

    def patch(self, name: str, changes: dict[str, str | None]) -> None:
        """Change single keys (None takes one away); Connect merges. Clusters before Kafka 3.8 are given the whole configuration."""
        try:
            self._map("PATCH", f"/connectors/{_part(name)}/config", changes)
        except ConnectError as error:
            if error.status != 405:
                raise
            merged: dict[str, str | None] = {**self.config(name), **changes}
            self.change(name, {key: value for key, value in merged.items() if value is not None})

    def delete(self, name: str) -> None:
        self._do("DELETE", f"/connectors/{_part(name)}")

    def control(self, name: str, action: str) -> None:
        """``pause``, ``resume`` or ``stop``."""
        self._do("PUT", f"/connectors/{_part(name)}/{action}")

    def restart(self, name: str, *, failed_only: bool) -> dict[str, Any]:
        """With its tasks, or only what failed. Connect's plan: a status in which what it restarts is RESTARTING."""
        only = "true" if failed_only else "false"
        return dict(self._do("POST", f"/connectors/{_part(name)}/restart?includeTasks=true&onlyFailed={only}") or {})

    def offsets(self, name: str) -> list[dict[str, Any]]:
        """[{"partition", "offset"}]. A partition that has just been reset is still listed for a moment, without an offset."""
        found = self._map("GET", f"/connectors/{_part(name)}/offsets").get("offsets", [])
        return [entry for entry in found if entry.get("offset") is not None]

    def change_offsets(self, name: str, offsets: Any) -> str:
        return str(self._map("PATCH", f"/connectors/{_part(name)}/offsets", {"offsets": offsets}).get("message", ""))

    def reset_offsets(self, name: str) -> str:
        return str(self._map("DELETE", f"/connectors/{_part(name)}/offsets").get("message", ""))

    def plugins(self) -> list[dict[str, Any]]:
        """[{"class", "type", "version"}] of connectors. Kafka 4.2 writes types in capitals."""
        found = [{**p, "type": str(p.get("type", "")).lower()} for p in self._list("GET", "/connector-plugins")]
        return [p for p in found if p["type"] in ("source", "sink")]

    def definitions(self, class_name: str) -> list[dict[str, Any]]:
        """Configuration keys of a plugin; none where the cluster is too old to say."""
        try:
            return self._list("GET", f"/connector-plugins/{_part(class_name)}/config")
        except ConnectError as error:
            if error.status in (404, 405):
                return []
            raise

    def validate(self, class_name: str, config: dict[str, str]) -> dict[str, Any]:
        return self._map("PUT", f"/connector-plugins/{_part(class_name)}/config/validate", config)

    def close(self) -> None:
        if self._client is not None:
            self._client.close()

    def _map(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        return dict(self._call(method, path, body).of_kind(dict))

    def _list(self, method: str, path: str) -> list[Any]:
        return list(self._call(method, path).of_kind(list))

    def _do(self, method: str, path: str) -> Any:
        return self._call(method, path).taken()

    def _call(self, method: str, path: str, body: Any = None) -> Answer:
        """One call, made again while the cluster asks for that, within the time-out in all."""
        self._ready()
        deadline = time.monotonic() + self._timeout
        pause = PAUSE_S
        while True:
            answer = self._exchange(method, path, body, deadline)
            if not answer.passes or time.monotonic() + pause >= deadline:
                return answer
            threading.Event().wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)

    def _exchange(self, method: str, path: str, body: Any, deadline: float) -> Answer:
        import httpx

        left = max(deadline - time.monotonic(), 0.001)
        try:
            with self._http().stream(method, self.url + path, json=body, timeout=left) as answer:
                parts: list[bytes] = []
                for part in answer.iter_bytes():
                    parts.append(part)
                    if time.monotonic() > deadline:
                        raise httpx.ReadTimeout("the answer does not end")
                return Answer(self.url, answer.status_code, b"".join(parts), answer.headers.get("location"))
        except httpx.TimeoutException as failure:
            raise self._late(method) from failure
        except httpx.TransportError as failure:
            raise unreachable(self.url, failure) from failure

    def _late(self, method: str) -> LateAnswer:
        perhaps = "" if method == "GET" else "Kafka Connect may still do it: SHOW CONNECTORS; shows whether it did. "
        return LateAnswer(
            f"Kafka Connect at {self.url} did not answer within {self._timeout:g} s.",
            hint=f"{perhaps}Setting connect.request.timeout.ms gives it more time.",
            code=50000,
        )

    def _http(self) -> httpx.Client:
        import httpx

        with self._lock:
            if self._client is None:
                # Without https there is nothing to read certificates for, which takes longer than a call.
                verify = trust(self._tls) if self.url.startswith("https:") else False
                self._client = httpx.Client(auth=self._auth, transport=self._transport, trust_env=False, verify=verify)
            return self._client


def _part(name: str) -> str:
    return quote(name, safe="")
