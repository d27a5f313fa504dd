"""The built-in schema registry's REST API, at the same address as ksqlDB's, under the same rules of access.

What may not live here: what the registry answers (``formats.registry.api``).
"""

from __future__ import annotations

from starlette.types import ASGIApp

from millstream.config import Config
from millstream.session.database import Database

#: First parts of its paths; ksqlDB's has none of them.
PATHS = frozenset({"subjects", "schemas", "compatibility", "config", "mode"})


class Api:
    """Made at the first request: most servers never get one."""

    def __init__(self, config: Config) -> None:
        self._elsewhere = bool(config.text("schema.registry.url"))
        self._app: ASGIApp | None = None

    def answers(self, path: str, database: Database | None) -> ASGIApp | None:
        """What answers a path; None for other paths, and where the server uses another registry."""
        if self._elsewhere or database is None or path.split("/")[1] not in PATHS:
            return None
        if self._app is None:
            from millstream.formats.registry.api import app
            from millstream.formats.registry.store import SchemaStore

            self._app = app(SchemaStore(database.log))
        return self._app
