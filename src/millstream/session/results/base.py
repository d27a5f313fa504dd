"""What every result carries; statuses of definitions; warnings."""

from __future__ import annotations

from millstream.dataclass import dataclass


@dataclass(slots=True, kw_only=True)
class Result:
    """Base of results. ``text`` is the statement's (masked) text, filled in by the dispatcher; ``warnings`` are for people."""

    text: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(slots=True)
class CommandStatus(Result):
    """A definition was made, changed or removed.

    ``command`` is (type, entity, action), for example ("stream", "`S`", "create"). ``query_id`` is set when a persistent query was made.
    ``sequence`` is the command's number: a client hands it back to be sure that a later request sees the command's effect.
    """

    command: tuple[str, str, str]
    message: str
    query_id: str | None = None
    sequence: int | None = None
    status: str = "SUCCESS"


@dataclass(slots=True)
class WarningResult(Result):
    """Nothing was done, and that is in order: IF [NOT] EXISTS, UNDEFINE of an unknown variable."""

    message: str
