"""Whether a new query may go on from the state of the old one: CREATE OR REPLACE ... AS.

What may not live here: what the relation itself may change (``upgrade``).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from millstream.errors import BindError
from millstream.plan.nodes import Aggregate, Filter, Node, Project, QueryPlan, Scan, StreamTableJoin


def check_replace_query(old: QueryPlan, new: QueryPlan) -> None:
    """Whether a new plan can go on from the state of the old one: same sources and state; filters and added columns may differ."""
    if old.sources != new.sources:
        _not_upgradeable(f"Its sources differ: {', '.join(old.sources)} vs. {', '.join(new.sources)}")
    before, after = _skeleton(old.root, False), _skeleton(new.root, False)
    if before != after:
        _not_upgradeable("Its joins, groups, keys or windows differ")
    for held, wanted in zip(_held(old.root, False), _held(new.root, False), strict=True):
        if None not in (held, wanted) and held != wanted:
            _not_upgradeable("Its state holds other columns of its sources than the new query needs")


def _not_upgradeable(reason: str) -> None:
    raise BindError(f"Query is not upgradeable. {reason}.", hint="DROP it (or TERMINATE its query) and create it again.", code=40000)


def _skeleton(node: Node, inside: bool) -> tuple[object, ...]:
    """The parts of a plan that its state depends on. ``inside``: below an aggregate or join.

    There a filter of a stream may come, go and change, for it only chooses what is added to the state. One of a table may not: the state
    takes back the old row of each change, and must be asked about the same rows as before.
    """
    if isinstance(node, Scan):
        return ("Scan", node.relation.name, node.relation.topic)
    if (isinstance(node, Filter | Project) and not inside) or (isinstance(node, Filter) and not node.is_table):
        return _skeleton(node.input, inside)
    stateful = not isinstance(node, Project)
    parts: list[object] = [type(node).__name__]
    for f in dataclasses.fields(node):
        value = getattr(node, f.name)
        if isinstance(value, Node):
            parts.append(_skeleton(value, inside or stateful))
        elif isinstance(node, Aggregate) and f.name == "calls":
            parts.append(tuple((c.function, c.overload, c.args, c.constants) for c in node.calls))
        elif f.name != "schema":
            parts.append(value)
    return tuple(parts)


def _held(node: Node, held: bool) -> Iterator[tuple[str, ...] | None]:
    """For each source the columns of its rows that the query's state holds; None where it holds no rows of it.

    Joins hold rows, and what takes back the old row of a table: its filters and aggregates.
    """
    if isinstance(node, Scan):
        yield (node.relation.name, *node.columns) if held or node.materialize else None
        return
    for f in dataclasses.fields(node):
        value = getattr(node, f.name)
        if isinstance(value, Node):
            joins = f.name != "input" and not (isinstance(node, StreamTableJoin) and f.name == "left")
            yield from _held(value, held or joins or (value.is_table and isinstance(node, Filter | Aggregate)))
