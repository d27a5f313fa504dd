"""A Confluent-compatible registry over HTTP. Implements ``formats.base.Registry``; every failure is a RegistryError.

Passwords are in no message: URLs are shown without what is before the ``@``. Requests that found no server, or a 5xx, are tried again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit, urlunsplit

from millstream.errors import RegistryError
from millstream.formats.base import RegisteredSchema

if TYPE_CHECKING:
    import httpx

_CONTENT = "application/vnd.schemaregistry.v1+json"
_NOT_THERE = (40401, 40402, 40403)


class RegistryClient:
    """``urls``: one or several, tried in turn, comma-separated as ``schema.registry.url`` gives them.

    ``auth``: user name and password (``basic.auth.user.info``). ``verify``: False, or the path of a file of trusted certificates; ``cert``:
    paths of the client's certificate and key. ``timeout`` in seconds for one request, ``retries`` after the first try.
    """

    def __init__(
        self,
        urls: str,
        *,
        auth: tuple[str, str] | None = None,
        verify: bool | str = True,
        cert: tuple[str, str] | None = None,
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
            verify=_tls(verify, cert),
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
        return RegisteredSchema(schema_id, found.get("schemaType", "AVRO"), found["schema"], imports=self._imports(found))

    def latest(self, subject: str) -> RegisteredSchema | None:
        try:
            found = self._call("GET", f"/subjects/{quote(subject, safe='')}/versions/latest")
        except RegistryError as error:
            if error.code in _NOT_THERE:
                return None
            raise
        kind, imports = found.get("schemaType", "AVRO"), self._imports(found)
        return RegisteredSchema(found["id"], kind, found["schema"], subject, found["version"], imports)

    def _imports(self, found: Any) -> tuple[tuple[str, str], ...]:
        texts: dict[str, str] = {}
        for reference in found.get("references") or ():
            path = f"/subjects/{quote(reference['subject'], safe='')}/versions/{reference['version']}?deleted=true"
            imported = self._call("GET", path)
            texts.update(self._imports(imported))
            texts[reference["name"]] = imported["schema"]
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

        failure = ""
        for attempt in range(self._retries + 1):
            if attempt:
                self._sleep(min(0.1 * 2**attempt, 2.0))
            url = self._urls[attempt % len(self._urls)]
            try:
                answer = self._http.request(method, url + path, json=body)
            except httpx.HTTPError as error:
                failure = f"{masked(url)}: {type(error).__name__}: {error}"
                continue
            if answer.status_code >= 500:
                failure = f"{masked(url)} answered {answer.status_code}: {answer.text[:200]}"
                continue
            return _checked(answer, f"{method} {masked(url)}{path}")
        raise RegistryError(
            f"The schema registry could not be reached: {failure}",
            hint="Check schema.registry.url, and that the registry is running.",
        )


def masked(url: str) -> str:
    """The URL without user name and password."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _tls(verify: bool | str, cert: tuple[str, str] | None) -> Any:
    if verify is True and cert is None:
        return True
    import ssl

    context = ssl.create_default_context(cafile=verify if isinstance(verify, str) else None)
    if verify is False:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if cert is not None:
        context.load_cert_chain(*cert)
    return context


def _checked(answer: httpx.Response, what: str) -> Any:
    try:
        body = answer.json()
    except ValueError:
        raise RegistryError(f"{what}: expected JSON, got {answer.status_code} {answer.text[:200]!r}") from None
    if answer.status_code < 400:
        return body
    code = body.get("error_code", answer.status_code) if isinstance(body, dict) else answer.status_code
    message = body.get("message", "") if isinstance(body, dict) else str(body)
    hint = "Check the user name and password of the schema registry." if answer.status_code in (401, 403) else None
    raise RegistryError(f"{what}: {message or answer.reason_phrase}", hint=hint, code=code if code >= 10000 else code * 100)
