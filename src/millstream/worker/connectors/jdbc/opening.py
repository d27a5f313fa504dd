"""Which database a URL means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from millstream.worker.connectors.jdbc.database import Database
from millstream.worker.connectors.jdbc.url import engine


def open_database(config: Mapping[str, Any], *, read_only: bool = True, timeout_s: int = 10) -> Database:
    """Connect. Raises the driver's errors."""
    made = engine(config, read_only=read_only, timeout_s=timeout_s)
    if made.dialect.name == "sqlite":
        from millstream.worker.connectors.jdbc.sqlite import Sqlite

        return Sqlite(made)
    from millstream.worker.connectors.jdbc.postgres import Postgres

    return Postgres(made)
