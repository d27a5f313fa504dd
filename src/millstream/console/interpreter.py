"""Runs what a person typed or a script holds: splits statements, keeps the session's properties and variables, prints results.

SET, UNSET, DEFINE and UNDEFINE are the console's own state and travel with every request, as ksqlDB's console does it. Knows no keys and
no terminal: text goes out through ``emit``, so a prompt, a script and a test use the same code.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, NoReturn

from millstream.console import render
from millstream.console.client import Client, ServerError
from millstream.console.render import errors, rows
from millstream.errors import MillstreamError
from millstream.sql import parse_one, split, substitute, tree
from millstream.sql.following import Following

Emit = Callable[[str], None]


class Failed(Exception):
    """A statement failed; its error has been shown."""


class Interpreter:
    """``terminal`` gives the width in columns (None: never cut). ``emit`` takes finished pieces of output, ``complain`` errors."""

    def __init__(self, client: Client, emit: Emit, complain: Emit, terminal: Callable[[], int | None] = lambda: None) -> None:
        self.client = client
        self.emit = emit
        self.complain = complain
        self.terminal = terminal
        self.output: Literal["tabular", "json"] = "tabular"
        self.properties: dict[str, Any] = {}
        self.variables: dict[str, str] = {}
        self._asserted = Following()

    def run(self, text: str, path: str | Path | None = None) -> None:
        """Every statement of ``text``, which may be that of a file, in order. Raises Failed at the first that fails, after showing why."""
        for statement, place in split(text):
            if statement.strip().rstrip(";").strip():
                where = "" if path is None else f"In {path}, the statement of line {place.line}."
                try:
                    self._statement(_characters(statement))
                except ServerError as failure:
                    for entity in failure.entities:
                        self._entity(entity)
                    self._fail(failure, statement, where)
                except MillstreamError as failure:
                    self._fail(failure, statement, where)

    def script(self, path: str | Path) -> None:
        """RUN SCRIPT: the statements of a file, with this session's properties and variables."""
        try:
            text = Path(path).expanduser().read_text(encoding="utf-8")
        except UnicodeDecodeError as failure:
            self._fail(MillstreamError(f"The script {str(path)!r} is no text in UTF-8: see its byte {failure.start}."))
        except OSError as failure:
            self._fail(MillstreamError(f"Cannot read the script {str(path)!r}: {failure.strerror}."))
        self.run(text, path)

    def _fail(self, failure: MillstreamError, statement: str = "", where: str = "") -> NoReturn:
        message = f"line {failure.position.line}:{failure.position.column}: {failure.message}" if failure.position else failure.message
        self.complain("\n".join(filter(None, [errors.error(message, statement, failure.hint), where])))
        raise Failed(message)

    def _statement(self, text: str) -> None:
        kind = self._parsed(text)
        match kind:
            case tree.SetProperty(name=name, value=value):
                self.properties[name] = value
                self._say(f"Successfully changed local property '{name}' to '{value}'.")
            case tree.UnsetProperty(name=name):
                self.properties.pop(name, None)
                self._say(f"Successfully unset local property '{name}'.")
            case tree.Define(name=name, value=value):
                self.variables[name] = value
            case tree.Undefine(name=name):
                self.variables.pop(name, None)
            case tree.RunScript(path=path):
                self.script(path)
            case tree.Select():
                self._rows(text)
            case tree.Print():
                for line in self.client.print_topic(text, self.properties, self.variables):
                    self.emit(line)
            case _:
                sent = self._asserted.placed(kind, text) if isinstance(kind, tree.AssertValues) else text
                for entity in self.client.statements(sent, self.properties, self.variables):
                    self._entity(entity)
                if kind is not None:
                    self._asserted.passed(kind)

    def _say(self, text: str) -> None:
        """Show a remark; in JSON there is only data."""
        if self.output == "tabular":
            self.emit(text)

    def _parsed(self, text: str) -> tree.Statement | None:
        """The statement as far as this console understands it; what it does not, the server judges (its error is better informed)."""
        try:
            return parse_one(substitute(text, self.variables), script=True)
        except MillstreamError:
            pass
        try:
            return parse_one(_without_variables(text), script=True)
        except MillstreamError:
            word = text.split(None, 1)[0].upper() if text.split() else ""
            return tree.Select(None) if word == "SELECT" else None  # type: ignore[arg-type]

    def _entity(self, entity: dict[str, Any]) -> None:
        self.emit(_json(entity) if self.output == "json" else render.entity(entity, self.terminal()))

    def _rows(self, text: str) -> None:
        layout: rows.RowTable | None = None
        for piece in self.client.query(text, self.properties, self.variables):
            if "header" in piece:
                layout = rows.RowTable(piece["header"]["schema"], self.terminal())
                if self.output == "tabular":
                    self.emit(layout.heading())
            elif "row" in piece and layout is not None:
                row = piece["row"]
                if self.output == "json":
                    self.emit(rows.as_json([name for name, _ in layout.names], row["columns"]))
                else:
                    self.emit(layout.row(row["columns"], bool(row.get("tombstone"))))
            elif "finalMessage" in piece:
                if self.output == "tabular":
                    self.emit(piece["finalMessage"])
            elif "errorMessage" in piece:
                raise MillstreamError(str(piece["errorMessage"].get("message")))


def _characters(text: str) -> str:
    """The text, where all of it is one. Raises MillstreamError for bytes that a terminal, a pipe or an argument had and UTF-8 has not."""
    try:
        text.encode()
    except UnicodeEncodeError as failure:
        before = text[: failure.start][-20:]
        where = f"see behind {before!r}" if before else "it begins so"
        raise MillstreamError(f"The statement is no text in UTF-8: {where}.") from None
    return text


def _without_variables(text: str) -> str:
    """The text with every ``${name}`` replaced by a plain word, only to find out what kind of statement it is."""
    pieces = text.split("${")
    return pieces[0] + "".join("v" + p.split("}", 1)[-1] for p in pieces[1:])


def _json(entity: dict[str, Any]) -> str:
    import json

    return json.dumps(entity, ensure_ascii=False)
