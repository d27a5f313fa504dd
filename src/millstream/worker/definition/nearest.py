"""The nearest known key to one that is not known: Connect ignores unknown keys in silence, people lose hours to that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches


def unknown_keys(given: Mapping[str, object], known: Iterable[str], prefixes: Iterable[str] = ()) -> dict[str, str | None]:
    """Given keys that are not known, with the nearest known key (or None). Keys under a known prefix count as known."""
    names = list(known)
    lower = {n.lower(): n for n in names}
    heads = tuple(prefixes)
    out: dict[str, str | None] = {}
    for key in given:
        if key in names or key.startswith(heads):
            continue
        if key.lower() in lower:
            out[key] = lower[key.lower()]
            continue
        found = get_close_matches(key.lower(), list(lower), n=1, cutoff=0.8)
        out[key] = lower[found[0]] if found else None
    return out
