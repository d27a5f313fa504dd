"""SHOW [SOURCE | SINK] CONNECTORS, SHOW EXTERNAL SOURCES | SINKS, SHOW CONNECTOR PLUGINS."""

from __future__ import annotations

from typing import Any

from millstream.connect import secrets, waiting
from millstream.connect.configuration import topic_prefix
from millstream.errors import ConnectError
from millstream.session import results as r
from millstream.session.handlers.connectors.names import client_of
from millstream.session.worlds import World
from millstream.sql import tree


def show_all(statement: tree.Show, world: World) -> r.Result:
    try:
        connectors = client_of(world).all()
    except ConnectError as error:
        raise _failed("list connectors", error) from None
    lines = [_line(name, both) for name, both in sorted(connectors.items())]
    wanted = statement.side.lower() if statement.side else None
    chosen = tuple(line for line in lines if wanted is None or line.side == wanted)
    failures = tuple(
        f"{name} failed: {secrets.scrub(failure, both.get('info', {}).get('config', {}))}"
        for name, both in sorted(connectors.items())
        if (failure := waiting.failure_of(both.get("status", {}))) is not None and any(c.name == name for c in chosen)
    )
    return r.ConnectorList(chosen, statement.external, warnings=failures)


def _line(name: str, both: dict[str, Any]) -> r.ConnectorLine:
    info, status = both.get("info", {}), both.get("status", {})
    config = info.get("config", {})
    side = info.get("type") or status.get("type")
    state = waiting.summary(status) if status else None
    return r.ConnectorLine(name, side, config.get("connector.class"), state, topic_prefix(config))


def show_plugins(world: World) -> r.Result:
    try:
        plugins = client_of(world).plugins()
    except ConnectError as error:
        raise _failed("list connector plugins", error) from None
    return r.ConnectorPlugins(tuple((str(p["class"]), str(p["type"]), p.get("version")) for p in plugins))


def _failed(doing: str, error: ConnectError) -> ConnectError:
    return error if error.code == 50000 else ConnectError(f"Failed to {doing}: {error.message}", hint=error.hint, code=error.code)
