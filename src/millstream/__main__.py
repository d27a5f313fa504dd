"""The command ``millstream``. Only arguments here; what they start is imported when it is started.

millstream                    the console, with everything in this process and a data directory here
millstream URL                the console of a running server
millstream server             a server
millstream run FILE           a server that runs the statements of a file, and takes no others
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

DATA_DIR = Path("millstream-data")


def main(arguments: list[str] | None = None) -> int:
    """The exit status. Without ``arguments`` it is the process that is asked, which then ends here."""
    status = _run(sys.argv[1:] if arguments is None else arguments)
    if arguments is None:
        _leave(status)
    return status


def _run(given: list[str]) -> int:
    # httpx imports a command line of its own, with rich, click and pygments, where those are installed: 0.1 s that nobody needs.
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
    command = given[0] if given else ""
    if command == "server":
        return _server(given[1:])
    if command == "run":
        return _headless(given[1:])
    try:
        return _console(given)
    except KeyboardInterrupt:
        return 130


def _leave(status: int) -> None:
    """End the process, where everything is closed. A thread of the HTTP server that comes back while the interpreter is taken down would
    abort it."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):  # nobody reads it, or it is closed
            pass
    os._exit(status)


def _console(arguments: list[str]) -> int:
    from millstream import __version__
    from millstream.console import main as console

    parser = argparse.ArgumentParser(
        prog="millstream",
        description="A streaming SQL database that speaks KSQL.",
        epilog="'millstream server --help' and 'millstream run --help' describe the other commands.",
    )
    parser.add_argument("--version", action="version", version=f"millstream {__version__}")
    console.add_arguments(parser)
    return console.run(parser.parse_args(arguments))


def _server_parser(name: str, description: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"millstream {name}", description=description)
    parser.add_argument("--listen", metavar="H:P", help="address of the REST API (default: setting listeners, 127.0.0.1:8088)")
    parser.add_argument(
        "--connect-listen", metavar="H:P", help="address of the built-in Connect worker (default: setting connect.listeners)"
    )
    parser.add_argument("--data-dir", type=Path, metavar="D", help=f"where data lives (default: setting data.dir, ./{DATA_DIR})")
    parser.add_argument("--config", type=Path, metavar="F", help="settings: a properties file, or TOML")
    return parser


def _server(arguments: list[str]) -> int:
    from millstream.server.commands import serve

    options = _server_parser("server", "Run a server until it is told to stop (Ctrl-C, SIGTERM).").parse_args(arguments)
    return serve(options.listen, options.connect_listen, options.data_dir, options.config)


def _headless(arguments: list[str]) -> int:
    from millstream.server.commands import serve

    parser = _server_parser("run", "Run the statements of a file, then keep their queries running.")
    parser.add_argument("file", type=Path, metavar="FILE", help="statements")
    options = parser.parse_args(arguments)
    return serve(options.listen, options.connect_listen, options.data_dir, options.config, options.file)


if __name__ == "__main__":
    sys.exit(main())
