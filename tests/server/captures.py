"""Answers recorded from a real ksqlDB, replayed against ours: statuses, @types, codes, field names, framing.

Values that a clock, a hash or Java decides need not be alike; ``difference`` compares what clients look at.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "facts" / "ksqldb-captures"
#: Says that the recordings are not there on purpose.
ABSENT = "MILLSTREAM_WITHOUT_CAPTURES"


@dataclass(frozen=True)
class Capture:
    """One exchange."""

    number: int
    name: str
    http2: bool
    method: str
    path: str
    headers: dict[str, str]
    body: str | None
    status: int
    answer: str
    parts: tuple[str, ...]
    ended_by: str


def captures(first: int, last: int) -> Iterator[Capture]:
    """Recordings in the order they were made. Fails where there are none, unless the environment says that this is meant."""
    if not FOLDER.is_dir():
        assert os.environ.get(ABSENT), f"{FOLDER} is missing; set {ABSENT}=1 where it cannot be there"
        return
    for path in sorted(FOLDER.glob("[0-9][0-9][0-9]-*.json")):
        if first <= int(path.name[:3]) <= last:
            yield _read(path)


def _read(path: Path) -> Capture:
    raw = json.loads(path.read_text())
    kept = ("accept", "content-type", "authorization", "origin", "access-control-request-method")
    return Capture(
        number=int(path.name[:3]),
        name=path.stem,
        http2=str(raw["http_version"]).startswith("2"),
        method=raw["method"],
        path=raw["path"],
        headers={k.lower(): v for k, v in raw["headers"] if k.lower() in kept},
        body=raw.get("body"),
        status=raw["status"],
        answer=raw.get("response_body") or "",
        parts=tuple(c["data"] for c in raw.get("chunks") or ()),
        ended_by=raw.get("ended_by", ""),
    )


def shape(value: Any) -> Any:
    """A JSON value without what a run decides: names of fields, @types and codes stay."""
    if isinstance(value, dict):
        return {
            k: v if k in ("@type", "error_code", "status", "exists", "isHealthy", "name") and not isinstance(v, dict) else shape(v)
            for k, v in value.items()
        }
    if isinstance(value, list):
        return [shape(v) for v in value]
    return None if value is None else "value"


def difference(expected: Any, got: Any, where: str = "") -> str | None:
    """The first way in which two shapes differ. Lists of objects compare by name, or by their first; further fields of ours are allowed."""
    if isinstance(expected, dict) and isinstance(got, dict):
        missing = [k for k in expected if k not in got and ":" not in k]
        if missing:
            return f"{where}: no field {missing[0]}"
        return next((d for k in expected if k != "name" and k in got and (d := difference(expected[k], got[k], f"{where}.{k}"))), None)
    if isinstance(expected, list) and isinstance(got, list):
        if not expected or not got:
            return None
        named = {item["name"]: item for item in got if isinstance(item, dict) and "name" in item}
        keyed = bool(named) and all(isinstance(e, dict) and "name" in e for e in expected)
        pairs = [(e, named[e["name"]]) for e in expected if e["name"] in named] if keyed else [(expected[0], got[0])]
        return next((d for e, g in pairs if (d := difference(e, g, f"{where}[{e.get('name', 0) if isinstance(e, dict) else 0}]"))), None)
    if expected is None or got is None or expected == "value" or got == "value":
        return None
    return None if expected == got else f"{where}: expected {expected!r}, got {got!r}"
