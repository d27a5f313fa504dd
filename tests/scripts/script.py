"""A script -> steps. Pure; see README.md for the format."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from millstream.sql import split


@dataclass(slots=True)
class Step:
    """One statement with what must come back: ``rows`` for queries, ``error`` (a part of the message) for refused statements."""

    text: str
    rows: list[Any] = field(default_factory=list)
    error: str | None = None

    @property
    def is_query(self) -> bool:
        return self.text.split(None, 1)[0].upper() == "SELECT"


def parse(text: str) -> list[Step]:
    """The steps of a script; expectations belong to the statement before them."""
    steps: list[Step] = []
    pending: list[str] = []
    for line in text.splitlines():
        if line.startswith("-->"):
            steps[-1].rows.append(json.loads(line[3:]))
        elif line.startswith("--!"):
            steps[-1].error = line[3:].strip()
        elif not line.startswith("--"):
            pending.append(line)
            if line.rstrip().endswith(";"):
                steps += [Step(statement.strip()) for statement, _ in split("\n".join(pending)) if statement.strip()]
                pending = []
    assert not "".join(pending).strip(), f"the script ends inside a statement: {pending}"
    return steps
