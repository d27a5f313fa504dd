"""What travels from a node to the one above it while code is written: which variables hold the record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from typing import Any, Self

from millstream.dataclass import dataclass
from millstream.engine.compile.expressions import Code
from millstream.engine.compile.source import Source

Columns = Mapping[str, Code]


#: The last time that a BIGINT holds, in ms: no window ends later.
LAST = (1 << 63) - 1
#: With how many rows in the cache each of them may note an object of its own: that is memory.
NOTED = 50_000


@dataclass(frozen=True, slots=True)
class Spot:
    """The note at the end of the stored row that the record met; see ``KeyedStore.noted``. What it holds depends on the first who notes.

    ``name`` is the variable that holds the note (None: nothing noted yet), ``cache[key] = row`` are sources that store it, where
    ``condition`` holds. It may hold what follows from the record's key, and from the row's ``columns``.
    """

    source: Source
    name: str
    cache: Any
    key: str
    row: str
    columns: frozenset[str]
    condition: str | None = None

    def keep(self, shared: bool) -> None:
        """Write the storing of the note. ``shared``: many rows note the same object."""
        cache = self.source.bind("s", self.cache)
        tests = [self.condition] if self.condition else []
        tests += [] if shared else [f"len({cache}) < {NOTED}"]
        line = f"{cache}[{self.key}] = {self.row}"
        self.source.line(f"if {' and '.join(tests)}: {line}" if tests else line)


@dataclass(frozen=True, slots=True)
class Flow:
    """One record, or one change of a table, as the generated code holds it at this point.

    ``keys`` and ``row`` map column names to atoms; ``keys`` are there even for a deletion. ``live`` names a variable that is true where
    there is a row (None: always); a table's ``old`` and ``had`` are the row before, where some node above needs it.
    ``part`` is the partition the record would have had after its last change of key. ``raw`` names the key's bytes where they are the
    KAFKA form of its single STRING column. ``window`` names start and end of a windowed key, in ms.
    ``keyless`` is a condition that is true where a stream's record has no key at all, which is not the same as a key of NULL columns.
    """

    keys: Columns
    row: Columns
    ts: str
    part: str
    live: str | None = None
    old: Columns | None = None
    had: str | None = None
    raw: str | None = None
    window: tuple[str, str] | None = None
    keyless: str | None = None
    pseudo: Columns = field(default_factory=dict)
    #: A row that was not there before and will not change (EMIT FINAL, rows read for a pull query).
    final: bool = False
    #: Where what follows from the key can be noted. It goes no further than the next node, unless that hands it on.
    spot: Spot | None = None

    @property
    def scope(self) -> dict[str, Code]:
        """Every column an expression may use."""
        return {**self.pseudo, **self._window_columns(), **self.row, **self.keys}

    @property
    def old_scope(self) -> dict[str, Code]:
        """As ``scope``, for the row before the change."""
        return {**self.pseudo, **self._window_columns(), **(self.old or {}), **self.keys}

    def but(self, **changes: object) -> Self:
        """A copy with some of the fields changed, and without a spot unless it is given."""
        changes.setdefault("spot", None)
        return replace(self, **changes)  # type: ignore[arg-type]

    def _window_columns(self) -> dict[str, Code]:
        if self.window is None:
            return {}
        start, end = self.window
        return {"WINDOWSTART": Code(start, nullable=False, atom=True), "WINDOWEND": Code(end, nullable=False, atom=True)}


def variable(name: str, nullable: bool = True) -> Code:
    """A variable as an atom."""
    return Code(name, nullable=nullable, atom=True)
