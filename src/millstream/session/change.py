"""A change of definitions: what a statement adds to and takes from the catalog, the journal and the runtime."""

from __future__ import annotations

from dataclasses import field
from typing import TypeVar

from millstream.catalog import Catalog, QueryEntry, Relation
from millstream.dataclass import dataclass
from millstream.types import SqlType

V = TypeVar("V")


@dataclass(slots=True)
class Change:
    """``None`` removes. ``subjects``: names this change is about; its record is forgotten together with any of them.

    ``forget``: subjects whose earlier records are no longer needed. ``remember`` is False where forgetting is all there is to record.
    ``query_id`` is the id a new query was given, so that replay gives the same.
    """

    subjects: tuple[str, ...] = ()
    forget: tuple[str, ...] = ()
    remember: bool = True
    relations: dict[str, Relation | None] = field(default_factory=dict)
    queries: dict[str, QueryEntry | None] = field(default_factory=dict)
    types: dict[str, SqlType | None] = field(default_factory=dict)
    query_id: str | None = None

    def apply(self, catalog: Catalog) -> None:
        """Put it into the catalog."""
        for name, relation in self.relations.items():
            _put(catalog.relations, name, relation)
        for name, query in self.queries.items():
            _put(catalog.queries, name, query)
        for name, kind in self.types.items():
            _put(catalog.types, name, kind)


def _put(into: dict[str, V], name: str, value: V | None) -> None:
    if value is None:
        into.pop(name, None)
    else:
        into[name] = value
