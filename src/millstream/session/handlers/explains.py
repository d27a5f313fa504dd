"""EXPLAIN of a query or a statement, SHOW QUERIES EXTENDED."""

from __future__ import annotations

from dataclasses import replace

from millstream.catalog import QueryEntry
from millstream.errors import StatementError
from millstream.plan.bind import bind_create_as, bind_insert_into, bind_select
from millstream.plan.explain import explain as explain_plan
from millstream.plan.nodes import PullPlan, QueryPlan
from millstream.plan.rewrites import optimize
from millstream.session import results as r
from millstream.session.handlers import connectors
from millstream.session.planning import context
from millstream.session.running import state_of, statuses
from millstream.session.transient import Transients
from millstream.session.worlds import World
from millstream.sql import tree


def explain(statement: tree.Explain, world: World) -> r.Result:
    if isinstance(statement.statement, tree.AlterConnector):
        return connectors.explain_alter(statement.statement, world)
    if statement.statement is not None:
        return r.QueryDescribed(_statement(statement.statement, world))
    query_id = statement.query_id or ""
    query = next((q for q in world.catalog.queries.values() if q.id.upper() == query_id.upper()), None)
    if query is None:
        message = f"Query with id:{query_id} does not exist, use SHOW QUERIES to view the full set of queries."
        raise StatementError(message)
    return r.QueryDescribed(_described(query, world))


def all_described(world: World) -> r.QueryDescriptions:
    return r.QueryDescriptions(tuple(_described(q, world) for q in world.catalog.queries.values()))


def _statement(statement: tree.Statement, world: World) -> r.QueryDescription:
    """What a statement would run, without running it."""
    number = world.next_number()
    if isinstance(statement, tree.CreateAs):
        query_id = f"{'CTAS' if statement.kind == 'TABLE' else 'CSAS'}_{statement.name.upper()}_{number}"
        bound = bind_create_as(context(world), statement, query_id)
        return _of_plan(optimize(bound.plan), statement.text, (statement.name,), "PERSISTENT", world)
    if isinstance(statement, tree.InsertInto):
        bound = bind_insert_into(context(world), statement, f"INSERTQUERY_{number}")
        return _of_plan(optimize(bound.plan), statement.text, (statement.name,), "PERSISTENT", world)
    if not isinstance(statement, tree.Select):
        raise StatementError(
            "The provided statement does not run a ksql query",
            hint="EXPLAIN takes SELECT, CREATE ... AS SELECT, INSERT INTO and ALTER CONNECTOR.",
        )
    query_id = Transients.new_id(statement.query.source.name)
    pull = bind_select(context(world), statement, query_id)
    if isinstance(pull, QueryPlan):
        return _of_plan(optimize(pull), statement.text, (), "PUSH", world)
    return r.QueryDescription(
        pull.query_id, statement.text, tuple(pull.schema), (pull.relation.name,), (), _plan_text(pull), "PULL", source_code=""
    )


def _described(query: QueryEntry, world: World) -> r.QueryDescription:
    status = statuses(world).get(query.id)
    described = _of_plan(query.plan, query.text, (query.sink,) if query.sink else (), "PERSISTENT", world)
    return replace(
        described,
        state=state_of(query, status),
        properties=dict(query.properties),
        errors=(status.error,) if status is not None and status.error else (),
        group=f"_millstream-{world.database.config.text('service.id')}query_{query.id}",
    )


def _of_plan(plan: QueryPlan, text: str, sinks: tuple[str, ...], kind: str, world: World) -> r.QueryDescription:
    columns = plan.sink.schema if plan.sink is not None else plan.root.schema
    return r.QueryDescription(
        id=plan.query_id,
        text=text,
        columns=tuple(columns),
        sources=plan.sources,
        sinks=sinks,
        plan=_plan_text(plan),
        kind=kind,
        window=plan.root.window.kind if plan.root.window is not None else None,
        source_code=_source_code(plan, world),
    )


def _plan_text(plan: QueryPlan | PullPlan) -> str:
    return explain_plan(plan)


def _source_code(plan: QueryPlan, world: World) -> str:
    """The Python functions that a runtime makes of a plan, where it can say."""
    source = getattr(world.database.runtime, "source", None)
    return str(source(plan)) if callable(source) else ""
