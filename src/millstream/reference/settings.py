"""docs/settings.md: every setting, from ``config``."""

from __future__ import annotations

from collections.abc import Iterable

from millstream.config import Setting, all_settings
from millstream.reference.markdown import code, table

_KINDS = {str: "text", int: "integer", bool: "true / false", float: "number", list: "list"}


def own() -> str:
    """Millstream's own settings."""
    rows = [
        [code(s.name), _kind(s), _default(s), s.doc + (" Secret: never shown." if s.secret else ""), code(s.alias) if s.alias else ""]
        for s in _of("MILLSTREAM")
    ]
    return table(["setting", "type", "default", "", "ksqlDB's name"], rows)


def ksql() -> str:
    """ksqlDB's settings that have an effect here."""
    return _table(s for s in _of("KSQL") if s.used)


def clients() -> str:
    """Kafka's settings that have an effect here."""
    return _table(s for s in _of("STREAMS", "CONSUMER", "PRODUCER") if s.used)


def idle() -> str:
    """Names that are accepted and have no effect."""
    groups: dict[str, list[str]] = {}
    for setting in all_settings().values():
        if not setting.used:
            groups.setdefault(setting.scope, []).append(code(setting.name))
    return "\n\n".join(f"**{scope}**: {', '.join(names)}" for scope, names in groups.items())


def _of(*scopes: str) -> list[Setting]:
    return [s for s in all_settings().values() if s.scope in scopes]


def _table(settings: Iterable[Setting]) -> str:
    rows = [[code(s.name), _kind(s), _default(s), s.doc, "yes" if s.session else "no"] for s in settings]
    return table(["setting", "type", "default", "", "SET"], rows)


def _kind(setting: Setting) -> str:
    return ", ".join(map(code, setting.choices)) if setting.choices else _KINDS[setting.kind]


def _default(setting: Setting) -> str:
    value = setting.default
    if value is None or value in ("", []):
        return ""
    if isinstance(value, bool):
        return code("true" if value else "false")
    return code(",".join(map(str, value)) if isinstance(value, list) else str(value))
