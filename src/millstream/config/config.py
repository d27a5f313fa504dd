"""A server's configuration: what the file and the command line say, defaults for the rest, look-up by any name.

Values are checked when they are read, so later look-ups cannot fail.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from millstream.config.known import all_settings
from millstream.config.names import find
from millstream.config.setting import Setting
from millstream.errors import ConfigError


class Config:
    """Settings of a server, given ones over defaults. Immutable."""

    def __init__(self, values: Mapping[str, Any] | None = None, origin: str = "the configuration") -> None:
        self._given: dict[str, Any] = {}
        for name, value in (values or {}).items():
            setting = find(name)
            if setting is None:
                raise ConfigError(f"Unknown setting '{name}' in {origin}.", hint=_nearest(name))
            self._given[setting.name] = setting.parse(value)

    def __getitem__(self, name: str) -> Any:
        """A setting's value. Raises KeyError for a name that is no setting: that is a bug here, not a user's fault."""
        setting = find(name)
        if setting is None:
            raise KeyError(name)
        return self._given[setting.name] if setting.name in self._given else _default(setting)

    def text(self, name: str) -> str:
        return str(self[name])

    def number(self, name: str) -> int:
        return int(self[name])

    def flag(self, name: str) -> bool:
        return bool(self[name])

    def items(self, name: str) -> list[str]:
        return list(self[name])

    def is_given(self, name: str) -> bool:
        """Whether the file or the command line set it."""
        setting = find(name)
        return setting is not None and setting.name in self._given

    def given(self) -> dict[str, Any]:
        return dict(self._given)

    def but(self, values: Mapping[str, Any]) -> Config:
        """A copy with these values too, but for those that are None."""
        return Config({**self._given, **{name: value for name, value in values.items() if value is not None}}, "the command line")


def processing_log_topic(config: Config) -> str:
    """The topic of bad records: it is named after the service where nothing else is said."""
    return config.text("ksql.logging.processing.topic.name") or f"{config.text('service.id')}ksql_processing_log"


def load_file(path: Path) -> Config:
    """Read a properties file (``key=value``) or a TOML file (``.toml``; tables join their names with dots)."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as fault:
        raise ConfigError(f"Cannot read the configuration {path}: {fault.strerror}") from fault
    values = _toml(text, path) if path.suffix == ".toml" else dict(_properties(text))
    return Config(values, str(path))


def _toml(text: str, path: Path) -> dict[str, Any]:
    import tomllib

    try:
        return dict(_flat(tomllib.loads(text), ""))
    except tomllib.TOMLDecodeError as fault:
        raise ConfigError(f"{path} is not valid TOML: {fault}") from fault


def _flat(table: Mapping[str, Any], prefix: str) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in table.items():
        found += _flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else [(prefix + key, value)]
    return found


def _properties(text: str) -> list[tuple[str, str]]:
    """Java's properties format: comments, ``=`` or ``:``, and lines that go on behind a back-slash."""
    found, pending = [], ""
    for raw in text.splitlines():
        line = pending + raw.strip()
        pending = ""
        if not line or line[0] in "#!":
            continue
        if line.endswith("\\"):
            pending = line[:-1]
            continue
        at = min((i for i in (line.find("="), line.find(":")) if i >= 0), default=-1)
        key, value = (line, "") if at < 0 else (line[:at], line[at + 1 :])
        found.append((key.strip(), value.strip()))
    return found


def _default(setting: Setting) -> Any:
    return setting.parse(setting.default) if setting.kind is list and isinstance(setting.default, str) else setting.default


def _nearest(name: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, all_settings(), n=1)
    return f"Did you mean '{near[0]}'?" if near else "docs/settings lists all settings."
