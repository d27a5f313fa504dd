"""docs/console.md: options of the command line, and the console's own commands."""

from __future__ import annotations

import argparse

from millstream.reference.markdown import code, table


def millstream() -> str:
    """Options of the console."""
    from millstream.console.main import add_arguments

    parser = argparse.ArgumentParser(add_help=False)
    add_arguments(parser)
    return _options(parser)


def server() -> str:
    """Options of ``millstream server``; ``millstream run`` has the same and a file."""
    from millstream.__main__ import _server_parser

    return _options(_server_parser("server", ""))


def commands() -> str:
    """What the console knows besides statements."""
    from millstream.console.commands import HELP

    return table(["command", ""], [[code(command), text] for command, text in HELP])


def _options(parser: argparse.ArgumentParser) -> str:
    """argparse has no public way to list what was added."""
    return table(["option", ""], [[code(_spelled(action)), action.help or ""] for action in parser._actions if action.dest != "help"])


def _spelled(action: argparse.Action) -> str:
    value = "|".join(action.choices) if action.choices else action.metavar or ""
    return " ".join([", ".join(action.option_strings), str(value)]).strip()
