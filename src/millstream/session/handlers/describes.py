"""DESCRIBE a relation (or, failing that, a connector: KLIP 7), STREAMS, TABLES, FUNCTION."""

from __future__ import annotations

from millstream.catalog import QueryEntry, Relation
from millstream.errors import MillstreamError, RequestError, StatementError
from millstream.plan.bind.context import near_miss
from millstream.runtime import QueryStatus
from millstream.session import results as r
from millstream.session.handlers import connectors
from millstream.session.running import running, statuses
from millstream.session.worlds import World
from millstream.sql import tree


def describe(statement: tree.Describe, world: World) -> r.Result:
    if statement.what in ("STREAMS", "TABLES"):
        chosen = [x for x in world.catalog.relations.values() if x.is_table is (statement.what == "TABLES")]
        return r.SourceDescriptions(tuple(description(x, world, statement.extended) for x in chosen))
    if statement.what == "FUNCTION":
        return _function(statement, world)
    if statement.what == "CONNECTOR":
        return connectors.describe(statement, world, external=False)
    if statement.what == "CONNECTOR PLUGIN":
        return connectors.describe_plugin(statement, world)
    return _relation(statement, world)


def _relation(statement: tree.Describe, world: World) -> r.Result:
    """A relation of the name comes first, with a note if a connector is called so too."""
    name = statement.name or ""
    written = statement.raw or name
    relation = world.catalog.relations.get(name)
    if relation is None:
        found = connectors.described_as(written, world)
        if found is not None:
            return found
        hint = near_miss(name, world.catalog.relations)
        raise StatementError(f"Could not find STREAM/TABLE '{name}' in the Metastore", hint=hint)
    notes: tuple[str, ...] = ()
    if connectors.exists(written, world):
        notes = (f"There is a connector of this name too: DESCRIBE CONNECTOR {written}; shows it.",)
    return r.SourceDescribed(description(relation, world, statement.extended), notes)


def description(relation: Relation, world: World, extended: bool) -> r.SourceDescription:
    """A relation with the queries around it. Partitions are asked of the log, so that a deleted topic shows as 0."""
    known = statuses(world)
    readers, writers = world.catalog.readers(relation.name), world.catalog.writers(relation.name)
    topic = world.database.log.topic(relation.topic)
    constraints = tuple(x.name for x in world.catalog.relations.values() if relation.name in x.sources)
    return r.SourceDescription(
        relation=relation,
        extended=extended,
        readers=tuple(running(q, world, known) for q in readers),
        writers=tuple(running(q, world, known) for q in writers),
        partitions=topic.partitions if topic is not None else 0,
        replication=topic.replicas if topic is not None else 0,
        offsets=tuple(o for q in writers if (o := _offsets(q, world, known.get(q.id))) is not None) if extended else (),
        constraints=constraints,
        metrics=_metrics(readers, writers, known),
        errors=_errors(readers, writers, known),
    )


def _offsets(query: QueryEntry, world: World, status: QueryStatus | None) -> r.OffsetSummary | None:
    if status is None or not status.offsets:
        return None
    lines: list[tuple[str, int, int, int, int]] = []
    for (topic, partition), position in sorted(status.offsets.items()):
        try:
            starts, ends = world.database.log.start_offsets(topic), world.database.log.end_offsets(topic)
        except MillstreamError:
            continue
        lines.append((topic, partition, starts[partition], ends[partition], position))
    return r.OffsetSummary(f"_millstream-{world.database.config.text('service.id')}query_{query.id}", tuple(lines))


def _metrics(readers: list[QueryEntry], writers: list[QueryEntry], known: dict[str, QueryStatus]) -> tuple[tuple[str, float], ...]:
    read = sum(known[q.id].records_in for q in readers if q.id in known)
    written = sum(known[q.id].records_out for q in writers if q.id in known)
    shown = [("consumer-total-messages", float(read))] if readers else []
    return tuple(shown + ([("total-messages", float(written))] if writers else []))


def _errors(readers: list[QueryEntry], writers: list[QueryEntry], known: dict[str, QueryStatus]) -> tuple[tuple[str, float], ...]:
    seen = {q.id: known[q.id] for q in (*readers, *writers) if q.id in known}
    failed, late = sum(s.records_failed for s in seen.values()), sum(s.records_late for s in seen.values())
    return tuple((name, float(count)) for name, count in (("failed-messages", failed), ("late-messages", late)) if count)


def _function(statement: tree.Describe, world: World) -> r.Result:
    name = (statement.name or "").upper()
    function = world.catalog.functions.find(name)
    if function is None:
        raise RequestError(f"Can't find any functions with the name '{name}'", hint=near_miss(name, world.catalog.functions.names()))
    return r.FunctionDescription(function)
