"""A whole server, and a console session on it that keeps what it prints."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from demo import postgres as pg

from millstream.console.client import Client
from millstream.console.interpreter import Failed, Interpreter
from millstream.server.start import start_embedded


class Session:
    """``shown`` is everything that went to the screen."""

    def __init__(self, url: str, data: Path) -> None:
        self.url, self.data = url, data
        self.shown: list[str] = []
        self.console = Interpreter(Client(url), self.shown.append, self.shown.append)
        self.console.properties["auto.offset.reset"] = "earliest"

    def run(self, text: str) -> str:
        """What statements print. They must not fail."""
        before = len(self.shown)
        self.console.run(text)
        return "\n".join(self.shown[before:])

    def fails(self, text: str) -> str:
        """The error that a statement prints. It must fail, and with a message for people."""
        before = len(self.shown)
        with pytest.raises(Failed):
            self.console.run(text)
        said = "\n".join(self.shown[before:])
        assert "Traceback" not in said
        return said

    def run_or_fail(self, text: str) -> str:
        """What a statement prints, error or not."""
        before = len(self.shown)
        with suppress(Failed):
            self.console.run(text)
        said = "\n".join(self.shown[before:])
        assert "Traceback" not in said
        return said

    def rows(self, query: str) -> list[list[Any]]:
        """The rows of a query that ends by its LIMIT."""
        client = self.console.client
        return [piece["row"]["columns"] for piece in client.query(query, self.console.properties, {}) if "row" in piece]


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    data = tmp_path_factory.mktemp("hostile") / "data"
    with start_embedded(data) as server:
        made = Session(server.url, data)
        yield made
        made.console.client.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[pg.Server]:
    """A PostgreSQL of this session."""
    with pg.running() as server:
        yield server
