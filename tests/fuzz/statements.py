"""A world that damaged statements run in, as a server would run them, and what may come of one."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

from millstream.config import Config
from millstream.engine.functions.registry import default_registry
from millstream.engine.local import LocalRuntime
from millstream.errors import MillstreamError
from millstream.formats.registry.store import SchemaStore
from millstream.log.memory import MemoryLog
from millstream.session.database import Database, Failed
from millstream.session.handlers import expectations
from millstream.session.results import Printed
from millstream.sql import parse, to_sql
from tests.fuzz.calls import Calls
from tests.fuzz.corpus import WORLD, statements
from tests.fuzz.mutate import Statements
from tests.fuzz.watch import Hang, watched

PROPERTIES = {"auto.offset.reset": "earliest", "ksql.assert.topic.default.timeout.ms": "1", "ksql.assert.schema.default.timeout.ms": "1"}
#: Statements that a world sees before it is replaced by a fresh one: what they define stays until then.
WORLD_AGE = 150


class World:
    """A database in memory with some relations and rows."""

    def __init__(self) -> None:
        self.log = MemoryLog()
        self.database, self.runtime = self._open()
        for text in WORLD:
            self.database.execute(text, PROPERTIES)
        self.runtime.run_until_idle()

    def _open(self) -> tuple[Database, LocalRuntime]:
        registry = SchemaStore(self.log)
        runtime = LocalRuntime(self.log, default_registry(), registry)
        runtime.driven = True
        return Database(self.log, runtime, default_registry(), registry, None, Config()), runtime

    def run(self, text: str) -> bool:
        """Carry it out; whether it was accepted. Raises what must not be raised, AssertionError where a query died of it."""
        accepted = self._parses(text)
        if "TIMEOUT" in text.upper():
            return accepted  # it would wait as long as it says
        first = text.lstrip()[:6].upper()
        try:
            if first.startswith(("SELECT", "PRINT")):
                self._query(text)
            else:
                with mock.patch.object(expectations, "WAIT_MS", 0):
                    self.database.execute(text, PROPERTIES)
            accepted = True
        except (MillstreamError, Failed):
            accepted = False
        self._run()
        for query_id, status in self.runtime.status().items():
            assert status.error is None, f"query {query_id} died: {status.error}"
        return accepted

    @staticmethod
    def _parses(text: str) -> bool:
        try:
            for statement in parse(text):
                assert parse(to_sql(statement)) == [statement], f"prints back as another statement: {to_sql(statement)}"
        except MillstreamError:
            return False
        return True

    def _run(self) -> None:
        """Until nothing is left to read; a query that feeds itself, which is legal, gets its share only."""
        for _ in range(20):
            if not self.runtime.step(20):
                return

    def _query(self, text: str) -> None:
        answer = self.database.query(text, PROPERTIES)
        if isinstance(answer, Printed):
            answer.lines.close() if next(answer.lines, None) is None else None  # type: ignore[attr-defined]
            answer.close()
            return
        if answer.batches is not None:
            for _ in answer.batches:
                pass
            return
        ends: list[str | None] = []
        rows: list[Any] = []
        assert answer.start is not None
        answer.start(lambda batch: rows.extend(batch) or True, ends.append)  # type: ignore[func-returns-value]
        self._run()
        answer.close()
        assert not [e for e in ends if e is not None], f"the push query died: {ends}"

    def again(self) -> None:
        """Another process takes the log over: every definition can be replayed."""
        self.database.close()
        self.database, self.runtime = self._open()


def campaign(count: int, seed: int, found: Callable[[str, BaseException], None]) -> tuple[int, int]:
    """Run so many damaged statements; (run, accepted). ``found`` is told what must not happen, and the statement it came from."""
    chance = random.Random(seed)
    damage = Statements(chance, statements(), default_registry().names())
    calls = Calls(chance, default_registry())
    accepted = 0
    world, history = World(), list[str]()
    for number in range(1, count + 1):
        text = calls.next() if chance.random() < 0.35 else damage.next()
        history.append(text)
        try:
            with watched():
                accepted += world.run(text)
        except (Exception, Hang) as error:
            found(text, error)
            world, history = World(), []
        if number % WORLD_AGE == 0 or ("INSERT INTO" in text.upper() and "SELECT" in text.upper()):
            try:
                world.again()
            except Exception as error:
                found("\n".join(history), error)
            world, history = World(), []
    return count, accepted


def main() -> None:
    """``python -m tests.fuzz.statements COUNT SEED FILE``: findings go to the file, one after the other."""
    import sys
    import traceback

    started = time.monotonic()
    count, seed = int(sys.argv[1]), int(sys.argv[2])
    path = Path(sys.argv[3])
    kinds: dict[str, int] = {}
    with path.open("a") as out:

        def found(text: str, error: BaseException) -> None:
            frames = traceback.extract_tb(error.__traceback__)
            place = next((f"{f.filename}:{f.lineno}" for f in reversed(frames) if "millstream" in f.filename), "?")
            kind = f"{type(error).__name__} {str(error)[:120]} at {place}"
            kinds[kind] = kinds.get(kind, 0) + 1
            if kinds[kind] <= 3:
                out.write(f"=== {kind}\n{text[:3000]}\n{''.join(traceback.format_exception(error)[-9:])[-2500:]}\n")
                out.flush()

        done = accepted = part = 0
        while done < count and time.monotonic() - started < float(os.environ.get("MILLSTREAM_FUZZ_SECONDS", "inf")):
            run, taken = campaign(min(2000, count - done), seed + part, found)
            done, accepted, part = done + run, accepted + taken, part + 1
            path.with_suffix(".count").write_text(f"{done} {accepted}\n")
        print(f"{done} statements run, {accepted} accepted, {sum(kinds.values())} findings")
    for kind, times in sorted(kinds.items(), key=lambda item: -item[1]):
        print(times, kind)


if __name__ == "__main__":
    main()
