"""Opens the schema registry that a process uses: the built-in one in its log, or a client of the one that a URL names."""

from __future__ import annotations

from millstream.config import Config
from millstream.formats.registry.cached import CachedRegistry
from millstream.log.base import Log


def open_registry(log: Log, config: Config, *, patient: bool = True) -> CachedRegistry:
    """``schema.registry.url`` empty: the registry in the log. Schemas by id and ids by schema are remembered; neither ever changes.

    ``patient``: calls are tried again for a second or two before they fail; not where others wait for their turn meanwhile.
    Raises ConfigError for certificates that cannot be used.
    """
    url = config.text("schema.registry.url")
    if not url:
        from millstream.formats.registry.store import SchemaStore

        return CachedRegistry(SchemaStore(log))
    from millstream.formats.registry.client import RegistryClient
    from millstream.formats.registry.reaching import login, tls

    retries, timeout = (3, 10.0) if patient else (0, 3.0)
    return CachedRegistry(RegistryClient(url, auth=login(config), tls=tls(config), retries=retries, timeout=timeout))
