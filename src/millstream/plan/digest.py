"""A stable hash of what a plan means and how its state is laid out, for the journal.

Two plans with one digest do the same with the same state. The digest is made of class names, field names and values, so it survives
restarts and Python versions; it changes when a node gains a field that is not at its default. Left out: query id, statement texts,
properties that do not change results.
"""

from __future__ import annotations

import dataclasses
import enum
import hashlib
from decimal import Decimal
from typing import Any

from millstream.catalog import Relation
from millstream.plan.nodes import QueryPlan

#: Fields that say nothing about meaning.
_SKIPPED = {(Relation, "text"), (Relation, "sources"), (Relation, "query_id")}


def digest(plan: Any) -> str:
    """32 hexadecimal digits of a plan (or of a node, expression or schema)."""
    parts = (plan.root, plan.sink) if isinstance(plan, QueryPlan) else plan
    return hashlib.sha256(_canonical(parts).encode()).hexdigest()[:32]


def _canonical(value: Any) -> str:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        kind = type(value)
        fields = [
            f"{f.name}={_canonical(inner)}"
            for f in dataclasses.fields(value)
            if (kind, f.name) not in _SKIPPED and not _is_default(f, inner := getattr(value, f.name))
        ]
        return f"{kind.__name__}({','.join(fields)})"
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, dict):
        return "{" + ",".join(f"{_canonical(k)}:{_canonical(v)}" for k, v in sorted(value.items(), key=repr)) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_canonical, value)) + "]"
    if isinstance(value, Decimal):
        return f"D{value}"
    return f"{type(value).__name__}:{value!r}"


def _is_default(field: dataclasses.Field[Any], value: Any) -> bool:
    if field.default is not dataclasses.MISSING:
        return type(value) is type(field.default) and bool(value == field.default)
    if field.default_factory is not dataclasses.MISSING:
        return bool(value == field.default_factory())
    return False
