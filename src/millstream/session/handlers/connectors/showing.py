"""SHOW CREATE CONNECTOR and SHOW CONNECTOR OFFSETS (Millstream's own)."""

from __future__ import annotations

import json

from millstream.connect import secrets
from millstream.connect.classes import CLASS
from millstream.connect.configuration import NAME
from millstream.session import results as r
from millstream.session.handlers.connectors.names import client_of, need
from millstream.session.worlds import World
from millstream.sql import tree
from millstream.sql.printer import to_sql


def show_one(statement: tree.ShowConnector, world: World) -> r.Result:
    client = client_of(world)
    name = need(world, statement.name, "Failed to describe connector")
    if statement.what == "OFFSETS":
        return r.ConnectorText(name, json.dumps(client.offsets(name), indent=2, ensure_ascii=False))
    return _create(name, world)


def _create(name: str, world: World) -> r.Result:
    """The statement that would create the connector. References to secrets stay; in the place of a secret stands one, and it says which."""
    client = client_of(world)
    info = client.info(name)
    config = {key: str(value) for key, value in dict(info.get("config", {})).items() if key != NAME}
    passwords = {d["name"] for d in client.definitions(config.get(CLASS, "")) if d.get("type") == "PASSWORD"}
    shown, variables = secrets.referring(name, config, passwords)
    warnings = tuple(
        f"{key}: not shown. Before this runs, give the Connect worker the variable {variable}, "
        "or write a reference like ${file:/path:key}."
        for key, variable in sorted(variables.items())
    )
    ordered = sorted(shown.items(), key=lambda pair: (pair[0] != CLASS, pair[0]))
    side = str(info.get("type", "source")).upper()
    return r.ConnectorText(name, to_sql(tree.CreateConnector(side, name, tuple(ordered))), warnings=warnings)
