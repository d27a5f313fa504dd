"""INSERT INTO ... VALUES."""

from __future__ import annotations

from millstream.errors import RecordError, RequestError, StatementError
from millstream.plan.bind import bind_insert_values
from millstream.session.encoding import Writer, insert_failed
from millstream.session.planning import context
from millstream.session.topics import refuse_read_only
from millstream.session.worlds import World
from millstream.sql import tree


def insert_values(statement: tree.InsertValues, world: World) -> None:
    """One row, readable when this returns. It has no result."""
    if not world.setting("ksql.insert.into.values.enabled"):
        raise RequestError("The server has disabled INSERT INTO ... VALUES functionality.", hint="Setting ksql.insert.into.values.enabled.")
    bound = bind_insert_values(context(world), statement)
    relation = bound.relation
    refuse_read_only(world, relation.topic)
    if world.dry:
        return
    try:
        Writer(world.database, relation).write([(bound.values, bound.timestamp)])
    except RecordError as fault:
        raise StatementError(insert_failed(relation, fault), hint=fault.hint) from fault
