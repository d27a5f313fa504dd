"""CREATE EXTERNAL SOURCE | SINK and CREATE SOURCE | SINK CONNECTOR: one thing in two spellings.

The class is resolved and the configuration validated first; every fault is reported and nothing is created. It returns when the tasks run
or fail.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from millstream.catalog import Relation
from millstream.connect import faults, secrets, sinks, states, waiting
from millstream.connect.classes import CLASS, resolve
from millstream.connect.client import ConnectClient, LateAnswer
from millstream.connect.configuration import configuration, is_jdbc_source, refuse_name, with_key
from millstream.errors import ConfigError, ConnectError, MillstreamError, RequestError, StatementError
from millstream.plan.bind.context import near_miss
from millstream.session import results as r
from millstream.session.handlers.connectors.names import client_of, find
from millstream.session.worlds import Sandbox, World
from millstream.sql import tree
from millstream.sql.words import write_name

if TYPE_CHECKING:
    from millstream.connect.watch import Watch


def create(statement: tree.CreateConnector, world: World) -> r.Result:
    refuse_name(statement.name)
    existing = find(world, statement.name)
    if existing is not None:
        message = f"Connector {existing} already exists"
        if statement.if_not_exists:
            return r.WarningResult(message)
        raise RequestError(message, code=40900, hint=f"DROP CONNECTOR `{existing}`; first, or use IF NOT EXISTS.")
    client = client_of(world)
    config = _configured(statement, client)
    answer = client.validate(config[CLASS], config)
    config = _filled(statement, world, config, answer)
    fault = faults.report(client.validate(config[CLASS], config) if statement.relation else answer, config)
    passwords = faults.password_keys(answer)
    if fault is not None:
        raise ConfigError(secrets.scrub(fault.message, config, passwords))
    if isinstance(world, Sandbox):
        world.awaits_connector = True
    warnings = tuple(
        secrets.scrub(u, config, passwords) for u in (*faults.unknown_keys(answer, config), *_doubts(statement, world, config))
    )
    if world.dry:
        return r.ConnectorCreated({"name": statement.name, "config": {}, "tasks": [], "type": statement.side.lower()}, statement.external)
    return _create(statement, world, config, passwords, warnings)


def _configured(statement: tree.CreateConnector, client: ConnectClient) -> dict[str, Any]:
    """The configuration with the class in full. Raises ConfigError where class and SOURCE | SINK do not fit."""
    config = configuration(statement.name, statement.properties)
    plugin = resolve(config[CLASS], client.plugins())
    side = statement.side.lower()
    if plugin.get("type") != side:
        other = str(plugin.get("type", "")).upper()
        raise ConfigError(
            f"{plugin['class']} is a {other} connector, but the statement creates a {statement.side}.",
            hint=f"Write CREATE {'EXTERNAL ' if statement.external else ''}{other}{'' if statement.external else ' CONNECTOR'} "
            f"{statement.name} ...",
        )
    config[CLASS] = str(plugin["class"])
    return with_key(config) if is_jdbc_source(config[CLASS]) else config


def _filled(statement: tree.CreateConnector, world: World, config: dict[str, str], answer: dict[str, Any]) -> dict[str, str]:
    """FROM a relation: topic, converters and key mode come from it."""
    if statement.relation is None:
        return config
    relation = _relation(statement.relation, world)
    if relation is None:
        hint = near_miss(statement.relation, world.catalog.relations)
        raise StatementError(f"Could not find STREAM/TABLE '{statement.relation}' in the Metastore", hint=hint)
    if statement.side != "SINK":
        raise StatementError(
            "Only a sink is created FROM a stream or table.", hint="A source brings its data in from outside: leave FROM out."
        )
    url = world.database.config.text("schema.registry.url") or None
    return sinks.fill(config, relation, faults.known_keys(answer), url)


def _doubts(statement: tree.CreateConnector, world: World, config: dict[str, str]) -> list[str]:
    relation = _relation(statement.relation, world) if statement.relation else None
    if relation is None:
        return []
    doubts = (sinks.doubt(config, relation, configuration(statement.name, statement.properties)), sinks.schemaless(config, relation))
    return [doubt for doubt in doubts if doubt]


def _relation(written: str, world: World) -> Relation | None:
    """The stream or table of that name; in any case where only one fits, as for names of connectors (``my-table1``)."""
    known = world.catalog.relations
    exact = known.get(written) or known.get(written.upper())
    fitting = [known[name] for name in known if name.upper() == written.upper()]
    return exact or (fitting[0] if len(fitting) == 1 else None)


def _create(
    statement: tree.CreateConnector, world: World, config: dict[str, str], passwords: set[str], warnings: tuple[str, ...]
) -> r.Result:
    client, name = client_of(world), statement.name
    timeout_ms = world.database.config.number("connect.start.timeout.ms")
    try:
        info, leftover = _made(client, world.database.watch, name, config, timeout_ms)
    except ConnectError as error:
        message = secrets.scrub(error.message, config, passwords)
        raise ConnectError(f"Failed to create connector: {message}", hint=error.hint, code=error.code) from None
    status = waiting.until_settled(client, name, timeout_ms)
    failure = waiting.failure_of(status)
    info = {**_now(client, name, info), "config": secrets.masked(info.get("config", config), passwords)}
    info.setdefault("type", statement.side.lower())
    if leftover:
        warnings += (_going_on(name, leftover),)
    result = r.ConnectorCreated(info, statement.external, waiting.summary(status), None, warnings=warnings)
    if failure is not None:
        result.failure = secrets.scrub(failure, config, passwords)
        result.warnings = (*warnings, f"The connector was created and failed: {result.failure}")
    elif not waiting.settled(status):
        result.warnings = (*warnings, f"Its tasks do not run yet: DESCRIBE {write_name(name)}; shows how they are.")
    return result


def _made(
    client: ConnectClient, watch: Watch | None, name: str, config: dict[str, str], timeout_ms: int
) -> tuple[dict[str, Any], int | None]:
    """The connector, started, and of how many partitions there were offsets before it ran.

    Only while it is stopped can it be told whose offsets they are. Should this process end, or Connect fall silent, before it is started:
    the watch has been told, and starts it.
    """
    if watch is None:
        return _started(client, name, config, timeout_ms)
    first = watch.begins(name)
    try:
        made = _started(client, name, config, timeout_ms)
    except (LateAnswer, _Stopped):
        raise  # it is there or may come to be: the watch will see
    except ConnectError:
        if first:
            watch.ends(name)
        raise
    finally:
        watch.leaves(name)
    watch.ends(name)
    return made


class _Stopped(ConnectError):
    """The connector was created and could not be started."""


def _started(client: ConnectClient, name: str, config: dict[str, str], timeout_ms: int) -> tuple[dict[str, Any], int | None]:
    info, leftover = states.create_stopped(client, name, config, timeout_ms)
    if leftover is not None:
        try:
            client.control(name, "resume")
        except ConnectError as error:
            text = f"{error.message} The connector is there, stopped, and will be started once Kafka Connect answers."
            raise _Stopped(text, hint=error.hint, code=error.code) from None
    return info, leftover


def _going_on(name: str, count: int) -> str:
    written = write_name(name)
    anew = f"STOP CONNECTOR {written}; ALTER CONNECTOR {written} RESET OFFSETS; RESUME CONNECTOR {written};"
    return (
        f"An earlier connector {name} has left offsets ({count} partition{'s' if count > 1 else ''}): "
        f"this one goes on from there. To begin anew: {anew}"
    )


def _now(client: ConnectClient, name: str, info: dict[str, Any]) -> dict[str, Any]:
    """Connect's answer with the tasks there are by now."""
    try:
        return {**info, "tasks": client.info(name).get("tasks", [])}
    except MillstreamError:
        return dict(info)
