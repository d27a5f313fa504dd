"""Statements of ``sources.sql`` in the place of those of the same connector in ``pipeline.sql``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

_CREATED = re.compile(r"^CREATE EXTERNAL \w+ (?P<name>\S+) .*?\);$", re.MULTILINE | re.DOTALL)


def sources() -> dict[str, str]:
    """By connector: how it is created on Kafka's Connect."""
    text = Path(__file__).with_suffix(".sql").read_text()
    return {found["name"]: found[0] for found in _CREATED.finditer(text)}


def with_sources(text: str, others: Mapping[str, str]) -> str:
    """The pipeline with ``others``: statements by connector. ValueError where it has no connector of a name."""
    lost = set(others) - {found["name"] for found in _CREATED.finditer(text)}
    if lost:
        raise ValueError(f"pipeline.sql has no connector {', '.join(sorted(lost))}.")
    return _CREATED.sub(lambda found: others.get(found["name"], found[0]), text)
