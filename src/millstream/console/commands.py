"""Commands of the console that are no SQL: help, output, spool, server, history, version, clear, exit.

``run`` is given a whole line and says whether it was one of these.
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from millstream import __version__
from millstream.console.table import table

if TYPE_CHECKING:
    from millstream.console.shell import Shell

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


def run(shell: Shell, line: str) -> bool:
    """True when the line was a console command (and has been carried out)."""
    words = line.strip().rstrip(";").split()
    handler = _COMMANDS.get(words[0].lower()) if words else None
    if handler is None:
        return False
    try:
        arguments = shlex.split(line.strip().rstrip(";"))[1:]
    except ValueError:
        return False
    handler(shell, arguments)
    return True


def _help(shell: Shell, _: list[str]) -> None:
    shell.show("Statements end with ';' and may run over several lines.\n")
    shell.show(table(["statement", "what it does"], STATEMENTS) + "\n\n" + table(["command", "what it does"], HELP))


def _output(shell: Shell, arguments: list[str]) -> None:
    if not arguments:
        shell.show(f"Output format is {shell.interpreter.output.upper()}.")
    elif (wanted := arguments[0].lower()) in ("tabular", "json"):
        shell.interpreter.output = "json" if wanted == "json" else "tabular"
        shell.show(f"Output format set to {wanted.upper()}.")
    else:
        shell.complain(f"Unknown output format '{arguments[0]}': expected TABULAR or JSON.")


def _spool(shell: Shell, arguments: list[str]) -> None:
    if not arguments:
        shell.complain("Expected a file: spool FILE, or spool OFF to stop.")
        return
    shell.stop_spooling()
    if arguments[0].lower() == "off":
        shell.show("Session is no longer spooled.")
        return
    try:
        shell.spool = Path(arguments[0]).expanduser().open("w", encoding="utf-8")
    except OSError as failure:
        shell.complain(f"Cannot write to {arguments[0]!r}: {failure.strerror}")
        return
    shell.show(f"Session is spooled to {arguments[0]}.")


def _server(shell: Shell, arguments: list[str]) -> None:
    if not arguments:
        shell.show(f"Server: {shell.interpreter.client.url}")
        return
    client = shell.interpreter.client.another(arguments[0])
    info = client.info()  # where it fails, nothing has changed
    shell.interpreter.client.close()
    shell.interpreter.client = client
    shell.show(f"Connected to {client.url} (version {info['version']}).")


def _history(shell: Shell, _: list[str]) -> None:
    for number, text in enumerate(shell.typed, 1):
        shell.show(f"{number:4}  {text}")


def _version(shell: Shell, _: list[str]) -> None:
    shell.show(f"Millstream {__version__}")


def _clear(shell: Shell, _: list[str]) -> None:
    shell.show("\x1b[2J\x1b[H")


def _exit(_: Shell, __: list[str]) -> None:
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
