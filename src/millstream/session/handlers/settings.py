"""SET, UNSET, DEFINE, UNDEFINE, ALTER SYSTEM, SHOW PROPERTIES, SHOW VARIABLES."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from millstream.config import DENIED, Setting, all_settings, find, is_denied
from millstream.errors import ConfigError, ExecutionError, StatementError
from millstream.session import results as r
from millstream.session.worlds import World
from millstream.sql import tree


def set_property(statement: tree.SetProperty, world: World) -> None:
    """For the rest of the request; a console sends its session's settings with every request."""
    setting = _known(statement.name)
    if is_denied(setting, world.database.config.items("ksql.properties.overrides.denylist")):
        raise ConfigError(DENIED.format(statement.name))
    try:
        world.request.properties[setting.name] = setting.parse(statement.value)
    except ConfigError as fault:
        raise StatementError(fault.message, hint=fault.hint) from None


def unset_property(statement: tree.UnsetProperty, world: World) -> None:
    world.request.properties.pop(_known(statement.name).name, None)


def _known(name: str) -> Setting:
    setting = find(name)
    if setting is None:
        near = get_close_matches(name, all_settings(), n=1)
        raise StatementError(f"Unknown property: {name}", hint=f"Did you mean {near[0]}?" if near else "SHOW PROPERTIES lists them.")
    return setting


def define(statement: tree.Define, world: World) -> None:
    world.request.variables[statement.name] = statement.value


def undefine(statement: tree.Undefine, world: World) -> r.Result | None:
    known = next((name for name in world.request.variables if name.lower() == statement.name.lower()), None)
    if known is None:
        return r.WarningResult(f"Cannot undefine variable '{statement.name}' which was never defined")
    del world.request.variables[known]
    return None


def alter_system(statement: tree.AlterSystem, _: World) -> r.Result:
    """Server settings are in the server's configuration file, where an operator can see them."""
    raise ExecutionError(
        f"Could not change '{statement.property}': system settings cannot be changed by a statement.",
        hint="Put it into the file given with --config and restart, or use SET for this session.",
    )


def show_variables(world: World) -> r.VariableList:
    return r.VariableList(dict(world.request.variables))


def show_properties(world: World) -> r.PropertyList:
    """Every setting that has an effect here or was given, and ksqlDB's own, with its effective value; secrets are masked."""
    lines: list[tuple[str, str, str | None, bool, str]] = []
    overwritten: list[str] = []
    defaults: list[str] = []
    denied = world.database.config.items("ksql.properties.overrides.denylist")
    for setting in all_settings().values():
        in_session = setting.name in world.request.properties
        given = world.database.config.is_given(setting.name)
        if setting.scope in ("STREAMS", "CONSUMER", "PRODUCER") and not (in_session or given or setting.used):
            continue
        name = setting.alias or setting.name if setting.scope in ("MILLSTREAM", "KSQL") else f"ksql.streams.{setting.name}"
        lines.append(
            (
                name,
                "KSQL",
                _shown(setting, world.setting(setting.name)),
                not is_denied(setting, denied),
                "QUERY" if setting.session else "SERVER",
            )
        )
        if in_session:
            overwritten.append(name)
        elif not given:
            defaults.append(name)
    return r.PropertyList(tuple(lines), tuple(overwritten), tuple(defaults))


def _shown(setting: Setting, value: Any) -> str | None:
    if value is None:
        return None
    if setting.secret:
        return "[hidden]" if value else ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
