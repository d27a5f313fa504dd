"""What each statement means, one file per family. A handler takes (statement, world) and gives a result, or None for statements
without one.

relations    CREATE STREAM | TABLE over a topic, DROP, ALTER
queries      CREATE ... AS SELECT, INSERT INTO ... SELECT, TERMINATE, PAUSE, RESUME
inserts      INSERT INTO ... VALUES
types        CREATE TYPE, DROP TYPE
settings     SET, UNSET, DEFINE, UNDEFINE, ALTER SYSTEM, SHOW PROPERTIES, SHOW VARIABLES
shows        SHOW STREAMS, TABLES, TOPICS, QUERIES, FUNCTIONS, TYPES
describes    DESCRIBE a relation, streams, tables, functions
explains     EXPLAIN, SHOW QUERIES EXTENDED
asserts      ASSERT TOPIC, ASSERT SCHEMA
expectations ASSERT VALUES, ASSERT NULL VALUES, ASSERT STREAM | TABLE
connectors   everything about connectors
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from millstream.session.results import Result
from millstream.session.worlds import World
from millstream.sql import tree

Handler = Callable[[Any, World], Result | None]

#: Where each statement's handler is. A family is imported with its first statement: start-up pays for none that is not used.
_PLACES: dict[type, str] = {
    tree.CreateSource: "relations.create",
    tree.DropRelation: "relations.drop",
    tree.AlterRelation: "relations.alter",
    tree.CreateAs: "queries.create_as",
    tree.InsertInto: "queries.insert_into",
    tree.ControlQuery: "queries.control",
    tree.InsertValues: "inserts.insert_values",
    tree.CreateType: "types.create",
    tree.DropType: "types.drop",
    tree.SetProperty: "settings.set_property",
    tree.UnsetProperty: "settings.unset_property",
    tree.Define: "settings.define",
    tree.Undefine: "settings.undefine",
    tree.AlterSystem: "settings.alter_system",
    tree.Show: "shows.show",
    tree.Describe: "describes.describe",
    tree.Explain: "explains.explain",
    tree.Assert: "asserts.assert_",
    tree.AssertValues: "expectations.values",
    tree.AssertRelation: "expectations.relation",
    tree.CreateConnector: "connectors.create",
    tree.DropConnector: "connectors.drop",
    tree.ControlConnector: "connectors.control",
    tree.AlterConnector: "connectors.alter",
    tree.ShowConnector: "connectors.show_one",
    tree.CreateFromConnector: "connectors.create_relation",
}


def handler_of(kind: type) -> Handler | None:
    """What carries out statements of this kind; None for the console's own."""
    place = _PLACES.get(kind)
    if place is None:
        return None
    module, _, name = place.partition(".")
    handler: Handler = getattr(import_module(f"{__name__}.{module}"), name)
    return handler


def shown_name(statement: tree.Statement) -> str:
    """A statement's kind for people."""
    words = "".join(f" {c}" if c.isupper() else c for c in type(statement).__name__).strip()
    return words.upper()
