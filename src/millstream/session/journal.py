"""The journal of definitions: what was defined, in order, kept in a keyed store of the log and replayed at start.

A record holds the statement's text, its properties, the query id it was given, the schema it resolved to, and a hash of the plan. A version
that plans it otherwise must not touch the query's state: ``Mismatch`` says so and what to do. Records of things that were dropped are
forgotten, so replay takes as long as there are definitions. Connector statements are not in it: Connect keeps them.

What may not live here: parsing, planning, the catalog.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, field

from millstream.dataclass import dataclass
from millstream.errors import StateError
from millstream.log.base import Log

STORE = "_journal/definitions"
OWNER = "_journal"
_META = b"\x00sequence"
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """One definition. ``columns`` is the resolved schema as (name, type, role, header); ``digest`` the hash of plan and state layout."""

    sequence: int
    text: str
    properties: dict[str, str] = field(default_factory=dict)
    subjects: tuple[str, ...] = ()
    query_id: str | None = None
    columns: tuple[tuple[str, str, str, str | None], ...] = ()
    digest: str | None = None
    version: int = _FORMAT


class Journal:
    """Reads and writes the records. One writer: whoever holds the database's lock."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._subjects: dict[int, tuple[str, ...]] = {}

    def entries(self) -> Iterator[Entry]:
        """All records in order. Raises StateError for one that a newer version wrote."""
        for key, value in self._log.scan(STORE, 0, low=b"\x01"):
            raw = json.loads(value)
            if raw.get("version", 0) > _FORMAT:
                raise StateError(
                    f"The journal holds definitions of format {raw['version']}; this version reads up to {_FORMAT}.",
                    hint="Start the newer version of Millstream that wrote them.",
                )
            raw["subjects"] = tuple(raw["subjects"])
            raw["columns"] = tuple((n, t, r, h) for n, t, r, h in raw["columns"])
            entry = Entry(**raw)
            self._subjects[int.from_bytes(key[1:], "big")] = entry.subjects
            yield entry

    def sequence(self) -> int:
        """The number for the next query id, as it was when the journal was last written."""
        kept = self._log.get(STORE, 0, _META)
        return int(kept) if kept is not None else 0

    def write(self, entry: Entry | None, forget: Iterable[str], sequence: int) -> None:
        """Forget records about these subjects, add one, remember the sequence: all at once."""
        gone = set(forget)
        numbers = [n for n, subjects in self._subjects.items() if gone.intersection(subjects)]
        items: list[tuple[bytes, bytes | None]] = [(_key(n), None) for n in numbers]
        if entry is not None:
            items.append((_key(entry.sequence), json.dumps(asdict(entry), ensure_ascii=False).encode()))
        items.append((_META, str(sequence).encode()))
        with self._log.begin(OWNER) as transaction:
            transaction.put(STORE, 0, items)
            transaction.commit()
        for number in numbers:
            del self._subjects[number]
        if entry is not None:
            self._subjects[entry.sequence] = entry.subjects

    def take_back(self, entry: Entry) -> None:
        """Remove a record whose effect could not be brought about."""
        with self._log.begin(OWNER) as transaction:
            transaction.put(STORE, 0, [(_key(entry.sequence), None)])
            transaction.commit()
        self._subjects.pop(entry.sequence, None)


def _key(number: int) -> bytes:
    return b"\x01" + number.to_bytes(8, "big")
