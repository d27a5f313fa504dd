"""What one request brings along: properties, variables, and who asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from millstream.config import Config, all_settings, check_overrides
from millstream.dataclass import dataclass


@dataclass(slots=True)
class Request:
    """Properties are (setting's own name: checked value); SET, UNSET, DEFINE and UNDEFINE change them for the rest of the request."""

    properties: dict[str, Any] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    #: How many records of each relation ASSERT VALUES has looked at in this request.
    asserted: dict[str, int] = field(default_factory=dict)

    @classmethod
    def make(cls, config: Config, properties: Mapping[str, Any] | None, variables: Mapping[str, Any] | None) -> Request:
        """Check a client's properties. Raises ConfigError for an unknown, a denied or a bad one."""
        denied = config.items("ksql.properties.overrides.denylist")
        return cls(check_overrides(properties or {}, denied), {str(k): str(v) for k, v in (variables or {}).items()})

    def copy(self) -> Request:
        return Request(dict(self.properties), dict(self.variables), dict(self.asserted))

    def texts(self, config: Config) -> dict[str, str]:
        """What binding and running a statement look up: the server's given settings (those that sessions may set), under the
        session's, as text."""
        known = all_settings()
        merged = {**{k: v for k, v in config.given().items() if k in known and known[k].session}, **self.properties}
        return {name: _text(value) for name, value in merged.items()}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
