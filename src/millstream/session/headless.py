"""A file of statements that a server runs at every start: what is there already is left alone, what is new is carried out.

INSERT ... VALUES and connector statements run the first time only; a changed file is a new one. SET, UNSET, DEFINE and UNDEFINE hold for
the rest of the file.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from millstream.errors import StatementError
from millstream.session import dispatch
from millstream.session.request import Request
from millstream.session.worlds import Live, Sandbox
from millstream.sql import tree

if TYPE_CHECKING:
    from millstream.session.database import Database

STORE = "_journal/headless"
_ONCE = (
    tree.InsertValues,
    tree.AssertValues,
    tree.AssertRelation,
    tree.CreateConnector,
    tree.DropConnector,
    tree.DropRelation,
    tree.DropType,
    tree.ControlQuery,
    tree.AlterRelation,
)


def run_script(database: Database, text: str) -> None:
    """From then on requests may look, and change nothing. Raises Failed at the first statement that cannot be carried out; those before
    it stay."""
    mark = hashlib.sha256(text.encode()).digest()
    seen = database.log.get(STORE, 0, mark) is not None
    request = Request()
    for piece in dispatch.prepare(text):
        live = Live(database, database.catalog, request)
        dispatch.await_topics([piece], live)
        with database.definitions():
            if not _is_done(piece, live, seen):
                _refuse_query(piece, live)
                dispatch.check([piece], Sandbox(database, database.catalog, request))
                dispatch.carry_out(piece, live, [])
    with database.log.begin("_journal-headless") as transaction:
        transaction.put(STORE, 0, [(mark, b"1")])
        transaction.commit()
    database.fixed = True


def _refuse_query(piece: dispatch.Piece, live: Live) -> None:
    """Raises Failed for what only shows rows: nobody looks."""
    statement = piece.parsed(live)
    if isinstance(statement, tree.Select | tree.Print):
        word = "SELECT" if isinstance(statement, tree.Select) else "PRINT"
        error = StatementError(
            f"{word} shows rows to whoever asks, and a file that a server runs at its start has nobody to show them to.",
            hint="CREATE STREAM | TABLE ... AS SELECT keeps results; to look at some, run the file in a console: millstream -f FILE.",
            position=piece.at,
        )
        raise dispatch.failed(error, piece.text, [])


def _is_done(piece: dispatch.Piece, live: Live, seen: bool) -> bool:
    """Whether an earlier start has carried it out."""
    statement = piece.parsed(live)
    if isinstance(statement, _ONCE):
        return seen
    catalog = live.catalog
    if isinstance(statement, tree.CreateSource | tree.CreateAs | tree.CreateFromConnector):
        return statement.name in catalog.relations and (seen or not statement.or_replace)
    if isinstance(statement, tree.InsertInto):
        return any(q.kind == "INSERT" and q.text == statement.text for q in catalog.queries.values())
    return isinstance(statement, tree.CreateType) and statement.name in catalog.types
