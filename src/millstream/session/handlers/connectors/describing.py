"""DESCRIBE a connector (both spellings) and DESCRIBE CONNECTOR PLUGIN."""

from __future__ import annotations

from typing import Any

from millstream.connect import contents, secrets, waiting
from millstream.connect.classes import CLASS, resolve
from millstream.connect.configuration import topic_prefix
from millstream.errors import ConnectError, RegistryDown
from millstream.log.base import Unavailable
from millstream.session import results as r
from millstream.session.handlers.connectors.names import client_of, need, peek
from millstream.session.sampling import columns_text, null_keys
from millstream.session.worlds import World
from millstream.sql import tree


def describe(statement: tree.Describe, world: World, *, external: bool) -> r.Result:
    return _described(need(world, statement.name or "", "Failed to query connector status"), world, external)


def described_as(written: str, world: World) -> r.Result | None:
    """KLIP 7's DESCRIBE of a bare name: the connector of that name, if there is one."""
    name = peek(written, world)
    return None if name is None else _described(name, world, external=True)


def _described(name: str, world: World, external: bool) -> r.Result:
    client = client_of(world)
    try:
        config = client.config(name)
        status = client.status(name)
    except ConnectError as error:
        raise ConnectError(f"Failed to query connector status: {error.message}", hint=error.hint, code=error.code) from None
    topics = waiting.until_topics(client, name, config, status)
    notes = _notes(world, name, config, status)
    columns: dict[str, str | None] = {}
    sources: tuple[r.SourceDescription, ...] = ()
    try:
        columns, sources, keyless = _looked_into(world, str(status.get("type", "")), topics)
        notes += [f"The records of {t} have no key: a TABLE over it stays empty. Give the connector key='<column>'." for t in keyless]
    except (Unavailable, RegistryDown) as away:  # how the connector is can be said all the same
        notes.append(f"What its topics hold cannot be looked at now: {away.message}")
    return r.ConnectorDescription(
        class_name=config.get(CLASS, ""),
        status=_shown(status, config),
        topics=tuple(r.TopicDetail(contents.object_name(config, t), t, columns.get(t)) for t in topics),
        sources=sources,
        topic_prefix=topic_prefix(config),
        external=external,
        notes=tuple(notes),
    )


def _looked_into(world: World, side: str, topics: list[str]) -> tuple[dict[str, str | None], tuple[r.SourceDescription, ...], list[str]]:
    """The columns of a source's topics, the relations over them, and which of them have records without a key."""
    from millstream.session.handlers.describes import description

    columns = {} if side == "sink" else {t: columns_text(world, t) for t in topics}
    sources = tuple(description(x, world, extended=False) for t in topics for x in world.catalog.over_topic(t))
    keyless = [t for t in topics if side == "source" and null_keys(world, t)]
    return columns, sources, keyless


def _shown(status: dict[str, Any], config: dict[str, str]) -> dict[str, Any]:
    """Connect's status, its traces without passwords."""

    def scrubbed(part: dict[str, Any]) -> dict[str, Any]:
        return {k: secrets.scrub(v, config) if k == "trace" and isinstance(v, str) else v for k, v in part.items()}

    return {**status, "connector": scrubbed(status.get("connector", {})), "tasks": [scrubbed(t) for t in status.get("tasks", [])]}


def _notes(world: World, name: str, config: dict[str, str], status: dict[str, Any]) -> list[str]:
    """What failed, and what a mode can miss or repeat."""
    notes: list[str] = []
    failure = waiting.failure_of(status)
    if failure is not None:
        notes.append(f"Failed: {secrets.scrub(failure, config).rstrip('.')}. RESTART CONNECTOR {name}; tries again.")
    if world.database.watch is not None:
        notes += world.database.watch.told(name, config)
    mode = config.get("mode", "").lower()
    if mode in MODES:
        notes.append(f"mode={mode}: {MODES[mode]}")
    return notes


#: What a JDBC source's mode can miss or repeat.
MODES = {
    "bulk": "every poll sends all rows again, and deletions are not seen.",
    "incrementing": "finds new rows only; changes and deletions are not seen, and "
    "rows committed out of order of their number can be missed.",
    "timestamp": "rows that commit late with an older timestamp can be missed; deletions are not seen.",
    "timestamp+incrementing": "rows that commit late with an older timestamp can be missed; deletions are not seen.",
}


def describe_plugin(statement: tree.Describe, world: World) -> r.Result:
    """The keys of a connector class: name, type, default, one line of documentation; SEARCH keeps those that hold a word."""
    client = client_of(world)
    plugin = resolve(statement.name or "", client.plugins())
    word = (statement.search or "").lower()
    lines = [
        f"{d['name']} ({str(d.get('type', '')).lower()}{', required' if d.get('required') else ''}"
        f"{', default ' + str(d['default_value']) if d.get('default_value') not in (None, '') else ''}): {d.get('documentation') or ''}"
        for d in client.definitions(str(plugin["class"]))
    ]
    found = [line for line in lines if word in line.lower()]
    nothing = (f"None of its {len(lines)} keys holds '{statement.search}'.",) if lines and not found else ()
    return r.ConnectorText(str(plugin["class"]), "\n".join(found), warnings=nothing)
