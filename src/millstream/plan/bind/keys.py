"""Which items of a persistent query's SELECT list are its key columns, and what is said when one is missing or repeated.

What may not live here: typing of expressions.
"""

from __future__ import annotations

from collections.abc import Sequence

from millstream.dataclass import dataclass
from millstream.errors import BindError, Position
from millstream.plan.bind.items import Item
from millstream.plan.bind.text import show
from millstream.sql import tree
from millstream.types import Column, quote


@dataclass(frozen=True, slots=True)
class KeyRule:
    """The key of a query. ``exprs``: one expression a key column, as items of the SELECT list must write it.

    ``what`` names them in errors: key column, grouping expression, partitioning expression, join expression.
    ``any_order``: key columns come in the order of the SELECT list. ``choices``: any one of them will do (columns that a join makes
    equal); then there is one key column. ``foreign``: left table of a foreign-key join.
    """

    what: str
    exprs: tuple[tree.Expr, ...]
    names: tuple[str, ...]
    choices: bool = False
    any_order: bool = False
    synthetic: bool = False
    foreign: str | None = None


def find_keys(rule: KeyRule, items: list[Item], sink: str) -> list[Item]:
    """The item of each key column, in the key's order. Raises BindError where one is missing, or there twice."""
    if rule.choices:
        chosen = next((e for e in rule.exprs if any(i.expr == e for i in items)), None)
        if chosen is None:
            raise _missing(rule, list(rule.exprs), sink, items[0].at)
        return [_single(chosen, _plan_name(chosen, rule.names[0]), items)]
    missing = [e for e in rule.exprs if not any(i.expr == e for i in items)]
    if missing:
        raise _missing(rule, missing, sink, items[0].at)
    found = [_single(e, n, items) for e, n in zip(rule.exprs, rule.names, strict=True)]
    return [i for i in items if any(i is f for f in found)] if rule.any_order else found


def _plan_name(chosen: tree.Expr, otherwise: str) -> str:
    return f"{chosen.source}_{chosen.name}" if isinstance(chosen, tree.Name) and chosen.source is not None else otherwise


def _single(expr: tree.Expr, name: str, items: list[Item]) -> Item:
    found = [i for i in items if i.expr == expr]
    if len(found) > 1:
        aliases = " and ".join(i.name for i in found)
        raise BindError(
            f"The projection contains a key column ({quote(name)}) more than once, aliased as: {aliases}.",
            hint="Each key column must only be in the projection once. If you intended to copy the key into the value, then consider "
            f"using the AS_VALUE function to indicate which key reference should be copied: AS_VALUE({name}).",
            position=found[1].at,
        )
    return found[0]


def _missing(rule: KeyRule, missing: Sequence[tree.Expr], sink: str, at: Position | None) -> BindError:
    if rule.foreign is not None:
        plural = "s" if len(missing) > 1 else ""
        columns = ", ".join(quote(e.name if isinstance(e, tree.Name) else show(e)) for e in missing)
        return BindError(
            f"Primary key column{plural} missing in projection. For foreign-key table-table joins, the projection must include all primary "
            f"key columns from the left input table (`{rule.foreign}`). Missing column{plural}: {columns}.",
            position=at,
        )
    shown = [_shown(rule, e) for e in missing]
    joint = " or " if rule.choices else " and "
    listed = joint.join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else shown[0]
    example = shown[0] if rule.choices else ", ".join(shown)
    plural = "s" if len(shown) > 1 else ""
    text = (
        "Key missing from projection (ie, SELECT).\n"
        f"The query used to build {quote(sink)} must include the {rule.what}{plural} {listed} in its projection (eg, SELECT {example}...)."
    )
    if rule.synthetic:
        text += (
            f"\n{shown[0]} was added as a synthetic key column because the join criteria did not match any source column. "
            "This expression must be included in the projection and may be aliased."
        )
    return BindError(
        text, hint=f"The key of {quote(sink)} is what its records are found by: add it to the SELECT list, under any name.", position=at
    )


def _shown(rule: KeyRule, expr: tree.Expr) -> str:
    if isinstance(expr, tree.Name) and rule.what in ("key column", "grouping expression"):
        return expr.name
    return show(expr)


def refuse_duplicates(keys: Sequence[Column], values: Sequence[Column]) -> None:
    """Column names of a result are unique."""
    for kind, columns in (("key", keys), ("value", values)):
        seen: set[str] = set()
        for column in columns:
            if column.name in seen:
                raise BindError(f"Duplicate {kind} columns found in schema: {column}", hint="Give one of them another name with AS.")
            seen.add(column.name)
    clash = {k.name for k in keys} & {v.name for v in values}
    if clash:
        name = sorted(clash)[0]
        raise BindError(f"Value columns clash with key columns: {quote(name)}", hint="Give one of them another name with AS.")
