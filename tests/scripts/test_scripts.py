"""Every script gives its rows: straight through in memory, and on files with the process lost at each statement and started again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.scripts.script import Step, parse

from millstream.config import Config
from millstream.engine.functions.registry import default_registry
from millstream.engine.local import LocalRuntime
from millstream.errors import MillstreamError
from millstream.formats.registry.store import SchemaStore
from millstream.log.base import Log
from millstream.log.embedded import EmbeddedLog
from millstream.log.memory import MemoryLog
from millstream.runtime import Row
from millstream.session.database import Database, Failed
from millstream.session.results import QueryAnswer
from millstream.sql import parse_one, tree
from millstream.sql.following import Following

SCRIPTS = sorted(Path(__file__).parent.glob("*.sql"))
PROPERTIES = {"auto.offset.reset": "earliest"}


class Process:
    """A database with its runtime, as one process has them; ``lose`` forgets everything that was not committed."""

    def __init__(self, log: Log) -> None:
        self.log = log
        registry = SchemaStore(log)
        self.runtime = LocalRuntime(log, default_registry(), registry)
        self.runtime.driven = True
        self.database = Database(log, self.runtime, default_registry(), registry, None, Config())

    def run(self, step: Step, variables: dict[str, str]) -> None:
        """One step, checked."""
        if step.error is not None:
            message = self._refusal(step, variables)
            assert step.error.upper() in message.upper(), f"{step.text}\nwas refused, but not for that reason: {message}"
        elif step.is_query:
            rows = self._rows(step, variables)
            assert rows == step.rows, f"{step.text}\nexpected {step.rows}\ngot      {rows}"
        else:
            self.database.execute(step.text, PROPERTIES, variables)
            self.runtime.run_until_idle()

    def _refusal(self, step: Step, variables: dict[str, str]) -> str:
        run: Callable[..., object] = self.database.query if step.is_query else self.database.execute
        with pytest.raises((MillstreamError, Failed)) as caught:
            run(step.text, PROPERTIES, variables)
        return str(caught.value)

    def _rows(self, step: Step, variables: dict[str, str]) -> list[Any]:
        answer = self.database.query(step.text, PROPERTIES, variables)
        assert isinstance(answer, QueryAnswer)
        if answer.batches is not None:
            return [_shown(row) for batch in answer.batches for row in batch]
        assert answer.start is not None
        rows: list[Row] = []

        def take(batch: list[Row]) -> bool:
            rows.extend(batch)
            return True

        answer.start(take, lambda _: None)
        self.runtime.run_until_idle()
        answer.close()
        return [_shown(row) for row in rows]


def _shown(row: Row) -> Any:
    values = list(row.values)
    return {"deleted": [v for v in values if v is not None]} if row.tombstone else values


def _steps(path: Path) -> Iterator[tuple[Step, dict[str, str]]]:
    """Steps with the variables that DEFINE before them set, and ASSERT VALUES going on where the last one was (both as clients do it)."""
    variables: dict[str, str] = {}
    following = Following()
    for step in parse(path.read_text(encoding="utf-8")):
        words = step.text.split(None, 3)
        if words[0].upper() == "DEFINE":
            variables[words[1]] = words[3].rstrip(";").strip().strip("'")
            continue
        if words[0].upper() == "ASSERT":
            statement = parse_one(step.text)
            if isinstance(statement, tree.AssertValues):
                step.text = following.placed(statement, step.text)
            if step.error is None:
                following.passed(statement)
        yield step, dict(variables)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda p: p.stem)
def test_straight(path: Path) -> None:
    """In memory, in one go."""
    process = Process(MemoryLog())
    for step, variables in _steps(path):
        process.run(step, variables)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda p: p.stem)
def test_lost_and_resumed(path: Path, tmp_path: Path) -> None:
    """On files; after every statement the process is lost (nothing is closed or committed) and a new one goes on."""
    for step, variables in _steps(path):
        log = EmbeddedLog(tmp_path / "data")
        Process(log).run(step, variables)
        log.close()
