"""Commands of the console that are no SQL: help, output, spool, server, history, version, clear, exit.

``run`` is given a whole line and says whether it was one of these.
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import IO, Protocol

from millstream import __version__
from millstream.console.interpreter import Interpreter
from millstream.console.table import table

HELP = [
    ("help", "this list"),
    ("output [TABULAR | JSON]", "show or set how results are printed"),
    ("spool FILE | spool OFF", "write what is shown to a file as well"),
    ("run script 'FILE';", "run the statements of a file"),
    ("server [URL]", "show or change the server"),
    ("history", "statements typed before"),
    ("version", "version of this console"),
    ("clear", "clear the screen"),
    ("exit", "leave (also Ctrl-D)"),
]
STATEMENTS = [
    ("CREATE EXTERNAL SOURCE name WITH (...);", "bring data in through a connector"),
    ("SHOW EXTERNAL SOURCES;  DESCRIBE name;", "what connectors do, and the topics they fill"),
    ("CREATE TABLE t WITH (kafka_topic='...');", "a table over a topic; CREATE STREAM likewise"),
    ("CREATE STREAM s AS SELECT ... ;", "a query that keeps running"),
    ("SELECT ... EMIT CHANGES;", "rows as they come, until Ctrl-C"),
    ("CREATE EXTERNAL SINK name FROM t WITH (...);", "send a stream or table on"),
    ("SHOW STREAMS | TABLES | QUERIES | TOPICS;", "what there is"),
]


class Console(Protocol):
    """What commands act on: where they print, and what they show and change."""

    interpreter: Interpreter
    spool: IO[str] | None
    typed: list[str]

    def show(self, text: str) -> None: ...

    def complain(self, text: str) -> None: ...

    def stop_spooling(self) -> None: ...


def run(console: Console, line: str) -> bool:
    """True when the line was a console command (and has been carried out)."""
    words = line.strip().rstrip(";").split()
    handler = _COMMANDS.get(words[0].lower()) if words else None
    if handler is None:
        return False
    try:
        arguments = shlex.split(line.strip().rstrip(";"))[1:]
    except ValueError:
        return False
    handler(console, arguments)
    return True


def _help(console: Console, _: list[str]) -> None:
    console.show("Statements end with ';' and may run over several lines.\n")
    console.show(table(["statement", "what it does"], STATEMENTS) + "\n\n" + table(["command", "what it does"], HELP))


def _output(console: Console, arguments: list[str]) -> None:
    if not arguments:
        console.show(f"Output format is {console.interpreter.output.upper()}.")
    elif (wanted := arguments[0].lower()) in ("tabular", "json"):
        console.interpreter.output = "json" if wanted == "json" else "tabular"
        console.show(f"Output format set to {wanted.upper()}.")
    else:
        console.complain(f"Unknown output format '{arguments[0]}': expected TABULAR or JSON.")


def _spool(console: Console, arguments: list[str]) -> None:
    if not arguments:
        console.complain("Expected a file: spool FILE, or spool OFF to stop.")
        return
    console.stop_spooling()
    if arguments[0].lower() == "off":
        console.show("Session is no longer spooled.")
        return
    try:
        console.spool = Path(arguments[0]).expanduser().open("w", encoding="utf-8")
    except OSError as failure:
        console.complain(f"Cannot write to {arguments[0]!r}: {failure.strerror}")
        return
    console.show(f"Session is spooled to {arguments[0]}.")


def _server(console: Console, arguments: list[str]) -> None:
    if not arguments:
        console.show(f"Server: {console.interpreter.client.url}")
        return
    client = console.interpreter.client.another(arguments[0])
    info = client.info()  # where it fails, nothing has changed
    console.interpreter.client.close()
    console.interpreter.client = client
    console.show(f"Connected to {client.url} (version {info['version']}).")


def _history(console: Console, _: list[str]) -> None:
    for number, text in enumerate(console.typed, 1):
        console.show(f"{number:4}  {text}")


def _version(console: Console, _: list[str]) -> None:
    console.show(f"Millstream {__version__}")


def _clear(console: Console, _: list[str]) -> None:
    console.show("\x1b[2J\x1b[H")


def _exit(_: Console, __: list[str]) -> None:
    raise EOFError


_COMMANDS = {
    "help": _help,
    "output": _output,
    "spool": _spool,
    "server": _server,
    "history": _history,
    "version": _version,
    "clear": _clear,
    "exit": _exit,
    "quit": _exit,
}
