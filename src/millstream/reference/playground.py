"""A database in memory that runs examples: statements in, rows out as the REST API writes them. Nothing survives it."""

from __future__ import annotations

from millstream.engine.functions.registry import default_registry
from millstream.engine.local import LocalRuntime
from millstream.formats.registry.store import SchemaStore
from millstream.functions import FunctionRegistry
from millstream.log.memory import MemoryLog
from millstream.runtime import Row
from millstream.server.shapes.values import row_encoder
from millstream.session import results as r
from millstream.session.database import Database

_PROPERTIES = {"auto.offset.reset": "earliest"}


class Playground:
    """``run`` carries out statements, ``rows`` gives a query's rows as JSON arrays. Both raise Failed."""

    def __init__(self, functions: FunctionRegistry | None = None) -> None:
        log = MemoryLog()
        registry = SchemaStore(log)
        known = functions or default_registry()
        self.runtime = LocalRuntime(log, known, registry)
        self.database = Database(log, self.runtime, known, registry)

    def run(self, text: str) -> list[r.Result]:
        results = self.database.execute(text, _PROPERTIES)
        self.runtime.run_until_idle()
        return results

    def rows(self, text: str) -> list[str]:
        """Each row as a JSON array. A push query gives what there is by now."""
        answer = self.database.query(text, _PROPERTIES)
        if not isinstance(answer, r.QueryAnswer):
            raise TypeError(f"not a SELECT: {text}")
        found: list[Row] = []
        if answer.batches is not None:
            found = [row for batch in answer.batches for row in batch]
        elif answer.start is not None:

            def take(batch: list[Row]) -> bool:
                found.extend(batch)
                return True

            answer.start(take, lambda _: None)
            self.runtime.run_until_idle()
            answer.close()
        encode = row_encoder([column.type for column in answer.schema])
        return [encode(row.values) for row in found]
