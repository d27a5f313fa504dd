"""Opening a query: SELECT ... EMIT CHANGES (push), SELECT (pull), PRINT.

What may not live here: the wire, threads of a server. What is opened here is run by whoever takes its rows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from millstream.errors import SPLIT, TOO_DEEP, MillstreamError, StatementError
from millstream.runtime import PushHandle, Row
from millstream.session import results as r
from millstream.session.dispatch import failed, placed
from millstream.session.planning import context
from millstream.session.positions import awaited
from millstream.session.printing import open_print
from millstream.session.request import Request
from millstream.session.transient import Transient, Transients
from millstream.session.worlds import Live, World
from millstream.sql import parse_one, split, tree
from millstream.sql.mask import mask
from millstream.sql.variables import substitute

if TYPE_CHECKING:
    from millstream.plan.nodes import PullPlan, QueryPlan
    from millstream.session.database import Database


def open_query(database: Database, text: str, request: Request) -> r.QueryAnswer | r.Printed:
    """The query of a text that holds exactly one. Raises Failed; nothing runs then."""
    try:
        world = Live(database, database.catalog, request)
        statement = _only_statement(text, world)
        if isinstance(statement, tree.Print):
            return open_print(statement, world)
        if not isinstance(statement, tree.Select):
            raise StatementError("Neither a query nor a print statement", hint="Statements that are no queries go to /ksql.")
        return _select(statement, world)
    except MillstreamError as error:
        raise failed(error, text, []) from error
    except RecursionError as error:
        raise failed(StatementError(TOO_DEEP, hint=SPLIT), text, []) from error


def _only_statement(text: str, world: World) -> tree.Statement:
    pieces = split(text)
    if len(pieces) != 1:
        error = StatementError(f"Expected exactly one KSQL statement; found {len(pieces)} instead")
        error.statement = mask(text)
        raise error
    piece, at = pieces[0]
    if world.setting("ksql.variable.substitution.enable"):
        piece = substitute(piece, world.request.variables)
    return parse_one(placed(piece, at))


def _select(statement: tree.Select, world: World) -> r.QueryAnswer:
    from millstream.plan.bind import bind_select
    from millstream.plan.nodes import PullPlan
    from millstream.plan.rewrites import optimize

    database = world.database
    source = statement.query.source.name
    if statement.query.emit is not None:
        scalable = bool(world.setting("ksql.query.push.v2.enabled")) and world.setting("auto.offset.reset") == "latest"
        query_id = Transients.new_id(source, scalable)
    elif not database.config.flag("ksql.pull.queries.enable"):
        raise StatementError("Pull queries are disabled.", hint="Add EMIT CHANGES for a push query, or set ksql.pull.queries.enable=true.")
    else:
        relation = world.catalog.relations.get(source)
        on_table = relation is None or relation.is_table
        query_id = f"query_{database.clock()}" if on_table else Transients.new_id(source)
    plan = bind_select(context(world), statement, query_id)
    return _pull(database, plan) if isinstance(plan, PullPlan) else _push(database, optimize(plan), statement.text)


def _pull(database: Database, plan: PullPlan) -> r.QueryAnswer:
    by = plan.materialized_by
    after = awaited(database, by) if by is not None else database.positions.of({plan.relation.topic})
    batches = database.runtime.pull(plan, after or None)
    return r.QueryAnswer(
        query_id=plan.query_id,
        schema=plan.schema,
        keyed=plan.relation.is_table,
        batches=batches,
        finite=not plan.relation.is_table,
        limit=plan.limit,
    )


def _push(database: Database, plan: QueryPlan, text: str) -> r.QueryAnswer:
    reason = database.runtime.supports(plan)
    if reason is not None:
        raise StatementError(f"This query cannot run here: {reason}")
    running = _Running(database, plan)
    database.transients.add(
        Transient(plan.query_id, mask(text), plan.sources, running.stop), database.config.number("ksql.max.push.queries")
    )
    return r.QueryAnswer(
        query_id=plan.query_id,
        schema=plan.root.schema,
        keyed=False,
        start=running.start,
        limit=plan.limit,
        close=running.close,
    )


class _Running:
    """A push query between its start and its end, whoever brings it about: its client, TERMINATE, LIMIT, an error."""

    def __init__(self, database: Database, plan: QueryPlan) -> None:
        self._database = database
        self._plan = plan
        self._handle: PushHandle | None = None
        self._on_end: Callable[[str | None], None] | None = None
        self._closed = False

    def start(self, on_rows: Callable[[list[Row]], bool], on_end: Callable[[str | None], None]) -> PushHandle:
        def ended(error: str | None) -> None:
            self._database.transients.remove(self._plan.query_id)
            self._on_end = None
            on_end(error)

        self._on_end = on_end
        self._handle = self._database.runtime.push(self._plan, on_rows, ended)
        if self._closed:
            self._handle.close()
        return self._handle

    def close(self) -> None:
        """The client is gone."""
        self._closed = True
        self._on_end = None
        self._database.transients.remove(self._plan.query_id)
        if self._handle is not None:
            self._handle.close()

    def stop(self) -> None:
        """Somebody else ends it: the client's answer ends as if the query had come to its end."""
        on_end, self._on_end = self._on_end, None
        self._closed = True
        if self._handle is not None:
            self._handle.close()
        if on_end is not None:
            on_end(None)
