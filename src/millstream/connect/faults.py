"""Validation answers as text a person can act on: every fault, by key, value given, what is allowed, nearest known key. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from millstream.connect import restarts
from millstream.errors import ConfigError

#: Families of keys whose members no class lists.
_FREE = (
    "key.converter.",
    "value.converter.",
    "header.converter.",
    "producer.override.",
    "consumer.override.",
    "admin.override.",
    "topic.creation.",
)
#: Families whose members Connect lists by what the configuration names.
_CHAINS = ("transforms", "predicates")
_OWN = frozenset({"name", "connector.class", "key", *(key for key, *_ in restarts.DOCUMENTED)})


def report(answer: Mapping[str, Any], config: Mapping[str, str]) -> ConfigError | None:
    """One error with a line for each fault of a validation; None where there is none. Values of passwords are not shown."""
    definitions = _definitions(answer)
    lines = [_line(entry, config) for entry in answer.get("configs", []) if entry["value"].get("errors")]
    lines += restarts.faults_of(config)
    if not lines:
        return None
    unknown = [_unknown(key, definitions) for key in config if is_unknown(key, definitions)]
    return ConfigError("Validation error: " + "\n".join([*lines, *unknown]))


def unknown_keys(answer: Mapping[str, Any], config: Mapping[str, str]) -> list[str]:
    """Keys that the class does not know, as text with the nearest one that it does. Connect ignores them; people mistype."""
    definitions = _definitions(answer)
    return [_unknown(key, definitions) for key in config if is_unknown(key, definitions)]


def is_unknown(key: str, definitions: Mapping[str, Any]) -> bool:
    if key in definitions or key in _OWN or key.startswith(_FREE) or key.endswith(".plugin.version"):
        return False
    family, _, alias = key.partition(".")
    return family not in _CHAINS or _is_judged(family, alias.partition(".")[0], definitions)


def _is_judged(family: str, alias: str, definitions: Mapping[str, Any]) -> bool:
    """Whether Connect listed the keys of a transform or predicate: it does not where it has no such class."""
    entry = definitions.get(f"{family}.{alias}.type")
    return not entry["value"].get("errors") if entry is not None else any(name.startswith(f"{family}.") for name in definitions)


def known_keys(answer: Mapping[str, Any]) -> list[str]:
    return list(_definitions(answer))


def password_keys(answer: Mapping[str, Any]) -> set[str]:
    """Keys whose values must not be shown."""
    return {name for name, entry in _definitions(answer).items() if entry["definition"].get("type") == "PASSWORD"}


def _definitions(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Entries of keys that the class defines. Connect also answers values that nothing defines."""
    return {c["definition"]["name"]: c for c in answer.get("configs", []) if c.get("definition")}


def _line(entry: Mapping[str, Any], config: Mapping[str, str]) -> str:
    name = entry["value"]["name"]
    errors = [str(e).strip().rstrip(".") for e in entry["value"]["errors"]]
    # What could not be read is null then, which is an error of its own: once is enough.
    told = [e for e in errors if not e.startswith("Invalid value null")] or errors
    text = f"{name} - {'. '.join(told)}."
    if (entry.get("definition") or {}).get("type") == "PASSWORD":
        return text
    given = config.get(name)
    if given is not None and given not in text:
        text += f" Given: {given!r}."
    allowed = [str(v) for v in entry["value"].get("recommended_values") or []]
    if allowed and not all(v in text for v in allowed):
        text += f" Allowed: {', '.join(allowed)}."
    return text


def _unknown(key: str, definitions: Mapping[str, Any]) -> str:
    near = get_close_matches(key, [*definitions, *_OWN], n=1)
    return f"{key} - is not a key of this class." + (f" Did you mean {near[0]}?" if near else "")
