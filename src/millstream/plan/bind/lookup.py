"""WHERE of a pull query -> what it pins down: keys, and ranges of window bounds. The rest stays a filter.

What may not live here: reading rows.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from millstream.catalog import Relation
from millstream.errors import BindError
from millstream.plan.bind.context import BindContext
from millstream.plan.bind.expressions import ExpressionBinder
from millstream.plan.bind.text import show
from millstream.plan.expr import Cast, ColumnRef, Compare, InList, Literal, Logical, TypedExpr
from millstream.plan.nodes import KeyLookup
from millstream.plan.rewrites.fold import fold
from millstream.sql import tree
from millstream.types import BOOLEAN, STRING, Base, DecimalType, SqlType

_SCANS = "ksql.query.pull.table.scan.enabled"
_RANGES = "ksql.query.pull.range.scan.enabled"
_FLIPPED = {"=": "=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
Range = tuple[int | None, bool, int | None, bool]


def find_lookup(context: BindContext, relation: Relation, where: tree.Expr, binder: ExpressionBinder) -> tuple[KeyLookup, TypedExpr | None]:
    """The look-up of a bound WHERE, and the part of it that is left to filter. Raises BindError where a scan is needed but not allowed."""
    _refuse_text_keys(relation, where)
    predicate = binder.bind(where)
    conjuncts = list(_conjuncts(predicate))
    keys, used = _keys(relation, conjuncts)
    union = _union(relation, predicate) if keys is None else None
    if union is not None:
        return KeyLookup(union), predicate
    if relation.is_table and not context.flag(_SCANS, True):
        _check_without_scan(context, relation, where, conjuncts, pinned=keys is not None)
    starts, ends = _bounds("WINDOWSTART", conjuncts), _bounds("WINDOWEND", conjuncts)
    covered = used + ([c for c in conjuncts if _bound_of(c) is not None] if relation.window is not None else [])
    rest = [c for c in conjuncts if not any(c is u for u in covered)]
    return KeyLookup(keys, starts, ends), _all_of(rest)


def _conjuncts(expr: TypedExpr) -> Iterator[TypedExpr]:
    if isinstance(expr, Logical) and expr.op == "AND":
        yield from _conjuncts(expr.left)
        yield from _conjuncts(expr.right)
    else:
        yield expr


def _disjuncts(expr: TypedExpr) -> Iterator[TypedExpr]:
    if isinstance(expr, Logical) and expr.op == "OR":
        yield from _disjuncts(expr.left)
        yield from _disjuncts(expr.right)
    else:
        yield expr


def _all_of(exprs: list[TypedExpr]) -> TypedExpr | None:
    result: TypedExpr | None = None
    for expr in exprs:
        result = expr if result is None else Logical(BOOLEAN, "AND", result, expr)
    return result


def _keys(relation: Relation, conjuncts: list[TypedExpr]) -> tuple[tuple[tuple[object, ...], ...] | None, list[TypedExpr]]:
    """Full key tuples, and the conjuncts that gave them. None unless every key column is pinned exactly once."""
    pinned: dict[str, list[object]] = {}
    used: list[TypedExpr] = []
    kinds = {c.name: c.type for c in relation.schema.key}
    for conjunct in conjuncts:
        found = _pinned(conjunct, kinds)
        if found is None or found[0] in pinned:
            continue
        pinned[found[0]] = found[1]
        used.append(conjunct)
    if not kinds or any(name not in pinned for name in kinds):
        return None, []
    return tuple(itertools.product(*(pinned[name] for name in kinds))), used


def _union(relation: Relation, predicate: TypedExpr) -> tuple[tuple[object, ...], ...] | None:
    """Keys of a disjunction in which every branch pins the key."""
    branches = list(_disjuncts(predicate))
    if len(branches) < 2:
        return None
    found: list[tuple[object, ...]] = []
    for branch in branches:
        keys, _ = _keys(relation, list(_conjuncts(branch)))
        if keys is None:
            return None
        found += [k for k in keys if k not in found]
    return tuple(found)


def _pinned(expr: TypedExpr, kinds: dict[str, SqlType]) -> tuple[str, list[object]] | None:
    if isinstance(expr, Compare) and expr.op == "=":
        for side, other in ((expr.left, expr.right), (expr.right, expr.left)):
            name = _column(side)
            value = fold(other)
            if name in kinds and value is not None:
                exact = _exact(value, kinds[str(name)])
                return (str(name), [exact.value]) if exact is not None else None
    if isinstance(expr, InList) and not expr.negated:
        name = _column(expr.operand)
        if name in kinds:
            values = [_exact(v, kinds[str(name)]) if (v := fold(i)) is not None else None for i in expr.items]
            if all(v is not None for v in values):
                distinct: list[object] = []
                for value in values:
                    if value is not None and value.value not in distinct and value.value is not None:
                        distinct.append(value.value)
                return str(name), distinct
    return None


def _column(expr: TypedExpr) -> str | None:
    while isinstance(expr, Cast) and expr.type is not None and expr.type.is_numeric:
        expr = expr.operand
    return expr.name if isinstance(expr, ColumnRef) else None


def _exact(value: Literal, kind: SqlType) -> Literal | None:
    """The constant as a value of the key column's type, None where that is not exactly the same."""
    given = value.value
    if value.type == kind or given is None:
        return Literal(kind, given)
    if value.type is None or not (value.type.is_numeric and kind.is_numeric) or isinstance(kind, DecimalType):
        return None
    moved = float(given) if kind.base is Base.DOUBLE else int(given)
    return Literal(kind, moved) if moved == given else None


def _bound_of(expr: TypedExpr) -> tuple[str, str, int] | None:
    """(bound, operator, ms) of a comparison of WINDOWSTART or WINDOWEND with a constant."""
    if not isinstance(expr, Compare) or expr.op not in _FLIPPED:
        return None
    for side, other, op in ((expr.left, expr.right, expr.op), (expr.right, expr.left, _FLIPPED[expr.op])):
        name, value = _column(side), fold(other)
        if name in ("WINDOWSTART", "WINDOWEND") and value is not None and isinstance(value.value, int):
            return str(name), op, value.value
    return None


def _bounds(name: str, conjuncts: list[TypedExpr]) -> Range | None:
    low: tuple[int, bool] | None = None
    high: tuple[int, bool] | None = None
    for found in filter(None, map(_bound_of, conjuncts)):
        if found[0] != name:
            continue
        _, op, value = found
        if op in ("=", ">", ">=") and (low is None or (value, op == ">") > (low[0], not low[1])):
            low = (value, op != ">")
        if op in ("=", "<", "<=") and (high is None or (-value, op == "<") > (-high[0], not high[1])):
            high = (value, op != "<")
    if low is None and high is None:
        return None
    return (low[0] if low else None, low[1] if low else True, high[0] if high else None, high[1] if high else True)


def _refuse_text_keys(relation: Relation, where: tree.Expr) -> None:
    """Texts in ``key IN (...)`` are not read as numbers in a pull query."""
    if isinstance(where, tree.Binary) and where.op in ("AND", "OR"):
        _refuse_text_keys(relation, where.left)
        _refuse_text_keys(relation, where.right)
    if not isinstance(where, tree.InList) or not isinstance(where.operand, tree.Name):
        return
    column = next((c for c in relation.schema.key if c.name == where.operand.name), None)
    if column is None or column.type == STRING:
        return
    for item in where.items:
        if isinstance(item, tree.String):
            raise BindError(
                f"{show(item)} can not be converted to the type of the key column: {column.name} {column.type} KEY", position=item.at
            )


def _check_without_scan(context: BindContext, relation: Relation, where: tree.Expr, conjuncts: list[TypedExpr], *, pinned: bool) -> None:
    """Says what is missing when table scans are off; returns where a range scan may do."""
    kinds = {c.name: c.type for c in relation.schema.key}
    seen: list[str] = []
    for conjunct in conjuncts:
        sides = [conjunct.left, conjunct.right] if isinstance(conjunct, Compare) else []
        sides = [conjunct.operand] if isinstance(conjunct, InList) else sides
        names = [n for n in map(_column, sides) if n in kinds]
        if not names:
            continue
        others = [s for s in sides if _column(s) not in kinds] if isinstance(conjunct, Compare) else list(getattr(conjunct, "items", ()))
        if any(fold(o) is None for o in others):
            raise _scan_needed("A comparison must be between a key column and a resolvable expression.", where)
        seen.append(str(names[0]))
    if len(seen) != len(set(seen)):
        raise _scan_needed(
            "A comparison condition on the key column cannot be combined with other comparisons such as an IN predicate", where
        )
    if pinned:
        return
    if not seen:
        raise _scan_needed(f"WHERE clause missing key column for disjunct: {show(where)}", where)
    if len(set(seen)) < len(kinds):
        raise _scan_needed("Multi-column sources must specify every key in the WHERE clause", where)
    if not (len(kinds) == 1 and next(iter(kinds.values())) == STRING and context.flag(_RANGES, True)):
        raise _scan_needed("Query requires table scan to be enabled", where)


def _scan_needed(reason: str, where: tree.Expr) -> BindError:
    return BindError(reason, hint=f"Give every key column with = or IN, or turn table scans on: SET '{_SCANS}'='true';", position=where.at)
