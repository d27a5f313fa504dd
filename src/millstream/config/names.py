"""Names of settings as people write them, and what a session may set.

``find`` takes ksqlDB's spellings: ``ksql.streams.`` in front, consumer and producer prefixes, aliases.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from millstream.config.known import all_settings
from millstream.config.setting import Setting
from millstream.errors import ConfigError

UNKNOWN = "Not recognizable as ksql, streams, consumer, or producer property: '{}'"
DENIED = (
    "One or more properties overrides set locally are prohibited by the KSQL server denylist (use UNSET to reset their default value): [{}]"
)

_PREFIXES = ("main.consumer.", "restore.consumer.", "global.consumer.", "consumer.", "producer.", "admin.")
#: Families of settings that are handed to the Kafka clients. ksqlDB's files write them with prefixes.
CLIENTS = ("ssl.", "sasl.", "enable.ssl.")
#: Families whose members nobody can list: parameters of functions, TLS and SASL of Kafka clients.
_FREE = ("ksql.functions.", "ksql.schema.registry.", "ksql.connect.ssl.", "ksql.internal.", "topic.", *CLIENTS)
_SECRET = re.compile(r"password|jaas|secret|user\.info|credential|\.key\.pem$|keystore\.key$", re.IGNORECASE)
#: Kafka settings that belong to the server although sessions could spell them.
_SERVER_ONLY = frozenset({"application.id", "bootstrap.servers", "group.id", "transactional.id", "client.id", "application.server"})


def find(name: str) -> Setting | None:
    """The setting that ``name`` means, in any of its spellings; None for an unknown name."""
    known = all_settings()
    if name in known:
        return known[name]
    alias = _aliases().get(name)
    if alias is not None:
        return alias
    if name.startswith(_FREE):
        return _member(name)
    plain = bare(name)
    if plain.startswith(CLIENTS):
        return _member(f"ksql.streams.{plain}")
    found = known.get(plain)
    return found if found is not None and found.scope in ("STREAMS", "CONSUMER", "PRODUCER") else None


def bare(name: str) -> str:
    """Without the prefixes of Kafka Streams and of its clients."""
    plain = name.removeprefix("ksql.streams.")
    for prefix in _PREFIXES:
        plain = plain.removeprefix(prefix)
    return plain


def _member(name: str) -> Setting:
    session = name.startswith(("ksql.functions.", "ksql.internal.", "topic."))
    doc = "One of a family of settings that is handed on."
    return Setting(name, str, "", doc, "KSQL", session=session, secret=_SECRET.search(name) is not None)


def is_denied(setting: Setting, denylist: list[str]) -> bool:
    """Whether sessions may not set it."""
    return not setting.session or setting.name in _SERVER_ONLY or setting.name in denylist or setting.alias in denylist


def check_overrides(overrides: Mapping[str, Any], denylist: list[str]) -> dict[str, Any]:
    """A request's properties as (setting's own name: value). Raises ConfigError for an unknown name (code 50000), a denied or a bad one."""
    unknown = [name for name in overrides if find(name) is None]
    if unknown:
        raise ConfigError(UNKNOWN.format(unknown[0]), code=50000)
    found = {name: setting for name in overrides if (setting := find(name)) is not None}
    denied = [name for name, setting in found.items() if is_denied(setting, denylist)]
    if denied:
        raise ConfigError(DENIED.format(", ".join(denied)))
    checked: dict[str, Any] = {}
    for name, setting in found.items():
        if overrides[name] is None:
            continue
        try:
            checked[setting.name] = setting.parse(overrides[name])
        except ConfigError as fault:
            raise ConfigError(f"Failed to coerce type of value '{overrides[name]}' for key '{name}'\nCaused by: {fault.message}") from None
    return checked


def _aliases() -> dict[str, Setting]:
    return {setting.alias: setting for setting in all_settings().values() if setting.alias}
