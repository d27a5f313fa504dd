"""PAUSE, RESUME, STOP and RESTART of a connector or its failed tasks (Millstream's own)."""

from __future__ import annotations

from typing import Any

from millstream.connect import states
from millstream.session import results as r
from millstream.session.handlers.connectors.names import cared_for, client_of, need
from millstream.session.worlds import World
from millstream.sql import tree
from millstream.sql.words import write_name

_DONE = {"PAUSE": "paused", "RESUME": "resumed", "STOP": "stopped", "RESTART": "restarted"}


def control(statement: tree.ControlConnector, world: World) -> r.Result:
    """It answers when the connector has the state; a restart when Connect has begun it."""
    name = need(world, statement.name, f"Failed to {statement.action.lower()} connector")
    note = r.ConnectorNote(name, f"Connector {name} {_DONE[statement.action]}")
    if world.dry:
        return note
    client = client_of(world)
    cared_for(world, name)
    if statement.action == "RESTART":
        plan = client.restart(name, failed_only=statement.failed_only)
        if statement.failed_only:
            note.message = _restarted(name, plan)
    elif not states.bring(client, name, statement.action.lower(), world.database.config.number("connect.start.timeout.ms")):
        note.warnings = (f"It is not {_DONE[statement.action]} yet: DESCRIBE CONNECTOR {write_name(name)}; shows how it is.",)
    return note


def _restarted(name: str, plan: dict[str, Any]) -> str:
    """What RESTART FAILED TASKS restarts, by Connect's own plan."""
    tasks = [str(t["id"]) for t in plan.get("tasks", []) if t.get("state") == "RESTARTING"]
    also = plan.get("connector", {}).get("state") == "RESTARTING"
    if not tasks:
        return f"Connector {name} restarted" if also else f"Connector {name} has no failed tasks; nothing was restarted"
    return f"Connector {name} restarted {'with' if also else 'its'} failed task{'s' if len(tasks) > 1 else ''} {', '.join(tasks)}"
