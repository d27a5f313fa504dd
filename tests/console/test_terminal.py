"""The console on a terminal, keys and all; and the same console for scripts."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from millstream.config import Config
from millstream.console.shell import finished
from millstream.server.start import Server, start_embedded

STREAM = "CREATE STREAM people (id INT, name VARCHAR) WITH (kafka_topic='people', value_format='JSON', partitions=1);"
PATIENCE_S = 20.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with start_embedded(tmp_path_factory.mktemp("console") / "data") as running:
        yield running


class Terminal:
    """A console on a pseudo-terminal of 100 columns. ``expect`` reads on until a text comes."""

    def __init__(self, url: str, home: Path) -> None:
        self._master, slave = pty.openpty()
        environment = {**os.environ, "XDG_STATE_HOME": str(home), "TERM": "xterm", "COLUMNS": "100", "LINES": "40", "NO_COLOR": "1"}
        environment["PROMPT_TOOLKIT_NO_CPR"] = "1"
        command = [sys.executable, "-m", "millstream", url]
        # The pseudo-terminal becomes the process's own, so that Ctrl-C is a signal.
        self.process = subprocess.Popen(command, env=environment, cwd=home, preexec_fn=lambda: os.login_tty(slave), pass_fds=(slave,))
        os.close(slave)
        self._seen = ""

    def type(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def expect(self, wanted: str) -> str:
        """What was written up to the text and with it."""
        end = time.monotonic() + PATIENCE_S
        while wanted not in self._plain():
            ready, _, _ = select.select([self._master], [], [], max(0.0, end - time.monotonic()))
            assert ready, f"{wanted!r} did not come; there is {self._plain()!r}"
            self._seen += os.read(self._master, 65536).decode(errors="replace")
        before, found, rest = self._plain().partition(wanted)
        self._seen = rest
        return before + found

    def _plain(self) -> str:
        return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[=>]|\r", "", self._seen)

    def end(self) -> int:
        """The exit status of a console that was told to leave."""
        try:
            while os.read(self._master, 65536):
                pass
        except OSError:  # the other side has closed
            pass
        os.close(self._master)
        return self.process.wait(PATIENCE_S)


@pytest.fixture
def terminal(server: Server, tmp_path: Path) -> Iterator[Terminal]:
    made = Terminal(server.url, tmp_path)
    yield made
    if made.process.poll() is None:
        made.process.kill()
        made.process.wait()


def test_a_session_by_keys(terminal: Terminal, tmp_path: Path) -> None:
    """Statements over several lines, completion, a live query ended by Ctrl-C, spooling, a script, JSON, and Ctrl-D."""
    terminal.expect("Type 'help' for a start.")
    terminal.expect("millstream>")
    terminal.type("SHOW\r")
    terminal.expect("->")
    terminal.type("STREAMS;\r")
    terminal.expect("Kafka Topic")
    terminal.expect("millstream>")

    spool, script = tmp_path / "spool.txt", tmp_path / "script.sql"
    terminal.type(f"spool {spool}\r")
    terminal.expect("Session is spooled to")
    terminal.type(STREAM + "\r")
    terminal.expect("Stream created")
    script.write_text("INSERT INTO people VALUES (1, 'ann');\nSHOW TOPICS;\n")
    terminal.type(f"RUN SCRIPT '{script}';\r")
    terminal.expect("Partition Replicas")
    terminal.type("output json\r")
    terminal.expect("Output format set to JSON.")
    terminal.type("SHOW STREAMS;\r")
    terminal.expect('"name": "PEOPLE"')
    terminal.type("output tabular\r")
    terminal.expect("TABULAR.")
    terminal.type("SET 'auto.offset.reset'='earliest';\r")
    terminal.expect("Successfully changed local property")

    terminal.expect("millstream>")
    terminal.type("SELECT id, name FROM people EMIT CHANGES;\r")
    terminal.expect("ann")
    terminal.type("\x03")
    terminal.expect("Query terminated")
    terminal.expect("millstream>")
    terminal.type("DESCRIBE PEOP\t")
    terminal.expect("PEOP")
    terminal.expect("LE")
    terminal.type(";\r")
    terminal.expect("Field")
    terminal.type("SELECT nope FROM people EMIT CHANGES;\r")
    terminal.expect("NOPE")
    terminal.type("spool off\r")
    terminal.expect("no longer spooled")
    terminal.expect("millstream>")
    terminal.type("\x04")
    assert terminal.end() == 0
    assert "Stream created" in spool.read_text()


def test_the_history_holds_no_password(terminal: Terminal, tmp_path: Path) -> None:
    """What was typed is kept for the owner alone, without what is secret."""
    terminal.expect("millstream>")
    terminal.type("CREATE EXTERNAL SOURCE x WITH (connector.class=Nope, connection.password=zebra-7);\r")
    terminal.expect("There is no connector class")
    terminal.type("history\r")
    terminal.expect("[string]")
    terminal.type("exit\r")
    assert terminal.end() == 0
    history = tmp_path / "millstream" / "history"
    assert "CREATE EXTERNAL SOURCE x" in history.read_text()
    assert "zebra-7" not in history.read_text()
    assert history.stat().st_mode & 0o077 == 0


def _script(server: Server, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "millstream", server.url, *arguments]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("how", ["-e", "-f", "stdin"])
def test_scripts_end_at_the_first_error(server: Server, tmp_path: Path, how: str) -> None:
    """What came before it was done, what comes after it was not, the status is 1, the error is on stderr."""
    text = "SHOW TYPES; DROP STREAM nobody; CREATE TYPE late AS INT;"
    (tmp_path / "s.sql").write_text(text)
    arguments = {"-e": ["-e", text], "-f": ["-f", str(tmp_path / "s.sql")], "stdin": []}[how]
    done = _script(server, *arguments, text=text if how == "stdin" else "")
    assert done.returncode == 1
    assert "Type Name" in done.stdout
    assert "NOBODY" in done.stderr
    assert "Traceback" not in done.stderr
    assert "LATE" not in _script(server, "-e", "SHOW TYPES;").stdout


def test_json_for_scripts(server: Server) -> None:
    """Each line of stdout is JSON, rows as objects; nothing else is there."""
    done = _script(
        server, "--output", "json", "-e",
        "CREATE STREAM IF NOT EXISTS numbers (n INT) WITH (kafka_topic='numbers', value_format='JSON', partitions=1);"
        "INSERT INTO numbers VALUES (1); INSERT INTO numbers VALUES (2); SET 'auto.offset.reset'='earliest';"
        "SELECT n, n * 2 AS twice FROM numbers EMIT CHANGES LIMIT 2;",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    parsed = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"N"')]
    assert parsed == [{"N": 1, "TWICE": 2}, {"N": 2, "TWICE": 4}]
    rest = "\n".join(line for line in done.stdout.splitlines() if not line.startswith('{"N"'))
    decoder, position = json.JSONDecoder(), 0
    while rest[position:].strip():
        _, position = decoder.raw_decode(rest, len(rest) - len(rest[position:].lstrip()))


def test_bytes_that_are_no_text_are_refused(server: Server, tmp_path: Path) -> None:
    """In a pipe, an argument and a file: a clear error, status 1, no traceback."""
    done = subprocess.run([sys.executable, "-m", "millstream", server.url], input=b"\xff", capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stderr.strip()) == (1, b"The statement is no text in UTF-8: it begins so.")
    text = b"SHOW TYPES; SHOW \xff\xfe;"
    (tmp_path / "s.sql").write_bytes(text)
    for arguments, given in ([[], text], [["-e", text], b""], [["-f", str(tmp_path / "s.sql")], b""]):
        command = [sys.executable, "-m", "millstream", server.url, *arguments]
        done = subprocess.run(command, input=given, capture_output=True, check=False, timeout=60)
        assert done.returncode == 1
        assert b"no text in UTF-8" in done.stderr
        assert b"Traceback" not in done.stderr


def test_an_error_in_a_file_says_where(server: Server, tmp_path: Path) -> None:
    (tmp_path / "s.sql").write_text("-- types\nSHOW TYPES;\n\nSHOW NOPE;\n")
    done = _script(server, "-f", str(tmp_path / "s.sql"))
    assert done.stderr.rstrip().endswith(f"In {tmp_path / 's.sql'}, the statement of line 4.")


@pytest.mark.parametrize("url", ["localhost:8088", "ftp://localhost", "http://", "http://ann:zebra-7@:x", "pipeline.sql"])
def test_what_is_no_url_is_said_so(url: str) -> None:
    """Nothing is asked, and what may be a password is not shown."""
    command = [sys.executable, "-m", "millstream", url, "-e", "SHOW TYPES;"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert "is no URL of a server" in done.stderr
    assert "zebra" not in done.stderr


def test_a_definition_without_a_value_is_wrong_usage(server: Server) -> None:
    command = [sys.executable, "-m", "millstream", server.url, "-d", "name", "-e", "SHOW TYPES;"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert done.stderr.startswith("Expected NAME=VALUE after --define, got 'name'")


def test_a_server_that_asks_for_a_password(tmp_path: Path) -> None:
    """Without one the error says how to give it; with one in the URL it is used, and shown nowhere; ``server`` keeps it."""
    config = Config({"authentication.method": "BASIC", "authentication.users": "ann:zebra-7"})
    with start_embedded(tmp_path / "data", config=config) as closed:
        assert "--user NAME:PASSWORD" in _script(closed, "-e", "SHOW TYPES;").stderr
        url = closed.url.replace("http://", "http://ann:zebra-7@")
        shown = Terminal(url, tmp_path)
        seen = shown.expect("millstream>")
        shown.type("server http://127.0.0.1:1\r")
        seen += shown.expect("No answer from")
        shown.type(f"server {closed.url}\r")
        seen += shown.expect("Connected to")
        shown.type("SHOW TYPES;\r")
        seen += shown.expect("Type Name")
        shown.type("exit\r")
        assert shown.end() == 0
        assert "zebra" not in seen
    done = subprocess.run([sys.executable, "-m", "millstream", url], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 3
    assert "zebra" not in done.stderr


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("SHOW TYPES;", True), ("SHOW TYPES; -- all", True), ("-- nothing", True), ("help", True), ("SHOW TYPES; SHOW TOPICS", False),
        ("SELECT 'a;", False), ("SELECT 1 /* a;", False), ("SHOW \\", False), ("SHOW TYPES; /* a\n b */", True),
    ],
)  # fmt: skip
def test_enter_runs_what_is_whole(text: str, runs: bool) -> None:
    """A ``;`` in a text or a comment ends nothing; a comment behind the last one keeps nothing open."""
    assert finished(text) == runs
