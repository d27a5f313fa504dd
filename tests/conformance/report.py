"""What a run prints: a table by file, the failing cases, and as its last line ``N passed, N failed``."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Outcome:
    file: str
    name: str
    error: str | None


def render(outcomes: list[Outcome], verbose: bool = True) -> str:
    """The whole report as text."""
    passed, failed = Counter[str](), Counter[str]()
    for outcome in outcomes:
        (passed if outcome.error is None else failed)[outcome.file] += 1
    lines = [f"{'file':60} {'passed':>7} {'failed':>7}"]
    lines += [f"{f:60} {passed[f]:7} {failed[f]:7}" for f in sorted(passed.keys() | failed.keys())]
    if verbose:
        lines += [f"\nFAILED {o.file}: {o.name}\n  {o.error}" for o in outcomes if o.error is not None]
    lines.append(f"\n{passed.total()} passed, {failed.total()} failed")
    return "\n".join(lines)


def write_json(outcomes: list[Outcome], path: Path) -> None:
    """The outcomes for machines: a list of {file, name, passed, error}."""
    rows = [{"file": o.file, "name": o.name, "passed": o.error is None, "error": o.error} for o in outcomes]
    path.write_text(json.dumps(rows, indent=1))
