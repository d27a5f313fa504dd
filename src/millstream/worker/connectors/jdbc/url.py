"""JDBC URLs to SQLAlchemy engines, and database errors as plain sentences without passwords."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from millstream.worker.errors import RetriableError, TaskError
from millstream.worker.secrets import mask_urls

if TYPE_CHECKING:
    from sqlalchemy.engine import URL, Engine

_KNOWN = "expected jdbc:postgresql://host:port/database or jdbc:sqlite:/path/to/file"
#: Parameters of PostgreSQL's JDBC driver that have another name, or no meaning, in libpq.
_RENAMED = {"applicationname": "application_name", "connecttimeout": "connect_timeout", "sslmode": "sslmode", "options": "options"}
_IGNORED = {
    "ssl",
    "sockettimeout",
    "tcpkeepalive",
    "rewritebatchedinserts",
    "stringtype",
    "preparethreshold",
    "logintimeout",
    "loggerlevel",
}


def parse(url: str, user: str | None = None, password: str | None = None) -> URL:
    """The SQLAlchemy URL of ``connection.url``. ValueError says what cannot be used."""
    text = url.strip()
    bare = text[5:] if text.lower().startswith("jdbc:") else text
    scheme = bare.split(":", 1)[0].lower().split("+")[0]
    if scheme in ("postgresql", "postgres"):
        return _postgres(bare, user, password)
    if scheme == "sqlite":
        return _sqlite(bare)
    raise ValueError(f"The database of {mask_urls(url)} is not supported: {_KNOWN}.")


def _postgres(bare: str, user: str | None, password: str | None) -> URL:
    from sqlalchemy.engine import URL

    rest = bare.split(":", 1)[1]
    parts = urlsplit("postgresql:" + (rest if rest.startswith("//") else "//localhost/" + rest))
    query: dict[str, str] = {}
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        match name.lower():
            case "user":
                user = user or value
            case "password":
                password = password if password is not None else value
            case "currentschema":
                query["options"] = f"-csearch_path={value}"
            case lower if lower in _IGNORED:
                continue
            case lower:
                query[_RENAMED.get(lower, name)] = value
    try:
        port = parts.port
    except ValueError:
        raise ValueError(f"The port in {mask_urls(bare)} is not a number: {_KNOWN}.") from None
    database = unquote(parts.path.lstrip("/"))
    if not database:
        raise ValueError(f"{mask_urls(bare)} names no database: {_KNOWN}.")
    return URL.create(
        "postgresql+psycopg",
        user or (unquote(parts.username) if parts.username else None),
        password if password is not None else (unquote(parts.password) if parts.password else None),
        parts.hostname,
        port,
        database,
        query,
    )


def _sqlite(bare: str) -> URL:
    from sqlalchemy.engine import URL

    path = bare.split(":", 1)[1].split("?", 1)[0]
    if path.startswith("///"):
        path = path[3:]  # SQLAlchemy's spelling: three slashes, then the path
    if not path or path == ":memory:":
        raise ValueError("A SQLite database must be a file that others can open, too: expected jdbc:sqlite:/path/to/file.")
    return URL.create("sqlite", database=path)


def engine(config: Mapping[str, Any], *, read_only: bool, timeout_s: int = 10) -> Engine:
    """An engine without a pool: a task holds the one connection it uses. Nothing is opened yet."""
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    try:
        url = parse(config["connection.url"], config.get("connection.user"), config.get("connection.password"))
    except ValueError as e:
        raise TaskError(str(e)) from None
    if url.get_backend_name() == "sqlite":
        mode = "ro" if read_only else "rwc"
        url = url.set(database=f"file:{url.database}", query={"mode": mode, "uri": "true"})
        return create_engine(url, poolclass=NullPool, connect_args={"timeout": timeout_s, "check_same_thread": False})
    return create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": timeout_s})


def sentence(error: Exception) -> str:
    """What a driver says, in one line, without SQLAlchemy's background links and without passwords."""
    origin = getattr(error, "orig", None) or error
    lines = [line.strip() for line in str(origin).splitlines() if line.strip()]
    return mask_urls(" ".join(lines) or type(origin).__name__)


def mapped(error: Exception, doing: str) -> RetriableError | TaskError:
    """A driver's error as ours: RetriableError where trying again can help."""
    origin = getattr(error, "orig", None) or error
    state = getattr(origin, "sqlstate", None) or ""
    kind = type(origin).__name__
    text = f"{doing}: {sentence(error)}"
    # Classes 08 (connection), 40 (deadlock, serialization), 53 (resources), 57 (shutting down); no state: no connection at all.
    passing = state[:2] in ("08", "40", "53", "57") or (kind in ("OperationalError", "InterfaceError") and not state)
    if "authentication failed" in text or "no such table" in text or "unable to open" in text or state.startswith("28"):
        passing = False
    return RetriableError(text) if passing else TaskError(text)
