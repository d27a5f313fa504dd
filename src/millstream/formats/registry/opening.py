"""Opens the schema registry that a process uses: the built-in one in its log, or a client of the one that a URL names."""

from __future__ import annotations

from millstream.formats.base import Registry
from millstream.log.base import Log


def open_registry(log: Log, url: str = "", user: str = "", password: str = "") -> Registry:
    """``url`` empty: the registry in the log. Schemas by id are remembered: they never change."""
    from millstream.formats.registry.cached import CachedRegistry

    if not url:
        from millstream.formats.registry.store import SchemaStore

        return CachedRegistry(SchemaStore(log))
    from millstream.formats.registry.client import RegistryClient

    return CachedRegistry(RegistryClient(url, auth=(user, password) if user else None))
