"""Starts a console: interactive, or for scripts (``-e``, ``-f``, a pipe). Finds or starts the server it talks to.

stdout is data, stderr is talk. The exit status is 0, 1 at the first statement that fails, 2 for wrong usage, 3 where no server answers.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from millstream.errors import MillstreamError

if TYPE_CHECKING:
    from millstream.console.client import Client

DATA_DIR = Path("millstream-data")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``millstream`` without a subcommand."""
    parser.add_argument("url", nargs="?", metavar="URL", help="a server to talk to; without it everything runs here")
    parser.add_argument("-e", "--execute", action="append", default=[], metavar="SQL", help="run these statements and leave")
    parser.add_argument("-f", "--file", action="append", default=[], type=Path, metavar="FILE", help="run a file of statements and leave")
    parser.add_argument("-d", "--define", action="append", default=[], metavar="NAME=VALUE", help="define a variable")
    parser.add_argument("--output", choices=("tabular", "json"), default="tabular", help="how results are printed")
    parser.add_argument("--data-dir", type=Path, default=DATA_DIR, metavar="D", help="where data lives (default: ./millstream-data)")
    parser.add_argument("--user", metavar="NAME:PASSWORD", help="basic authentication; with only a name the password is asked for")
    parser.add_argument(
        "--ca", type=Path, metavar="FILE", help="PEM file that signs the certificate of an https server (default: the system's)"
    )
    parser.add_argument("--config", type=Path, metavar="F", help="settings of the server that is started here")


def run(options: argparse.Namespace) -> int:
    """Run the console; the exit status."""
    from millstream.console.client import WrongUsage

    try:
        with connected(options) as client:
            if options.execute or options.file or not sys.stdin.isatty():
                return _script(client, options)
            from millstream.console.shell import Shell

            shell = Shell(client)
            shell.interpreter.variables.update(_definitions(options))
            return shell.loop()
    except MillstreamError as failure:
        print(failure, file=sys.stderr)
        return 2 if isinstance(failure, WrongUsage) else 3


@contextmanager
def connected(options: argparse.Namespace) -> Iterator[Client]:
    """A client of the URL, of the instance that already uses the data directory, or of one that is started here."""
    from millstream.console.client import Client

    if options.url:
        client = Client(options.url, _credentials(options.user), options.ca)
        client.info()
        yield client
        client.close()
        return
    from millstream.console.sharing import SharedClient

    shared = SharedClient(options.data_dir, options.config, _credentials(options.user), options.ca, _serves)
    try:
        yield shared
    finally:
        shared.end()


def _serves() -> None:
    """From now on this process answers for the database, to other consoles too."""
    from millstream import pauses
    from millstream.server.commands import COLLECTIONS

    pauses.shorten(*COLLECTIONS)


def _script(client: Client, options: argparse.Namespace) -> int:
    from millstream.console.interpreter import Failed, Interpreter

    interpreter = Interpreter(client, lambda text: print(text, flush=True), lambda text: print(text, file=sys.stderr, flush=True))
    interpreter.output = options.output
    interpreter.variables.update(_definitions(options))
    try:
        for text in options.execute:
            interpreter.run(text if text.rstrip().endswith(";") else text + ";")
        for path in options.file:
            interpreter.script(path)
        if not options.execute and not options.file:
            # Bytes that are no text must not end in a traceback: the interpreter says so.
            interpreter.run(sys.stdin.buffer.read().decode(errors="surrogateescape"))
    except Failed:
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    return 0


def _definitions(options: argparse.Namespace) -> dict[str, str]:
    pairs = [text.partition("=") for text in options.define]
    bad = [name for name, equals, _ in pairs if not equals]
    if bad:
        from millstream.console.client import WrongUsage

        raise WrongUsage(f"Expected NAME=VALUE after --define, got {bad[0]!r}")
    return {name.strip(): value for name, _, value in pairs}


def _credentials(user: str | None) -> tuple[str, str] | None:
    if not user:
        return None
    name, colon, password = user.partition(":")
    if not colon:
        import getpass

        password = getpass.getpass(f"Password for {name}: ")
    return name, password
