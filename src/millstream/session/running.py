"""Queries as lists show them: persistent ones with their state, push queries of the moment."""

from __future__ import annotations

from collections.abc import Iterator

from millstream.catalog import QueryEntry
from millstream.runtime import QueryStatus
from millstream.session import results as r
from millstream.session.worlds import World


def statuses(world: World) -> dict[str, QueryStatus]:
    return world.database.runtime.status()


def running(query: QueryEntry, world: World, known: dict[str, QueryStatus]) -> r.RunningQuery:
    """One persistent query. A runtime that does not know it (yet) leaves it UNRESPONSIVE."""
    status = known.get(query.id)
    relation = world.catalog.relations.get(query.sink)
    return r.RunningQuery(
        id=query.id,
        text=query.text,
        kind="PERSISTENT",
        state=state_of(query, status),
        sinks=(query.sink,) if query.sink else (),
        sink_topics=(relation.topic,) if relation is not None else (),
        lag=status.lag if status is not None else None,
        error=status.error if status is not None else None,
    )


def state_of(query: QueryEntry, status: QueryStatus | None) -> str:
    if query.paused:
        return "PAUSED"
    return status.state if status is not None else "UNRESPONSIVE"


def all_running(world: World) -> Iterator[r.RunningQuery]:
    """Persistent queries, then push queries."""
    known = statuses(world)
    for query in world.catalog.queries.values():
        yield running(query, world, known)
    for transient in world.database.transients.all():
        yield r.RunningQuery(transient.id, transient.text, "PUSH", "RUNNING")
