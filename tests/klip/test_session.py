"""KLIP 7's session, against a real PostgreSQL: its statements in its order, and what the console prints for them.

``session.golden`` is an annotated difference. Lines that begin with a blank are printed as KLIP 7 has them (white space and the lengths of
rules aside); ``-`` is what KLIP 7 has, ``+`` what is printed or typed instead, and a ``#`` line above each such place says why.
To write the current output into it as a start: ``MILLSTREAM_GOLDEN=1 pytest tests/klip``, then review and annotate the difference.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from demo import postgres

from millstream.console.client import Client
from millstream.console.interpreter import Interpreter
from millstream.server.start import start_embedded
from millstream.sql import mask
from tests.klip import elastic

GOLDEN = Path(__file__).with_name("session.golden")
TABLES = """
CREATE TABLE "user-table" (id varchar PRIMARY KEY, "user" varchar, age integer);
CREATE TABLE "page-table" (id varchar PRIMARY KEY, page varchar, url varchar);
INSERT INTO "user-table" VALUES ('u1', 'ann', 31), ('u2', 'bob', 47);
INSERT INTO "page-table" VALUES ('p1', 'home', '/'), ('p2', 'help', '/help');
"""
#: What the sink brings out: each user's name from Postgres, joined, and their page views, counted.
DOCUMENTS = {"u1": {"NAME": "ann", "VIEWS": 2}, "u2": {"NAME": "bob", "VIEWS": 1}}


def _lines() -> list[str]:
    return GOLDEN.read_text().splitlines()


def _statements() -> list[str]:
    """What is typed: the ``ksql>`` lines of the golden file that are ours, with the lines that continue them."""
    typed = "\n".join(line[1:] for line in _lines() if line[:1] in (" ", "+"))
    found = re.findall(r"^ksql> (.*?;)$", typed, re.MULTILINE | re.DOTALL)
    assert len(found) > 10
    return found


class Session:
    """A console and what it printed."""

    def __init__(self, url: str, replacements: dict[str, str]) -> None:
        self.shown: list[str] = []
        self._replacements = replacements
        self.console = Interpreter(Client(url), self._show, self._show)
        self.console.properties["auto.offset.reset"] = "earliest"

    def _show(self, text: str) -> None:
        self.shown += [re.sub(r"127\.0\.0\.1:\d+", "10.200.7.69:8083", line).rstrip() for line in text.splitlines()]

    def type(self, statement: str) -> None:
        """Run a statement of the golden file, with the addresses of this run; the file's own text is what is shown."""
        self.shown += [*f"ksql> {statement}".split("\n"), ""]
        for there, here in self._replacements.items():
            statement = statement.replace(there, here)
        self.console.run(statement)
        self.shown.append("")


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """The whole session typed once; its sink's documents arrived."""
    folder = tmp_path_factory.mktemp("klip")
    with postgres.running(port=5432, database="my-db") as server, elastic.running() as cluster, start_embedded(folder / "data") as started:
        server.execute(TABLES)
        addresses = {"localhost:5432": f"localhost:{server.port}", "secret": postgres.PASSWORD, "http://localhost:9200": cluster.url}
        made = Session(started.url, addresses)
        with closing(made.console.client):
            for statement in _statements():
                if statement.startswith("DROP EXTERNAL SINK"):
                    cluster.wait("elastic-sink-elasticsearch1", DOCUMENTS)
                made.type(statement)
        yield made


def test_it_prints_what_the_golden_file_says(session: Session) -> None:
    """Line by line: the ``+`` and unmarked lines are the session as it runs."""
    if os.environ.get("MILLSTREAM_GOLDEN"):
        GOLDEN.with_suffix(".new").write_text("".join(f" {line}".rstrip() + "\n" for line in session.shown))
    wanted = [line[1:] for line in _lines() if line[:1] in (" ", "+", "")]
    assert _without_blanks(session.shown) == _without_blanks(wanted)


def test_every_difference_is_explained() -> None:
    """A run of ``-`` and ``+`` lines follows a ``#`` line that says why."""
    before = ""
    for number, line in enumerate(_lines(), 1):
        if line[:1] in ("-", "+") and before[:1] not in ("-", "+"):
            assert before.startswith("#"), f"line {number} of {GOLDEN.name} is not explained: {line}"
        before = line


def test_the_session_shows_no_password(session: Session) -> None:
    assert postgres.PASSWORD not in "\n".join(mask(line) for line in session.shown)
    assert not [line for line in session.shown if postgres.PASSWORD in line]


def _without_blanks(lines: list[str]) -> list[str]:
    """KLIP 7 separates with empty lines as it pleases."""
    return [line.rstrip() for line in lines if line.strip()]
