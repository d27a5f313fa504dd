"""CREATE STREAM | TABLE over a topic, DROP, ALTER."""

from __future__ import annotations

from dataclasses import replace

from millstream.catalog import Catalog, QueryEntry, Relation
from millstream.errors import BindError, RequestError
from millstream.plan.bind import bind_alter, bind_source, check_create, check_drop
from millstream.plan.bind.results import BoundSource
from millstream.plan.bind.sources import Source
from millstream.plan.nodes import QueryPlan
from millstream.session import results as r
from millstream.session import showing
from millstream.session.change import Change
from millstream.session.completing import complete
from millstream.session.planning import context
from millstream.session.recording import entry_for
from millstream.session.topics import ensure_topic, register_schemas
from millstream.session.worlds import World
from millstream.sql import tree
from millstream.sql.printer import to_sql
from millstream.types import quote


def create(statement: tree.CreateSource, world: World) -> r.Result:
    """A relation over a topic, which is created where PARTITIONS says so. A SOURCE TABLE gets a query that keeps its rows."""
    kind = statement.kind.lower()
    existing = world.catalog.relations.get(statement.name)
    if existing is not None and statement.if_not_exists:
        return r.WarningResult(f"Cannot add {kind} {quote(statement.name)}: A {existing.kind.lower()} with the same name already exists.")
    completed = complete(statement, world)
    bound = _bind(completed.statement, world)
    check_create(context(world), statement, bound.relation)
    relation = ensure_topic(world, bound.relation, bound.topic)
    register_schemas(world, relation, always=False)
    relation = replace(relation, text=showing.created(completed.statement, relation))
    change = Change(subjects=(relation.name,))
    if relation.read_only and relation.is_table:
        entry = _keeper(world, relation)
        relation = replace(relation, query_id=entry.id)
        change.queries[entry.id] = entry
        change.query_id = entry.id
    elif existing is not None and existing.query_id in world.catalog.queries:
        # The query goes on filling it, with the columns that it knows.
        relation = replace(relation, query_id=existing.query_id, sources=existing.sources)
    change.relations[relation.name] = relation
    written = statement if completed.statement is statement else replace(completed.statement, text=to_sql(completed.statement))
    number = world.commit(change, entry_for(world, written, change, relation))
    if change.query_id is not None:
        message = f"Created query with ID {change.query_id}"
    else:
        message = "Table created" if relation.is_table else "Stream created"
    command = (kind, quote(relation.name), "create")
    return r.CommandStatus(command, message, change.query_id, number, text=relation.text, warnings=completed.warnings)


def _bind(statement: tree.CreateSource, world: World) -> BoundSource:
    """Bound, or refused: a missing topic is not the statement's fault (40000), and it matters more than missing columns."""
    given = {name.upper(): value for name, value in statement.properties}
    topic = given.get("KAFKA_TOPIC")
    missing = isinstance(topic, tree.String) and world.record is None and world.topic(topic.value) is None and "PARTITIONS" not in given
    try:
        return bind_source(context(world), statement)
    except BindError as fault:
        if missing and isinstance(topic, tree.String) and fault.message.startswith(("Topic '", "No columns supplied")):
            raise RequestError(showing.missing_topic(statement, topic.value)) from None
        raise


def _keeper(world: World, relation: Relation) -> QueryEntry:
    """The query behind a SOURCE TABLE: it only keeps the table's rows for pull queries."""
    query_id = world.record.query_id if world.record is not None else f"CST_{relation.name}_{world.next_number()}"
    assert query_id is not None
    scan = replace(Source(relation.name, relation, False, tree.Source(relation.name)).scan(), materialize=True)
    plan = QueryPlan(query_id, scan, (relation.name,), properties=world.request.texts(world.database.config))
    return QueryEntry(query_id, relation.text, (relation.name,), "", plan, kind="CREATE_SOURCE")


def drop(statement: tree.DropRelation, world: World) -> r.Result:
    """Drop a relation and the query that made it. Raises BindError while others read it or write to it."""
    kind = statement.kind.lower()
    command = (kind, statement.name, "drop")
    if statement.delete_topic and statement.name not in world.catalog.relations and not statement.if_exists:
        raise RequestError(f"Could not find source to delete topic for: {statement.name}")
    relation = check_drop(replace(context(world), catalog=_without_keepers(world.catalog)), statement)
    if relation is None:
        return r.CommandStatus(command, f"Source {quote(statement.name)} does not exist.", sequence=world.catalog.sequence)
    if statement.delete_topic:
        _refuse_shared_topic(world, relation)
    own = [relation.query_id] if relation.query_id in world.catalog.queries else []
    change = Change(forget=(relation.name,), relations={relation.name: None}, queries={q: None for q in own if q})
    number = world.commit(change)
    if statement.delete_topic:
        _delete_topic(world, relation)
    text = f"DROP {statement.kind} {showing.name(statement.name)};" if statement.delete_topic else ""
    return r.CommandStatus(command, f"Source {quote(relation.name)} (topic: {relation.topic}) was dropped.", None, number, text=text)


def _without_keepers(catalog: Catalog) -> Catalog:
    """The query behind a SOURCE TABLE goes with it and keeps nobody from dropping it."""
    copy = catalog.copy()
    copy.queries = {name: query for name, query in copy.queries.items() if query.kind != "CREATE_SOURCE"}
    return copy


def _refuse_shared_topic(world: World, relation: Relation) -> None:
    others = [x.name for x in world.catalog.over_topic(relation.topic) if x.name != relation.name]
    if others:
        raise RequestError(
            f"Refusing to delete topic. Found other data sources ({', '.join(sorted(others))}) using topic {relation.topic}",
            hint="Drop them first, or drop without DELETE TOPIC.",
        )


def _delete_topic(world: World, relation: Relation) -> None:
    from millstream import formats

    world.delete_topic(relation.topic)
    if world.dry or world.registry is None:
        return
    for spec in (relation.key_format, relation.value_format):
        if formats.get(spec.name).needs_registry and world.registry.latest(spec.options.subject) is not None:
            world.registry.delete_subject(spec.options.subject)


def alter(statement: tree.AlterRelation, world: World) -> r.Result:
    """Add columns to a declared relation."""
    altered = bind_alter(context(world), statement)
    register_schemas(world, altered, always=True)
    change = Change(subjects=(altered.name,), relations={altered.name: altered})
    number = world.commit(change, entry_for(world, statement, change, altered))
    kind = statement.kind.lower()
    return r.CommandStatus((kind, altered.name, "alter"), f"{statement.kind.capitalize()} {altered.name} altered.", None, number)
