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
    shown = mask_urls(value)
    return value if shown == value else shown.replace("[string]", HIDDEN)


def scrub(text: str, config: Mapping[str, str], passwords: Collection[str] = ()) -> str:
    """A message of Connect's without the passwords of a configuration."""
    for key, value in config.items():
        if (key in passwords or _SOUNDS_SECRET.search(key)) and len(value) > 2:
            text = text.replace(value, HIDDEN)
    return mask_urls(text)
