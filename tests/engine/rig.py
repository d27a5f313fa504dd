"""A database over a log, for tests of the engine: statements in, plans and rows out."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from millstream.config import Config
from millstream.engine.functions.registry import default_registry
from millstream.formats.base import Registry
from millstream.log.base import Batch, Log
from millstream.plan.bind import bind_select
from millstream.plan.nodes import PullPlan, QueryPlan
from millstream.plan.rewrites import optimize
from millstream.runtime import PushHandle, Row, Runtime
from millstream.session.database import Database
from millstream.session.planning import context
from millstream.session.request import Request
from millstream.session.worlds import Live
from millstream.sql import parse_one, tree

#: How long a test waits for what must happen, in s.
PATIENCE = 20


class Rig:
    """A session on a runtime. Queries start at the beginning of their topics unless told otherwise."""

    def __init__(self, log: Log, runtime: Runtime, registry: Registry | None = None) -> None:
        self.log, self.runtime = log, runtime
        self.database = Database(log, runtime, default_registry(), registry, None, Config())
        self.properties = {"auto.offset.reset": "earliest"}
        self._count = 0

    def sql(self, text: str) -> None:
        """Statements that are no queries."""
        self.database.execute(text, self.properties)

    def plan(self, text: str, **properties: str) -> QueryPlan | PullPlan:
        """The plan of a SELECT."""
        request = Request.make(self.database.config, {**self.properties, **properties}, None)
        world = Live(self.database, self.database.catalog, request)
        statement = parse_one(text)
        assert isinstance(statement, tree.Select)
        self._count += 1
        plan = bind_select(context(world), statement, f"transient_{self._count}")
        return plan if isinstance(plan, PullPlan) else optimize(plan)

    def pull(self, text: str) -> list[list[Any]]:
        """Rows of a pull query that waits for this database's own inserts."""
        answer = self.database.query(text, self.properties)
        return [list(row.values) for batch in answer.batches or () for row in batch]  # type: ignore[union-attr]

    def push(self, text: str, client: Client | None = None, **properties: str) -> Client:
        """Start a push query."""
        client = client or Client()
        plan = self.plan(text, **properties)
        assert isinstance(plan, QueryPlan)
        client.handle = self.runtime.push(plan, client.on_rows, client.on_end)
        return client

    def append(self, topic: str, values: Sequence[bytes | None], keys: Sequence[bytes | None] | None = None, at: int = 0) -> None:
        """Append records as another client of the log would, in one transaction."""
        with self.log.begin("test") as transaction:
            batch = Batch(list(keys) if keys is not None else [None] * len(values), list(values), [at] * len(values))
            transaction.append(topic, 0, batch)


class Client:
    """Takes a push query's rows. ``hold``: after so many batches it asks for a pause each time."""

    def __init__(self, hold: bool = False) -> None:
        self.rows: list[Row] = []
        self.batches = 0
        self.hold = hold
        self.error: str | None = None
        self.handle: PushHandle | None = None
        self.ends = 0
        self._news = threading.Condition()

    def on_rows(self, rows: list[Row]) -> bool:
        with self._news:
            self.rows += rows
            self.batches += 1
            self._news.notify_all()
            return not self.hold

    def on_end(self, error: str | None) -> None:
        with self._news:
            self.error = error
            self.ends += 1
            self._news.notify_all()

    @property
    def values(self) -> list[list[Any]]:
        return [list(row.values) for row in self.rows]

    def wait(self, rows: int) -> None:
        """Until so many rows came."""
        with self._news:
            assert self._news.wait_for(lambda: len(self.rows) >= rows, PATIENCE), f"{len(self.rows)} of {rows} rows came"

    def wait_end(self) -> None:
        with self._news:
            assert self._news.wait_for(lambda: self.ends > 0, PATIENCE), "the query did not end"
