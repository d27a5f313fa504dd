"""CREATE ... AS SELECT, INSERT INTO ... SELECT, TERMINATE, PAUSE, RESUME."""

from __future__ import annotations

from dataclasses import replace

from millstream import formats
from millstream.catalog import QueryEntry
from millstream.errors import BindError, StatementError
from millstream.plan.bind import bind_create_as, bind_insert_into, check_create, check_replace_query
from millstream.plan.bind.results import BoundQuery
from millstream.plan.digest import digest
from millstream.plan.nodes import QueryPlan
from millstream.plan.rewrites import optimize
from millstream.session import results as r
from millstream.session import showing
from millstream.session.change import Change
from millstream.session.planning import context
from millstream.session.recording import entry_for
from millstream.session.topics import cleanup_policy, ensure_topic, no_registry, refuse_read_only, register_schemas
from millstream.session.worlds import World
from millstream.sql import tree
from millstream.types import quote

MESSAGES = {"TERMINATE": "Query terminated.", "PAUSE": "Query paused.", "RESUME": "Query resumed."}


def create_as(statement: tree.CreateAs, world: World) -> r.Result:
    """A relation filled by a query. OR REPLACE keeps the query's id, its state and its offsets."""
    kind = statement.kind.lower()
    existing = world.catalog.relations.get(statement.name)
    if existing is not None and statement.if_not_exists:
        return r.WarningResult(f"Cannot add {kind} {quote(statement.name)}: A {existing.kind.lower()} with the same name already exists.")
    query_id = _query_id(world, "CTAS" if statement.kind == "TABLE" else "CSAS", statement)
    bound = _bind(statement, world, query_id)
    check_create(context(world), statement, bound.relation)
    relation = ensure_topic(world, bound.relation, bound.topic)
    if world.record is None:
        refuse_read_only(world, relation.topic)
    register_schemas(world, relation, always=True)
    retention = bound.topic.retention_ms or world.database.config.number("log.retention.ms")
    text = showing.created_as(statement, relation, bound.topic.cleanup or cleanup_policy(relation), retention, bound.topic.replicas or 1)
    relation = replace(relation, text=text)
    plan = _runnable(world, bound)
    old = world.catalog.queries.get(query_id)
    if old is not None:
        check_replace_query(old.plan, plan)
    entry = QueryEntry(query_id, text, plan.sources, relation.name, plan, world.request.texts(world.database.config))
    change = Change(subjects=(relation.name, query_id), relations={relation.name: relation}, queries={query_id: entry}, query_id=query_id)
    number = world.commit(change, entry_for(world, statement, change, relation, digest(plan)))
    command = (kind, quote(relation.name), "create")
    return r.CommandStatus(command, f"Created query with ID {query_id}", query_id, number, text=text)


def _bind(statement: tree.CreateAs, world: World, query_id: str) -> BoundQuery:
    """Bound, or refused; that there is no registry for a format matters more than what the format cannot carry."""
    try:
        return bind_create_as(context(world), statement, query_id)
    except BindError as fault:
        given = {key.upper(): value.value for key, value in statement.properties if isinstance(value, tree.String)}
        names = [given[key].upper() for key in ("VALUE_FORMAT", "KEY_FORMAT", "FORMAT") if key in given]
        wanting = next((name for name in names if name in formats.names() and formats.get(name).needs_registry), None)
        if fault.code == 40000 and wanting is not None and world.registry is None:
            raise no_registry(given.get("KAFKA_TOPIC", statement.name), wanting) from None
        raise


def insert_into(statement: tree.InsertInto, world: World) -> r.Result:
    """A further query that writes to a stream."""
    query_id = _query_id(world, "INSERTQUERY", statement)
    bound = bind_insert_into(context(world), statement, query_id)
    if world.record is None:
        refuse_read_only(world, bound.relation.topic)
    plan = _runnable(world, bound)
    entry = QueryEntry(
        query_id, statement.text, plan.sources, bound.relation.name, plan, world.request.texts(world.database.config), kind="INSERT"
    )
    change = Change(subjects=(query_id,), queries={query_id: entry}, query_id=query_id)
    number = world.commit(change, entry_for(world, statement, change, None, digest(plan)))
    command = (bound.relation.kind.lower(), quote(bound.relation.name), "create")
    return r.CommandStatus(command, f"Created query with ID {query_id}", query_id, number)


def _query_id(world: World, prefix: str, statement: tree.CreateAs | tree.InsertInto) -> str:
    """ksqlDB's: CTAS_NAME_5, INSERTQUERY_7, or QUERY_ID of INSERT INTO. A replaced query keeps its id."""
    if world.record is not None and world.record.query_id is not None:
        return world.record.query_id
    if isinstance(statement, tree.CreateAs):
        old = world.catalog.relations.get(statement.name)
        if statement.or_replace and old is not None and old.query_id in world.catalog.queries:
            return str(old.query_id)
        return f"{prefix}_{statement.name.upper()}_{world.next_number()}"
    custom = next((v.value for k, v in statement.properties if k.upper() == "QUERY_ID" and isinstance(v, tree.String)), None)
    if custom is None:
        return f"{prefix}_{world.next_number()}"
    if custom.upper() in (known.upper() for known in world.catalog.queries):
        raise StatementError(f"Query ID '{custom.upper()}' already exists.", hint="Choose another QUERY_ID.")
    return custom.upper()


def _runnable(world: World, bound: BoundQuery) -> QueryPlan:
    """The plan as it will run. Raises StatementError where the runtime cannot, or there are too many queries."""
    plan = optimize(bound.plan)
    if world.record is not None:
        return plan
    reason = world.database.runtime.supports(plan)
    if reason is not None:
        raise StatementError(f"This query cannot run here: {reason}")
    limit = world.database.config.number("ksql.query.persistent.active.limit")
    if len(world.catalog.queries) >= limit and bound.plan.query_id not in world.catalog.queries:
        raise StatementError(
            "Not executing statement(s) as it would cause the number of active, "
            f"persistent queries to exceed the configured limit of {limit}.",
            hint="TERMINATE a query, or raise ksql.query.persistent.active.limit.",
        )
    return plan


def control(statement: tree.ControlQuery, world: World) -> r.Result:
    """TERMINATE, PAUSE, RESUME of one query or ALL. A push query can be terminated too."""
    action = statement.action
    if statement.query_id is None:
        chosen = [q for q in world.catalog.queries.values() if q.kind != "CREATE_SOURCE" or action != "TERMINATE"]
        number = _change_all(world, action, chosen) if chosen else world.catalog.sequence
        return r.CommandStatus((action.lower(), "ALL", "execute"), MESSAGES[action], None, number)
    query = next((q for q in world.catalog.queries.values() if q.id.upper() == statement.query_id.upper()), None)
    if query is None:
        transient = world.database.transients.find(statement.query_id)
        if transient is None or action != "TERMINATE":
            raise StatementError(f"Unknown queryId: {statement.query_id}", hint="SHOW QUERIES lists them.")
        return r.Terminated(transient.id, True if world.dry else world.database.transients.stop(transient.id))
    number = _change_all(world, action, [query])
    return r.CommandStatus((action.lower(), query.id, "execute"), MESSAGES[action], None, number)


def _change_all(world: World, action: str, queries: list[QueryEntry]) -> int:
    number = world.catalog.sequence
    for query in queries:
        number = _change(world, action, query)
    return number


def _change(world: World, action: str, query: QueryEntry) -> int:
    """One query. What undoes an earlier record forgets it; TERMINATE of a CREATE ... AS is a record of its own: the relation stays."""
    pause_record = f"pause {query.id}"
    if action == "TERMINATE":
        change = Change(subjects=(query.sink,), forget=(pause_record,), queries={query.id: None})
        if query.kind == "INSERT":
            change.forget = (pause_record, query.id)
            return world.commit(change)
    elif action == "PAUSE":
        change = Change(subjects=(pause_record, query.id, query.sink), queries={query.id: replace(query, paused=True)})
    else:
        return world.commit(Change(forget=(pause_record,), queries={query.id: replace(query, paused=False)}))
    statement = tree.ControlQuery(action, query.id, text=f"{action} `{query.id}`;")
    return world.commit(change, entry_for(world, statement, change))
