"""Everything about connectors. They are not journaled: every statement is a call to Connect, which keeps them.

names       which connector a name means: exact, then in any case
creating    CREATE in both spellings, validation, FROM a relation
dropping    DROP in both spellings
listing     SHOW CONNECTORS, EXTERNAL SOURCES | SINKS, PLUGINS
describing  DESCRIBE a connector or a plugin
controlling PAUSE, RESUME, STOP, RESTART
altering    ALTER and EXPLAIN of it
showing     SHOW CREATE CONNECTOR, SHOW CONNECTOR OFFSETS
tables      CREATE STREAM | TABLE FROM CONNECTOR
"""

from __future__ import annotations

from millstream.session.handlers.connectors.altering import alter, explain_alter
from millstream.session.handlers.connectors.controlling import control
from millstream.session.handlers.connectors.creating import create
from millstream.session.handlers.connectors.describing import describe, describe_plugin, described_as
from millstream.session.handlers.connectors.dropping import drop
from millstream.session.handlers.connectors.listing import show_all, show_plugins
from millstream.session.handlers.connectors.names import exists
from millstream.session.handlers.connectors.showing import show_one
from millstream.session.handlers.connectors.tables import await_relation, create_relation

__all__ = [
    "alter",
    "await_relation",
    "control",
    "create",
    "create_relation",
    "describe",
    "describe_plugin",
    "described_as",
    "drop",
    "exists",
    "explain_alter",
    "show_all",
    "show_one",
    "show_plugins",
]
