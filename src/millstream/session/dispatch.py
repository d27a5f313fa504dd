"""A request's text to handlers, in two rounds: check all in the sandbox, then carry out one by one.

What may not live here: what any particular statement means.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from millstream.dataclass import dataclass
from millstream.errors import SPLIT, TOO_DEEP, MillstreamError, Position, SqlSyntaxError, StatementError
from millstream.session import results as r
from millstream.session.handlers import handler_of, shown_name
from millstream.session.worlds import Live, Sandbox, World
from millstream.sql import parse_one, split, tree
from millstream.sql.mask import mask
from millstream.sql.variables import substitute

#: First words of statements that may change definitions: they are carried out one request at a time.
_DEFINING = ("CREATE", "INSERT", "DROP", "ALTER", "TERMINATE", "PAUSE", "RESUME")
#: First words of statements that change nothing: one alone needs no trial.
_LOOKING = ("SHOW", "LIST", "DESCRIBE", "EXPLAIN")
#: First words of statements that a server takes whose definitions come from a file: they look, or hold for their request only.
_HARMLESS = (*_LOOKING, "SELECT", "PRINT", "ASSERT", "SET", "UNSET", "DEFINE", "UNDEFINE")
QUERIES_ELSEWHERE = "The following statement types should be issued to the websocket endpoint '/query':\n\t* PRINT\n\t* SELECT"


class Failed(Exception):
    """A request failed at a statement: the error, the statement's (masked) text, and the results of the statements before it."""

    def __init__(self, error: MillstreamError, text: str | None, results: list[r.Result]) -> None:
        super().__init__(str(error))
        self.error = error
        self.text = text
        self.results = results


@dataclass(slots=True)
class Piece:
    """One statement of a request as written. ``defines``: it may change definitions."""

    text: str
    at: Position
    defines: bool

    def parse(self, world: World) -> tree.Statement:
        """With the variables that are set now. Raises SqlSyntaxError whose place is one in the whole request."""
        text = self.text
        if world.setting("ksql.variable.substitution.enable"):
            text = substitute(text, world.request.variables)
        if not text.rstrip().endswith(";"):
            raise missing_semicolon(text, self.at)
        return parse_one(placed(text, self.at))

    def parsed(self, world: World) -> tree.Statement:
        """The same, with a failure as Failed."""
        try:
            return self.parse(world)
        except MillstreamError as error:
            raise failed(error, self.text, []) from error


def placed(text: str, at: Position) -> str:
    """The text moved to its place, so that positions in errors are those of the whole request."""
    return "\n" * (at.line - 1) + " " * (at.column - 1) + text


def missing_semicolon(text: str, at: Position) -> SqlSyntaxError:
    lines = text.rstrip().split("\n")
    column = len(lines[-1]) + (at.column if len(lines) == 1 else 1)
    return SqlSyntaxError(
        "Syntax Error\nThe statement is not ended: expected ';'.",
        hint="Put a ';' at its end",
        position=Position(at.line + len(lines) - 1, column),
    )


def prepare(text: str) -> list[Piece]:
    """The statements of a text."""
    return [Piece(piece, at, piece[:9].upper().startswith(_DEFINING)) for piece, at in split(text)]


def refuse_changes(pieces: Iterable[Piece]) -> None:
    """Raises Failed at the first statement that may change anything."""
    for piece in pieces:
        word = piece.text.split(None, 1)[0].rstrip(";").upper()
        if word not in _HARMLESS:
            raise failed(file_only(word), piece.text, [])


def file_only(what: str) -> StatementError:
    """Why a server that runs a file's statements refuses something."""
    return StatementError(
        f"{what} is refused: this server runs the statements of a file (headless) and takes no others that change anything.",
        hint="Change the file and start the server again. SHOW, DESCRIBE, SELECT and PRINT are answered",
    )


def await_topics(pieces: Iterable[Piece], world: World) -> None:
    """Wait for topics that running connectors have announced and statements define relations over. No lock may be held. Raises Failed."""
    for piece in pieces:
        if piece.text[:6].upper() != "CREATE":
            continue
        try:
            statement = piece.parse(world)
        except MillstreamError:
            continue
        if isinstance(statement, tree.CreateSource | tree.CreateFromConnector):
            try:
                _await_topic(statement, world)
            except MillstreamError as error:
                raise failed(error, piece.text, []) from error


def _await_topic(statement: tree.CreateSource | tree.CreateFromConnector, world: World) -> None:
    if isinstance(statement, tree.CreateSource):
        from millstream.session.completing import await_topic

        await_topic(statement, world)
    else:
        from millstream.session.handlers.connectors import await_relation

        await_relation(statement, world)


def check(pieces: Sequence[Piece], sandbox: Sandbox) -> int:
    """Try every statement where nothing has an effect; how many can be carried out now. Raises Failed for the first that cannot be at all.

    A statement that only looks is not tried when it is alone: its answer would be made twice. Behind a statement that creates a
    connector, others may depend on what Connect then does: they are checked when their turn comes.
    """
    if len(pieces) == 1 and pieces[0].text[:8].upper().startswith(_LOOKING):
        return 1
    for index, piece in enumerate(pieces):
        try:
            statement = piece.parse(sandbox)
        except MillstreamError as error:
            raise failed(error, piece.text, []) from error
        try:
            handle(statement, sandbox)
        except MillstreamError as error:
            if sandbox.awaits_connector:
                return index
            raise failed(error, piece.text, []) from error
    return len(pieces)


def carry_out(piece: Piece, live: Live, before: list[r.Result]) -> r.Result | None:
    """Do it. Raises Failed, holding the results so far."""
    try:
        return handle(piece.parse(live), live)
    except MillstreamError as error:
        raise failed(error, piece.text, before) from error


def handle(statement: tree.Statement, world: World) -> r.Result | None:
    """Run a statement's handler in a world; the result knows the statement's text."""
    if isinstance(statement, tree.Select | tree.Print):
        raise StatementError(QUERIES_ELSEWHERE, code=40002)
    handler = handler_of(type(statement))
    if handler is None:
        raise StatementError(f"{shown_name(statement)} is a command of the console and not known to the server.")
    try:
        result = handler(statement, world)
    except RecursionError as error:
        raise StatementError(TOO_DEEP, hint=SPLIT) from error
    if result is not None and not result.text:
        result.text = mask(statement.text)
    return result


def failed(error: MillstreamError, text: str, before: list[r.Result]) -> Failed:
    return Failed(error, mask(getattr(error, "statement", None) or text), before)
