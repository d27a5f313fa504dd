"""What each statement is for: syntax, a paragraph, examples. docs/sql/statements.md is written from here, and tests run the examples.

    entry        what one entry holds
    relations    CREATE, ALTER, DROP of streams, tables, types; INSERT
    queries      SELECT, PRINT, EXPLAIN, and the control of running queries
    looking      SHOW, DESCRIBE, ASSERT
    settings     SET, DEFINE and the like
    connectors   everything about connectors

Whoever adds a statement class to ``tree`` adds its entry here: a test compares them.
"""

from __future__ import annotations

from millstream.sql.reference import connectors, looking, queries, relations, settings
from millstream.sql.reference.entry import Entry

__all__ = ["STATEMENTS", "Entry"]

#: Heading of a family -> its entries, in the order of the documentation.
STATEMENTS: dict[str, tuple[Entry, ...]] = {
    "Streams, tables and types": relations.ENTRIES,
    "Queries": queries.ENTRIES,
    "Looking at what there is": looking.ENTRIES,
    "Settings and variables": settings.ENTRIES,
    "Connectors": connectors.ENTRIES,
}
