"""What the documentation of one statement holds."""

from __future__ import annotations

from millstream.dataclass import dataclass
from millstream.sql.tree import Statement


@dataclass(frozen=True, slots=True)
class Entry:
    """``of``: the class that the examples parse to. ``syntax``: capitals are words, ``[ ]`` may be left out, ``|`` is a choice.

    ``examples`` are statements. ``before``: statements that must have run for them to run. ``runs`` says where they can run: SESSION
    (a database), QUERY (the query endpoint), CONNECT (a database with a Connect worker), SCRIPT (test scripts only), CONSOLE, or
    REFUSED (by design, with a message that says why).
    """

    title: str
    of: type[Statement]
    syntax: str
    text: str
    examples: tuple[str, ...]
    before: str = ""
    runs: str = "SESSION"
