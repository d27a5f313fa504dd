"""Files of conformance cases -> cases. A case with ``format`` (or ``config``) is as many cases as it lists."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

#: Statements that only a server carries out.
_FOR_A_SERVER = re.compile(r"\s*(SELECT|PRINT|INSERT\s+INTO\s+\S+(\s*\([^)]*\))?\s+VALUES)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Case:
    """One case. ``body`` is its JSON with ``{FORMAT}`` filled in; numbers with a point are Decimals."""

    file: str
    name: str
    body: dict[str, Any]

    @property
    def is_rest(self) -> bool:
        """Whether its statements go to a server: it expects responses, queries, or inserts rows itself."""
        if "expectedException" in self.body:
            return False
        expects = any(part in self.body for part in ("responses", "endpoint", "expectedError"))
        return expects or any(_FOR_A_SERVER.match(statement) for statement in self.body["statements"])


def load(directory: Path, contains: str = "") -> Iterator[Case]:
    """All cases below ``directory`` whose file or name contains ``contains``, in file order."""
    for path in sorted(directory.rglob("*.json")):
        text = path.read_text(encoding="utf-8")
        data = json.loads(text, parse_float=Decimal)
        for body in data.get("tests", []) if isinstance(data, dict) else []:
            for case in _expand(str(path.relative_to(directory)), body):
                if contains.lower() in f"{case.file} {case.name}".lower():
                    yield case


def _expand(file: str, body: dict[str, Any]) -> Iterator[Case]:
    formats = body.get("format") or [None]
    configs = body.get("config") or [None]
    for fmt in formats:
        for config in configs:
            filled, name = body, body["name"]
            if fmt is not None:
                filled, name = _fill(filled, "{FORMAT}", fmt), f"{name} - {fmt}"
            if config is not None:
                filled, name = _fill(filled, "{CONFIG}", config), f"{name} - {config}"
            yield Case(file, name, filled)


def _fill(value: Any, mark: str, text: str) -> Any:
    if isinstance(value, str):
        return value.replace(mark, text)
    if isinstance(value, list):
        return [_fill(v, mark, text) for v in value]
    if isinstance(value, dict):
        return {k: _fill(v, mark, text) for k, v in value.items()}
    return value
