"""Records of the journal: made from a statement and what it resolved to, and turned back into what replay needs."""

from __future__ import annotations

from millstream.catalog import Relation
from millstream.session.change import Change
from millstream.session.journal import Entry
from millstream.session.worlds import World
from millstream.sql import tree
from millstream.types import Column, Role


def entry_for(
    world: World, statement: tree.Statement, change: Change, relation: Relation | None = None, digest: str | None = None
) -> Entry:
    """The journal's record of a definition."""
    return Entry(
        sequence=world.catalog.sequence,
        text=statement.text,
        properties=world.request.texts(world.database.config),
        subjects=change.subjects,
        query_id=change.query_id,
        columns=tuple((c.name, str(c.type), c.role.value, c.header) for c in relation.schema) if relation is not None else (),
        digest=digest,
    )


def recorded_columns(entry: Entry, role: Role) -> list[Column]:
    """The columns of one side as they were resolved when the record was written."""
    from millstream.plan.bind.expressions import resolve_type
    from millstream.sql import parse_type

    return [Column(n, resolve_type(parse_type(t), {}), Role(r), h) for n, t, r, h in entry.columns if r == role.value]
