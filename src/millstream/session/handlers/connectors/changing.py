"""PAUSE, RESUME, STOP, RESTART and ALTER of a connector; SHOW CREATE CONNECTOR, SHOW CONNECTOR OFFSETS (Millstream's own)."""

from __future__ import annotations

import json
from typing import Any

from millstream.connect import faults, secrets, waiting
from millstream.connect.classes import CLASS
from millstream.connect.client import ConnectClient
from millstream.errors import StatementError
from millstream.session import results as r
from millstream.session.handlers.connectors.names import client_of, need
from millstream.session.worlds import World
from millstream.sql import tree
from millstream.sql.printer import to_sql

_DONE = {"PAUSE": "paused", "RESUME": "resumed", "STOP": "stopped", "RESTART": "restarted"}


def control(statement: tree.ControlConnector, world: World) -> r.Result:
    name = need(world, statement.name, f"Failed to {statement.action.lower()} connector")
    if not world.dry:
        client = client_of(world)
        if statement.action == "RESTART":
            client.restart(name, failed_only=statement.failed_only)
        else:
            client.control(name, statement.action.lower())
    return r.ConnectorNote(name, f"Connector {name} {_DONE[statement.action]}")


def alter(statement: tree.AlterConnector, world: World) -> r.Result:
    """A changed configuration is validated like a new one; offsets can be changed while it is stopped."""
    client = client_of(world)
    name = need(world, statement.name, "Failed to alter connector")
    if statement.offsets is not None or statement.reset_offsets:
        return _offsets(statement, world, client, name)
    config = {**client.config(name), **dict(statement.set)}
    for key in statement.unset:
        config.pop(key, None)
    answer = client.validate(config[CLASS], config)
    fault = faults.report(answer, config)
    if fault is not None:
        raise fault
    if not world.dry:
        client.change(name, config)
        waiting.until_settled(client, name, world.database.config.number("connect.start.timeout.ms"))
    return r.ConnectorNote(name, f"Connector {name} altered")


def _offsets(statement: tree.AlterConnector, world: World, client: ConnectClient, name: str) -> r.Result:
    if statement.reset_offsets:
        return r.ConnectorNote(name, "" if world.dry else client.reset_offsets(name))
    try:
        offsets = json.loads(statement.offsets or "")
    except ValueError as fault:
        raise StatementError(f"The offsets are not JSON: {fault}", hint=f"SHOW CONNECTOR OFFSETS {name}; shows their form.") from None
    return r.ConnectorNote(name, "" if world.dry else client.change_offsets(name, offsets))


def show_one(statement: tree.ShowConnector, world: World) -> r.Result:
    client = client_of(world)
    name = need(world, statement.name, "Failed to describe connector")
    if statement.what == "OFFSETS":
        return r.ConnectorText(name, json.dumps(client.offsets(name), indent=2))
    info = client.info(name)
    config: dict[str, Any] = dict(info.get("config", {}))
    passwords = {d["name"] for d in client.definitions(config.get(CLASS, "")) if d.get("type") == "PASSWORD"}
    shown = secrets.masked({k: v for k, v in config.items() if k != "name"}, passwords)
    side = str(info.get("type", "source")).upper()
    return r.ConnectorText(name, to_sql(tree.CreateConnector(side, name, tuple(sorted(shown.items())))))
