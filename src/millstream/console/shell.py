"""The interactive console: reads statements, runs them, shows results, until the person leaves.

Keys and drawing are prompt_toolkit's; what to complete is ``complete``'s; what results look like is ``render``'s.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from millstream import __version__
from millstream.console import commands
from millstream.console.client import Client
from millstream.console.complete import Names, complete
from millstream.console.interpreter import Failed, Interpreter
from millstream.errors import MillstreamError
from millstream.sql import mask

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession

PROMPT, MORE = "millstream> ", "         -> "


class Shell:
    """One interactive session. ``spool`` is the file that gets a copy of what is shown."""

    def __init__(self, client: Client) -> None:
        self.interpreter = Interpreter(client, self.show, self.complain, _columns)
        self.spool: IO[str] | None = None
        self.typed: list[str] = []

    def show(self, text: str) -> None:
        """Print to the screen and to the spool."""
        print(text, flush=True)
        if self.spool:
            print(text, file=self.spool, flush=True)

    def complain(self, text: str) -> None:
        """Print an error."""
        colour, plain = ("\x1b[31m", "\x1b[0m") if sys.stderr.isatty() and "NO_COLOR" not in os.environ else ("", "")
        print(f"{colour}{text}{plain}", file=sys.stderr, flush=True)
        if self.spool:
            print(text, file=self.spool, flush=True)

    def stop_spooling(self) -> None:
        if self.spool:
            self.spool.close()
            self.spool = None

    def loop(self) -> int:
        """Read and run until Ctrl-D or ``exit``; the exit status."""
        signal.signal(signal.SIGINT, signal.default_int_handler)  # who starts this in the background has it ignored
        self.greet()
        session = _prompt(self._names, _history_file())
        while True:
            try:
                text = session.prompt(PROMPT)
            except KeyboardInterrupt:
                continue
            except EOFError:
                break
            if not text.strip():
                continue
            self.typed.append(mask(text))
            try:
                self._run(text)
            except EOFError:
                break
        self.stop_spooling()
        return 0

    def greet(self) -> None:
        info = self.interpreter.client.info()
        self.show(f"Millstream {__version__}, server {info['version']} at {self.interpreter.client.url}. Type 'help' for a start.\n")

    def _run(self, text: str) -> None:
        if self.spool:
            print(f"{PROMPT}{mask(text)}", file=self.spool)
        try:
            if not commands.run(self, text):
                self.interpreter.run(text)
        except Failed:
            pass
        except MillstreamError as failure:
            self.complain(str(failure))
        except KeyboardInterrupt:
            self.show("\nQuery terminated")
        print(flush=True)

    def _names(self) -> Names:
        return _fetch_names(self.interpreter.client)


def _columns() -> int | None:
    return shutil.get_terminal_size((120, 40)).columns


def _history_file() -> Path:
    home = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "millstream"
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    return home / "history"


def _fetch_names(client: Client) -> Names:
    """What exists now; nothing where the server does not answer (completion must never be in the way)."""
    try:
        text = "DESCRIBE STREAMS; DESCRIBE TABLES; SHOW FUNCTIONS; SHOW QUERIES; SHOW TOPICS;"
        entities = client.statements(text, {}, {})
    except MillstreamError:
        return Names()
    found: dict[str, Any] = {"relations": {}}
    for entity in entities:
        for source in entity.get("sourceDescriptions") or []:
            found["relations"][source["name"]] = [f["name"] for f in source["fields"]]
        for kind, key, name in (("functions", "functions", "name"), ("queries", "queries", "id"), ("topics", "topics", "name")):
            if key in entity:
                found[kind] = [item[name] for item in entity[key]]
    try:
        listed = client.statements("SHOW CONNECTORS;", {}, {})
        found["connectors"] = [c["name"] for e in listed for c in e.get("connectors") or []]
    except MillstreamError:
        pass
    return Names(**found)


def _prompt(names: Callable[[], Names], history: Path) -> PromptSession[str]:
    """The prompt: history without secrets, completion from live names, a statement over several lines until ``;``."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
    from prompt_toolkit.completion import CompleteEvent, Completer, Completion, ThreadedCompleter
    from prompt_toolkit.document import Document
    from prompt_toolkit.filters import Condition
    from prompt_toolkit.history import FileHistory
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

    class MaskedHistory(FileHistory):
        def store_string(self, string: str) -> None:
            super().store_string(mask(string))

    class SqlCompleter(Completer):
        def get_completions(self, document: Document, _: CompleteEvent) -> Iterable[Completion]:
            for suggestion in complete(document.text_before_cursor, names()):
                yield Completion(suggestion.text, -suggestion.length, display_meta=suggestion.kind)

    keys = KeyBindings()
    session: PromptSession[str]

    @keys.add("enter", filter=Condition(lambda: not finished(session.default_buffer.text)))
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    history.touch(mode=0o600)
    session = PromptSession(
        history=MaskedHistory(str(history)),
        completer=ThreadedCompleter(SqlCompleter()),
        complete_while_typing=False,
        auto_suggest=AutoSuggestFromHistory(),
        multiline=True,
        key_bindings=keys,
        prompt_continuation=MORE,
    )

    @keys.add("enter", filter=Condition(lambda: finished(session.default_buffer.text)))
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.validate_and_handle()

    return session


def finished(text: str) -> bool:
    """Whether Enter runs the text: no statement in it is open, it is a console command, or it is empty."""
    from millstream.sql import split

    stripped = text.strip()
    if not stripped or stripped.split()[0].lower().rstrip(";") in commands._COMMANDS:
        return True
    return split(stripped + "\nx")[-1][0] == "x"  # what comes next is a statement of its own
