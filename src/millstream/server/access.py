"""Who may call: basic authentication with roles, and CORS. Passwords are compared in constant time and shown nowhere."""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import field
from pathlib import Path

from starlette.requests import HTTPConnection
from starlette.responses import Response

from millstream.config import Config
from millstream.dataclass import dataclass
from millstream.errors import ConfigError
from millstream.server.answers import json_answer

#: Paths that anybody may ask for: they tell a load balancer that the server lives.
OPEN = frozenset({"/v1/metadata", "/v1/metadata/id", "/healthcheck", "/chc/live", "/chc/ready"})
_METHODS, _HEADERS = "HEAD,POST,GET", "X-Requested-With,Content-Type,Accept,Authorization"


@dataclass(frozen=True, slots=True)
class Account:
    password: str = field(repr=False)
    roles: frozenset[str] = frozenset()


class Access:
    """The rules of one server."""

    def __init__(self, accounts: dict[str, Account] | None, roles: frozenset[str], origin: str) -> None:
        self._accounts = accounts
        self._roles = roles
        self._origin = origin

    @classmethod
    def of(cls, config: Config) -> Access:
        """As the configuration says. Raises ConfigError for a file or line that cannot be read."""
        accounts = _accounts(config) if config.text("authentication.method").lower() == "basic" else None
        return cls(accounts, frozenset(config.items("authentication.roles")), config.text("access.control.allow.origin"))

    def refuse(self, connection: HTTPConnection) -> Response | None:
        """The answer to someone who may not call; None for one who may."""
        if self._accounts is None or connection.url.path in OPEN:
            return None
        header = connection.headers.get("authorization", "")
        scheme, _, encoded = header.partition(" ")
        if scheme.lower() != "basic":
            return _unauthorized()
        try:
            name, colon, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return _error(400, 50000, "Bad Request")
        account = self._accounts.get(name)
        expected = account.password if account is not None else ""
        if not hmac.compare_digest(expected.encode(), password.encode()) or not colon or account is None:
            return _unauthorized()
        if "*" not in self._roles and not self._roles.intersection(account.roles):
            return _error(403, 40300, "Forbidden")
        return None

    def preflight(self, connection: HTTPConnection) -> Response | None:
        """The answer to a browser that asks whether it may call."""
        origin = connection.headers.get("origin")
        if not self._origin or origin is None or "access-control-request-method" not in connection.headers:
            return None
        if self._origin not in ("*", origin):
            return Response(b"CORS Rejected - Invalid origin", 403)
        headers = {**self.cors(connection), "access-control-allow-methods": _METHODS, "access-control-allow-headers": _HEADERS}
        return Response(status_code=204, headers=headers)

    def cors(self, connection: HTTPConnection) -> dict[str, str]:
        """Headers that let a browser read the answer."""
        origin = connection.headers.get("origin")
        if not self._origin:
            return {}
        if origin is None or self._origin not in ("*", origin):
            return {"vary": "origin"}
        return {"vary": "origin", "access-control-allow-origin": origin, "access-control-allow-credentials": "true"}


def _accounts(config: Config) -> dict[str, Account]:
    lines = config.items("authentication.users")
    path = config.text("authentication.file")
    if path:
        try:
            lines = lines + [
                line.strip() for line in Path(path).read_text(encoding="utf-8").splitlines() if line.strip()[:1] not in ("", "#")
            ]
        except OSError as fault:
            raise ConfigError(f"Cannot read authentication.file {path}: {fault.strerror}") from fault
    accounts: dict[str, Account] = {}
    for number, line in enumerate(lines, 1):
        name, colon, rest = line.partition(":")
        if not colon or not name.strip():
            raise ConfigError(f"Entry {number} of the users is not name:password[,role...].")
        password, *roles = rest.split(",")
        accounts[name.strip()] = Account(password.strip(), frozenset(r.strip() for r in roles))
    if not accounts:
        raise ConfigError(
            "authentication.method is BASIC, but there are no users.", hint="Set authentication.users or authentication.file."
        )
    return accounts


def _unauthorized() -> Response:
    answer = _error(401, 40100, "Unauthorized")
    answer.headers["WWW-Authenticate"] = 'Basic realm="KsqlServer-Props"'
    return answer


def _error(status: int, code: int, message: str) -> Response:
    return json_answer({"@type": "generic_error", "error_code": code, "message": message}, status)
