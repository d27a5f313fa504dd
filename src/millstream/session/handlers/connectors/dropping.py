"""DROP EXTERNAL SOURCE | SINK name [TERMINATE] and DROP CONNECTOR. Topics and relations stay."""

from __future__ import annotations

from millstream.errors import ConnectError, RequestError
from millstream.session import results as r
from millstream.session.handlers.connectors.names import client_of, find, need
from millstream.session.worlds import Sandbox, World
from millstream.sql import tree

_AT_WORK = ("RUNNING", "UNASSIGNED", "RESTARTING")


def drop(statement: tree.DropConnector, world: World) -> r.Result:
    """Without TERMINATE, KLIP 7's spelling does not drop what is at work; ksqlDB's always drops."""
    if statement.if_exists and find(world, statement.name) is None:
        return r.WarningResult(f"Connector '{statement.name}' does not exist.")
    name = need(world, statement.name, "Failed to drop connector")
    client = client_of(world)
    if statement.external:
        status = client.status(name)
        _refuse_side(statement, name, str(status.get("type", "")))
        if not statement.terminate and status.get("connector", {}).get("state") in _AT_WORK:
            raise RequestError(
                f"The {statement.side.lower() if statement.side else 'connector'} {name} is running.",
                hint=f"DROP EXTERNAL {statement.side} {name} TERMINATE; stops and drops it. Its topics stay.",
                code=40900,
            )
    if isinstance(world, Sandbox):
        world.awaits_connector = True
    if not world.dry:
        try:
            client.delete(name)
        except ConnectError as error:
            raise ConnectError(f"Failed to drop connector: {error.message}", hint=error.hint, code=error.code) from None
    return r.ConnectorDropped(name, statement.external, statement.side)


def _refuse_side(statement: tree.DropConnector, name: str, side: str) -> None:
    if statement.side and side and side != "unknown" and side.upper() != statement.side:
        raise RequestError(
            f"{name} is a {side}, but the statement drops a {statement.side.lower()}.", hint=f"DROP EXTERNAL {side.upper()} {name};"
        )
