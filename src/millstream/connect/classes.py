"""Class names as people write them, and the plugin they mean: in any case, with or without package, with or without ``Connector``. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from millstream.errors import ConfigError

CLASS = "connector.class"


def resolve(written: str, plugins: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The plugin ({"class", "type", "version"}). Of several that a short name fits, Confluent's is meant.

    Raises ConfigError for none (with near misses), or several others.
    """
    wanted = written.strip()
    exact = [p for p in plugins if p["class"] == wanted]
    if exact:
        return exact[0]
    found = [p for p in plugins if p["class"].lower() == wanted.lower()]
    if not found and "." not in wanted:
        found = [p for p in plugins if _short(p["class"]) in (wanted.lower(), wanted.lower() + "connector")]
    confluent = [p for p in found if str(p["class"]).startswith("io.confluent.")]
    if len({p["class"] for p in confluent}) == 1:
        return confluent[0]
    if len({p["class"] for p in found}) > 1:
        names = ", ".join(sorted({p["class"] for p in found}))
        raise ConfigError(f"The connector class '{written}' could be one of several: {names}.", hint="Write the full name.")
    if not found:
        raise ConfigError(f"There is no connector class '{written}'.", hint=_hint(wanted, plugins))
    return found[0]


def _short(name: str) -> str:
    return str(name).rsplit(".", 1)[-1].lower()


def _hint(wanted: str, plugins: Sequence[dict[str, Any]]) -> str:
    by_short = {_short(p["class"]): str(p["class"]) for p in plugins}
    near = get_close_matches(wanted.rsplit(".", 1)[-1].lower(), by_short, n=1)
    hint = f"Did you mean '{by_short[near[0]]}'? " if near else ""
    return hint + "SHOW CONNECTOR PLUGINS lists the classes there are."
