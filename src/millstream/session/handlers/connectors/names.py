"""Which connector a name means. Connect's names have case, SQL's mostly have none: exact first, then in any case; two candidates are
refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from millstream.errors import ConnectError, RequestError
from millstream.session.worlds import World

if TYPE_CHECKING:
    from millstream.connect.client import ConnectClient


def client_of(world: World) -> ConnectClient:
    """Connect. Raises ConnectError where this database has none."""
    if world.database.connect is None:
        raise ConnectError("There is no Kafka Connect to talk to.", hint="Set connect.url, or start with the built-in worker.", code=50000)
    return world.database.connect


def find(world: World, written: str) -> str | None:
    """The connector's own name, or None. Raises RequestError where two fit but none exactly."""
    names = client_of(world).names()
    if written in names:
        return written
    found = sorted(n for n in names if n.lower() == written.lower())
    if len(found) > 1:
        raise RequestError(f"'{written}' could be one of several connectors: {', '.join(found)}.", hint="Quote the name in its exact case.")
    return found[0] if found else None


def need(world: World, written: str, doing: str) -> str:
    """The connector's own name. Raises ConnectError 404 in ksqlDB's words, naming near ones."""
    found = find(world, written)
    if found is not None:
        return found
    from difflib import get_close_matches

    names = {name.lower(): name for name in client_of(world).names()}
    near = get_close_matches(written.lower(), names, n=1, cutoff=0.5)
    hint = f"Did you mean {names[near[0]]}?" if near else "SHOW CONNECTORS lists them."
    raise ConnectError(f"{doing}: Connector {written} not found", code=40400, hint=hint)


def exists(written: str, world: World) -> bool:
    """Whether there is one, as far as can be told: no Connect means no, and nobody waits for one that is known not to answer."""
    watch = world.database.watch
    return (watch is None or watch.answers) and peek(written, world) is not None


def peek(written: str, world: World) -> str | None:
    """The connector's own name, or None. A built-in worker that nobody needed so far has no connectors, and is not started for this."""
    watch = world.database.watch
    if world.database.connect is None or (watch is not None and not watch.awake()):
        return None
    try:
        return find(world, written)
    except (ConnectError, RequestError):
        return None


def cared_for(world: World, name: str) -> None:
    """Somebody changes what a connector does: automatic restarts begin anew."""
    if world.database.watch is not None:
        world.database.watch.cared_for(name)
