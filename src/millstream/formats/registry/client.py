"""A Confluent-compatible registry over HTTP. Implements ``formats.base.Registry``; every failure is a RegistryError.

Passwords are in no message: URLs are shown without what is before the ``@``. Requests that found no server, or a 5xx, are tried again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit, urlunsplit

from millstream.errors import RegistryDown, RegistryError
from millstream.formats.base import RegisteredSchema
from millstream.formats.registry.reaching import trust, unreachable
from millstream.tls import Tls

if TYPE_CHECKING:
    import httpx

_CONTENT = "application/vnd.schemaregistry.v1+json"
_NOT_THERE = (40401, 40402, 40403)


class RegistryClient:
    """``urls``: one or several, tried in turn, comma-separated as ``schema.registry.url`` gives them.

    ``auth``: user name and password. ``tls`` counts where a URL is https. ``timeout`` in seconds for one request, ``retries`` after the
    first try. Raises ConfigError for certificates that cannot be used.
    """

    def __init__(
        self,
        urls: str,
        *,
        auth: tuple[str, str] | None = None,
        tls: Tls | None = None,
        timeout: float = 10.0,
        retries: int = 3,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        import httpx

        self._urls = [u.strip().rstrip("/") for u in urls.split(",") if u.strip()]
        self._retries, self._sleep = retries, sleep
        self._http = httpx.Client(
            auth=auth,
            # Without https there is nothing to read certificates for, which takes longer than a call.
            verify=trust(tls) if any(u.startswith("https:") for u in self._urls) else False,
            timeout=timeout,
            transport=transport,
            headers={"Accept": f"{_CONTENT}, application/json", "Content-Type": _CONTENT},
        )

    def register(self, subject: str, kind: str, text: str) -> int:
        body: dict[str, Any] = {"schema": text}
        if kind != "AVRO":  # registries before schema types refuse the key
            body["schemaType"] = kind
        return int(self._call("POST", f"/subjects/{quote(subject, safe='')}/versions", body)["id"])

    def by_id(self, schema_id: int) -> RegisteredSchema:
        found = self._call("GET", f"/schemas/ids/{schema_id}")
        return RegisteredSchema(schema_id, *_read(found), imports=self._imports(found))

    def latest(self, subject: str) -> RegisteredSchema | None:
        try:
            found = self._call("GET", f"/subjects/{quote(subject, safe='')}/versions/latest")
        except RegistryError as error:
            if error.code in _NOT_THERE:
                return None
            raise
        return RegisteredSchema(found["id"], *_read(found), subject, found["version"], self._imports(found))

    def _imports(self, found: Any) -> tuple[tuple[str, str], ...]:
        texts: dict[str, str] = {}
        for reference in found.get("references") or ():
            path = f"/subjects/{quote(reference['subject'], safe='')}/versions/{reference['version']}?deleted=true"
            imported = self._call("GET", path)
            texts.update(self._imports(imported))
            texts[reference["name"]] = _read(imported)[1]
        return tuple(texts.items())

    def delete_subject(self, subject: str) -> None:
        try:
            self._call("DELETE", f"/subjects/{quote(subject, safe='')}")
        except RegistryError as error:
            if error.code not in (40401, 40404):
                raise

    def subjects(self) -> list[str]:
        return list(self._call("GET", "/subjects"))

    def close(self) -> None:
        self._http.close()

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        import httpx

        failure = RegistryDown("schema.registry.url names no registry.")
        for attempt in range(self._retries + 1):
            if attempt:
                self._sleep(min(0.1 * 2**attempt, 2.0))
            url = self._urls[attempt % len(self._urls)]
            try:
                answer = self._http.request(method, url + path, json=body)
            except httpx.HTTPError as error:
                failure, again = unreachable(masked(url), error)
                if again or len(self._urls) > 1:
                    continue
                break
            if answer.status_code >= 500 or answer.status_code == 429:
                failure = RegistryDown(
                    f"The schema registry at {masked(url)} answered {answer.status_code}: {answer.text[:200]}",
                    hint="Look at the registry's log.",
                )
                continue
            return _checked(answer, f"{method} {masked(url)}{path}")
        raise failure


def _read(found: Any) -> tuple[str, str]:
    """Kind and text of an answer. Some registries hand compiled Protobuf schemas back as they were registered."""
    kind, text = found.get("schemaType", "AVRO"), found["schema"]
    if kind != "PROTOBUF":
        return kind, text
    from millstream.formats.protobuf.binary import as_text

    return kind, as_text(text)


def masked(url: str) -> str:
    """The URL without user name and password."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _checked(answer: httpx.Response, what: str) -> Any:
    """The body of an answer. Raises RegistryError for an error that the registry tells of, RegistryDown for what is none of its answers."""
    try:
        body = answer.json()
    except ValueError:
        body = None
    if answer.status_code in (401, 403):
        raise RegistryDown(
            f"The schema registry refused the login: {what} answered {answer.status_code}.",
            hint="Check schema.registry.user and schema.registry.password.",
        )
    if answer.status_code < 400 and body is not None:
        return body
    if not isinstance(body, dict) or "error_code" not in body:
        raise RegistryDown(
            f"{what} answered {answer.status_code} {answer.text[:200]!r}, which is no answer of a schema registry.",
            hint="Check schema.registry.url, its path too.",
        )
    code = int(body["error_code"])
    raise RegistryError(f"{what}: {body.get('message') or answer.reason_phrase}", code=code if code >= 10000 else code * 100)
