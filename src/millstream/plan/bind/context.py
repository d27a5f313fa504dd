"""What binding needs besides the statement: the catalog, session properties, and ways to ask about topics and registered schemas.

What may not live here: anything that binds.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from typing import Any

from millstream.catalog import Catalog, FormatSpec, Relation
from millstream.dataclass import dataclass
from millstream.errors import BindError, Position
from millstream.plan.expr import TypedExpr
from millstream.types import Column

#: Columns of a registered schema, for a relation declared without them. Raises BindError / RegistryError when there is none.
Infer = Callable[[FormatSpec], list[Column]]


@dataclass(frozen=True, slots=True)
class BindContext:
    """``properties``: session properties as text. ``partitions_of``: partitions of a topic, None where it does not exist.

    Without ``partitions_of`` topics are not checked (tests, EXPLAIN of scripts); without ``infer`` columns must be declared. ``evaluate``
    gives the value of an expression that reads no column, or raises BindError; without it only literals can be inserted.
    """

    catalog: Catalog
    properties: Mapping[str, str] = field(default_factory=dict)
    infer: Infer | None = None
    partitions_of: Callable[[str], int | None] | None = None
    evaluate: Callable[[TypedExpr], Any] | None = None

    def setting(self, name: str, default: str) -> str:
        """A session property; ``ksql.streams.`` prefixes and case of true/false are the caller's business."""
        return str(self.properties.get(name, default))

    def flag(self, name: str, default: bool) -> bool:
        return self.setting(name, str(default)).strip().lower() == "true"

    def relation(self, name: str, at: Position | None = None) -> Relation:
        """The relation of this name. Raises BindError with near misses where there is none."""
        found = self.catalog.relations.get(name)
        if found is None:
            raise BindError(f"{name} does not exist.", hint=near_miss(name, self.catalog.relations), position=at)
        return found


def near_miss(name: str, known: Iterable[str]) -> str | None:
    """A hint naming what may have been meant: the same name in another case first, then similar ones."""
    names = list(known)
    other_case = [n for n in names if n.upper() == name.upper()]
    if other_case:
        if other_case[0] == other_case[0].upper():
            return f"Did you mean {other_case[0]}? Hint: try removing double quotes from the source name."
        return f'Did you mean "{other_case[0]}"? Hint: wrap the source name in double quotes to make it case-sensitive.'
    close = difflib.get_close_matches(name.upper(), [n.upper() for n in names], n=1, cutoff=0.6)
    if not close:
        return None
    return f"Did you mean {next(n for n in names if n.upper() == close[0])}?"


def near_column(name: str, known: Iterable[str]) -> str | None:
    """The same for a column."""
    names = list(known)
    close = difflib.get_close_matches(name.upper(), [n.upper() for n in names], n=1, cutoff=0.6)
    if close:
        return f"Did you mean '{next(n for n in names if n.upper() == close[0])}'?"
    if not names:
        return None
    shown = ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")
    return f"Existing columns: {shown}."
