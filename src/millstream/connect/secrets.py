"""Configurations without their passwords: by the class's own PASSWORD keys, by names that sound like a secret, and inside URLs. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from millstream.sql.mask import mask_urls

HIDDEN = "[hidden]"
_SOUNDS_SECRET = re.compile(r"pass(?:word|wd|phrase)|secret|credential|token|jaas|api[._-]?key|private[._-]?key|user\.info", re.IGNORECASE)
#: References are no secrets: ``${file:/path:key}``.
_REFERENCE = re.compile(r"\$\{[^}]+\}")


def masked(config: Mapping[str, str], passwords: Collection[str] = ()) -> dict[str, str]:
    """The configuration as it may be shown."""
    return {key: _masked(key, str(value), passwords) for key, value in config.items()}


def _masked(key: str, value: str, passwords: Collection[str]) -> str:
    if (key in passwords or _SOUNDS_SECRET.search(key)) and value and not _REFERENCE.fullmatch(value):
        return HIDDEN
    shown = _urls_masked(value)
    return value if shown == value else shown.replace("[string]", HIDDEN)


def _urls_masked(value: str) -> str:
    """Passwords inside URLs hidden, but for references: they say where a password is."""
    kept = _REFERENCE.findall(value)
    marked = _REFERENCE.sub("\n", value)  # white space is no part of a URL
    parts = mask_urls(marked).split("\n")
    if len(parts) != len(kept) + 1:  # it had line ends of its own
        return mask_urls(value)
    return "".join(part + reference for part, reference in zip(parts, [*kept, ""], strict=True))


def referring(name: str, config: Mapping[str, str], passwords: Collection[str] = ()) -> tuple[dict[str, str], dict[str, str]]:
    """The configuration with a reference in each secret's place, and the variable that each refers to, by key.

    Secrets are not told, so that a statement can be shown and stored; it runs once the Connect worker has these variables.
    """
    shown = masked(config, passwords)
    variables = {key: re.sub(r"[^A-Za-z0-9]+", "_", f"{name}_{key}").upper() for key, value in shown.items() if HIDDEN in value}
    return {
        key: value.replace(HIDDEN, f"${{env:{variables[key]}}}") if key in variables else value for key, value in shown.items()
    }, variables


def scrub(text: str, config: Mapping[str, str], passwords: Collection[str] = ()) -> str:
    """A message of Connect's without the passwords of a configuration."""
    for key, value in config.items():
        if (key in passwords or _SOUNDS_SECRET.search(key)) and len(value) > 2 and not _REFERENCE.fullmatch(value):
            text = text.replace(value, HIDDEN)
    return mask_urls(text)
