"""CREATE TYPE, DROP TYPE."""

from __future__ import annotations

from millstream.errors import StatementError
from millstream.session import results as r
from millstream.session.change import Change
from millstream.session.recording import entry_for
from millstream.session.worlds import World
from millstream.sql import tree


def create(statement: tree.CreateType, world: World) -> r.Result:
    from millstream.plan.bind.expressions import resolve_type

    kind = resolve_type(statement.type, world.catalog.types)
    if statement.name in world.catalog.types:
        message = (
            f"Cannot register custom type '{statement.name}' since it is already "
            f"registered with type: {world.catalog.types[statement.name]}"
        )
        if statement.if_not_exists:
            return r.WarningResult(f"{statement.name} is already registered with type {world.catalog.types[statement.name]}")
        raise StatementError(message, hint=f"DROP TYPE {statement.name}; first, or use IF NOT EXISTS.")
    change = Change(subjects=(f"type {statement.name}",), types={statement.name: kind})
    number = world.commit(change, entry_for(world, statement, change))
    return r.CommandStatus(
        ("type", statement.name, "create"), f"Registered custom type with name '{statement.name}' and SQL type {kind}", sequence=number
    )


def drop(statement: tree.DropType, world: World) -> r.Result:
    command = ("type", statement.name, "drop")
    if statement.name not in world.catalog.types:
        if not statement.if_exists:
            raise StatementError(f"Type {statement.name} does not exist.")
        return r.CommandStatus(command, f"Type '{statement.name}' does not exist", sequence=world.catalog.sequence)
    subject = f"type {statement.name}"
    change = Change(subjects=(subject,), types={statement.name: None})
    if world.catalog.queries or len(world.catalog.relations) > 1:
        # Definitions may use it: their replay needs the type as it was then.
        number = world.commit(change, entry_for(world, statement, change))
    else:
        number = world.commit(Change(forget=(subject,), types={statement.name: None}))
    return r.CommandStatus(command, f"Dropped type '{statement.name}'", sequence=number)
