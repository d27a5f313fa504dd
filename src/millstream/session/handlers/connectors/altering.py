"""ALTER CONNECTOR: keys of its configuration, or its offsets; EXPLAIN of it (Millstream's own)."""

from __future__ import annotations

import json
from typing import Any

from millstream.connect import faults, secrets, states, waiting
from millstream.connect.classes import CLASS, resolve
from millstream.connect.client import ConnectClient
from millstream.connect.configuration import NAME
from millstream.connect.difference import Difference, as_shown, changed, differences
from millstream.errors import ConfigError, ConnectError, StatementError
from millstream.session import results as r
from millstream.session.handlers.connectors.names import cared_for, client_of, need
from millstream.session.worlds import World
from millstream.sql import tree
from millstream.sql.words import write_name

_DOING = "Failed to alter connector"


def alter(statement: tree.AlterConnector, world: World) -> r.Result:
    """A changed configuration is validated like a new one and the difference shown; offsets can be changed while it is stopped."""
    client = client_of(world)
    name = need(world, statement.name, _DOING)
    if statement.offsets is not None or statement.reset_offsets:
        return _offsets(statement, client, name, dry=world.dry)
    changes, result = _planned(statement, client, name)
    if world.dry or not changes:
        return result
    running = states.state_of(client, name) not in ("PAUSED", "STOPPED")
    cared_for(world, name)
    client.patch(name, {d.key: d.after for d in changes})
    result.altered, result.message = True, f"Connector {name} altered"
    if running:
        status = waiting.until_settled(client, name, world.database.config.number("connect.start.timeout.ms"))
        failure = waiting.failure_of(status)
        if failure is not None:
            config = {d.key: d.after for d in changes if d.after is not None}
            result.warnings += (f"The connector was altered and fails: {secrets.scrub(failure, config)}",)
    return result


def explain_alter(statement: tree.AlterConnector, world: World) -> r.Result:
    """What ALTER would change, without doing it; faults of the configuration are told."""
    client = client_of(world)
    name = need(world, statement.name, _DOING)
    if statement.offsets is not None or statement.reset_offsets:
        return _planned_offsets(statement, client, name)
    return _planned(statement, client, name)[1]


def _planned(statement: tree.AlterConnector, client: ConnectClient, name: str) -> tuple[list[Difference], r.ConnectorChange]:
    """The changes with their secrets, and as they may be shown. Raises ConfigError where the changed configuration is not valid."""
    before = client.config(name)
    given = _given(statement, client, before)
    passwords = {d["name"] for d in client.definitions(before[CLASS]) if d.get("type") == "PASSWORD"}
    changes = differences(before, given, statement.unset, passwords)
    after = changed(before, changes)
    answer = client.validate(after[CLASS], after)
    passwords |= faults.password_keys(answer)
    fault = faults.report(answer, after)
    if fault is not None:
        raise ConfigError(secrets.scrub(fault.message, after, passwords))
    touched = {d.key: d.after for d in changes if d.after is not None}
    warnings = [secrets.scrub(w, after, passwords) for w in faults.unknown_keys(answer, touched)]
    warnings += [f"{key} - is not set; nothing to unset." for key in statement.unset if key not in before]
    message = f"Connector {name} would change" if changes else f"Connector {name} is so already; nothing to change"
    return changes, r.ConnectorChange(name, as_shown(changes, passwords), message, warnings=tuple(warnings))


def _given(statement: tree.AlterConnector, client: ConnectClient, before: dict[str, str]) -> list[tuple[str, str]]:
    """What is to be set, a class in full. Raises ConfigError for what makes a connector another one."""
    given = dict(statement.set)
    if given.get(NAME, before.get(NAME)) != before.get(NAME) or NAME in statement.unset:
        raise ConfigError("A connector cannot be given another name.", hint="SHOW CREATE CONNECTOR gives the statement to make one by.")
    if CLASS in statement.unset:
        raise ConfigError(f"{CLASS} cannot be unset.", hint=f"SET ('{CLASS}'='...') changes it.")
    if CLASS in given:
        plugins = client.plugins()
        plugin = resolve(given[CLASS], plugins)
        side = next((p["type"] for p in plugins if p["class"] == before[CLASS]), plugin["type"])
        if plugin["type"] != side:
            raise ConfigError(
                f"{plugin['class']} is a {str(plugin['type']).upper()} connector, but {before.get(NAME)} is a {str(side).upper()}.",
                hint="DROP CONNECTOR and CREATE make another one of it.",
            )
        given[CLASS] = str(plugin["class"])
    return list(given.items())


def _offsets(statement: tree.AlterConnector, client: ConnectClient, name: str, *, dry: bool) -> r.Result:
    wanted = None if statement.reset_offsets else _parsed(statement.offsets or "", name)
    if dry:
        return r.ConnectorNote(name, "")
    try:
        message = client.reset_offsets(name) if wanted is None else client.change_offsets(name, wanted)
    except ConnectError as error:
        if "STOPPED state" not in error.message:
            raise
        hint = f"STOP CONNECTOR {write_name(name)}; first, and RESUME CONNECTOR {write_name(name)}; afterwards."
        raise ConnectError(f"{_DOING}: the connector {name} is not stopped.", hint=hint, code=error.code) from None
    states.until_offsets(client, name, wanted or [])
    return r.ConnectorNote(name, message)


def _planned_offsets(statement: tree.AlterConnector, client: ConnectClient, name: str) -> r.Result:
    """Each partition's offset before and after."""
    before = {_text(o["partition"]): _text(o["offset"]) for o in client.offsets(name)}
    if statement.reset_offsets:
        wanted: dict[str, str | None] = dict.fromkeys(before)
    else:
        entries = _parsed(statement.offsets or "", name)
        wanted = {_text(e.get("partition")): None if e.get("offset") is None else _text(e["offset"]) for e in entries}
    changes = tuple(Difference(p, before.get(p), o) for p, o in sorted(wanted.items()) if before.get(p) != o)
    message = f"Connector {name} would change" if changes else f"Connector {name} is so already; nothing to change"
    return r.ConnectorChange(name, changes, message)


def _text(part: Any) -> str:
    return json.dumps(part, sort_keys=True, ensure_ascii=False)


def _parsed(text: str, name: str) -> list[dict[str, Any]]:
    """The entries of a SET OFFSETS: a list, or what Connect's REST API takes ({"offsets": [...]})."""
    hint = f"SHOW CONNECTOR OFFSETS {write_name(name)}; shows their form."
    try:
        parsed = json.loads(text)
    except ValueError as fault:
        raise StatementError(f"The offsets are not JSON: {fault}", hint=hint) from None
    entries = parsed.get("offsets") if isinstance(parsed, dict) else parsed
    if not isinstance(entries, list) or not all(isinstance(e, dict) and "partition" in e and "offset" in e for e in entries):
        raise StatementError('The offsets are not a list of {"partition": ..., "offset": ...}.', hint=hint)
    return entries
