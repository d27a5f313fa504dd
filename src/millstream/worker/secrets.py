"""Masking: no password leaves the worker, and a mask that comes back keeps the old value.

A value is secret where its key is declared PASSWORD, where its key's name says so (connectors may take keys they never declared),
and wherever a URL carries a password. References (``${file:...}``) are no secrets: they say where the secret is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from millstream.worker.providers import has_reference

MASK = "[hidden]"

_NAME = re.compile(
    r"(?i)(password|passwd|secret|credential|(api|access|private)[._-]?key|sasl\.jaas\.config|user\.info|[._-]token$|^token$)"
)
_USER_INFO = re.compile(r"(?<=://)([^/@\s:?#]*):([^/\s?#]*)@")
_PARAMETER = re.compile(r"(?i)(?<=[?&;])((?:[a-z_]*password|passwd|pwd|secret|token|sslpassword)=)([^&;\s'\"]*)")


def secret_keys(config: Mapping[str, str], declared: Iterable[str]) -> set[str]:
    """Keys whose whole value is secret."""
    known = set(declared)
    return {k for k in config if k in known or _NAME.search(k)}


def mask_urls(text: str) -> str:
    """Text without the passwords of URLs in it."""

    def parameter(m: re.Match[str]) -> str:
        return m.group(0) if has_reference(m.group(2)) else m.group(1) + MASK

    def user_info(m: re.Match[str]) -> str:
        return m.group(0) if has_reference(m.group(2)) else f"{m.group(1)}:{MASK}@"

    return _PARAMETER.sub(parameter, _USER_INFO.sub(user_info, text))


def mask(config: Mapping[str, str], declared: Iterable[str]) -> dict[str, str]:
    """A configuration as it may be shown."""
    hidden = secret_keys(config, declared)
    return {k: MASK if k in hidden and v and not has_reference(v) else mask_urls(v) for k, v in config.items()}


def unmask(new: Mapping[str, str], old: Mapping[str, str]) -> dict[str, str]:
    """``new`` with masks replaced by what ``old`` holds at their place. ValueError where there is nothing to put there."""
    return {k: _unmasked(k, v, old.get(k)) if MASK in v else v for k, v in new.items()}


def _unmasked(key: str, value: str, before: str | None) -> str:
    if before is not None and value == MASK:
        return before
    kept = [m.group(2) for m in _parts(before or "")]
    pieces = value.split(MASK)
    if len(pieces) - 1 != len(kept):
        raise ValueError(
            f"{key} holds the mask {MASK}, and there is no earlier value to keep: "
            "give the value itself, or a reference such as ${file:path:key}."
        )
    out = pieces[0]
    for secret, piece in zip(kept, pieces[1:], strict=True):
        out += secret + piece
    return out


def _parts(url: str) -> list[re.Match[str]]:
    return sorted([*_USER_INFO.finditer(url), *_PARAMETER.finditer(url)], key=lambda m: m.start())


class Scrubber:
    """Takes the secrets of one configuration out of any text: error messages, traces, log lines."""

    def __init__(self, config: Mapping[str, str], declared: Iterable[str], more: Iterable[str] = ()) -> None:
        values = [config[k] for k in secret_keys(config, declared) if not has_reference(config[k])] + list(more)
        for value in config.values():
            values += [m.group(2) for m in _parts(value)]
        # Shorter ones would blot out ordinary words; where they stand in a URL, mask_urls finds them.
        self._values = sorted({v for v in values if len(v) >= 4}, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        for value in self._values:
            text = text.replace(value, MASK)
        return mask_urls(text)
