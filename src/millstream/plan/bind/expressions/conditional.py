"""CASE and CAST."""

from __future__ import annotations

from typing import TYPE_CHECKING

from millstream.errors import BindError
from millstream.plan.bind.expressions.casts import can_cast, resolve_type
from millstream.plan.bind.expressions.coerce import cast_to
from millstream.plan.bind.text import show
from millstream.plan.expr import (
    Case,
    Cast,
    Literal,
    TypedExpr,
)
from millstream.sql import tree
from millstream.types import BOOLEAN, SqlType

if TYPE_CHECKING:
    from millstream.plan.bind.expressions.binder import ExpressionBinder


def case(binder: ExpressionBinder, expr: tree.Case) -> TypedExpr:
    if expr.operand is not None:
        raise BindError(
            "CASE with an operand is not supported: " + show(expr),
            hint=f"Write CASE WHEN {show(expr.operand)} = ... THEN ... END.",
            position=expr.at,
        )
    whens = [(when(binder, w.condition), binder.bind(w.result)) for w in expr.whens]
    default = binder.bind(expr.default) if expr.default is not None else None
    kind: SqlType | None = None
    for _, result in whens:
        if result.type is not None and kind is not None and result.type != kind:
            raise BindError(
                "Invalid Case expression. Type for all 'THEN' clauses should be the same."
                f"\nTHEN expression types: {', '.join(str(r.type) for _, r in whens)}.",
                position=expr.at,
            )
        kind = kind or result.type
    if default is not None and default.type is not None and kind is not None and default.type != kind:
        raise BindError(
            "Invalid Case expression. Type for the default clause should be the same as for 'THEN' clauses."
            f"\nTHEN type: {kind}.\nDEFAULT type: {default.type}.",
            hint="CAST the branches to one type.",
            position=expr.at,
        )
    kind = kind or (default.type if default is not None else None)
    if kind is None:
        raise BindError("Invalid Case expression. All case branches have NULL type", position=expr.at)
    return Case(kind, tuple((c, cast_to(r, kind)) for c, r in whens), cast_to(default, kind) if default is not None else None)


def when(binder: ExpressionBinder, written: tree.Expr) -> TypedExpr:
    typed = binder.bind(written)
    if typed.type != BOOLEAN:
        raise BindError(f"WHEN operand type should be boolean.\nType for '{show(written)}' is {typed.type or 'NULL'}", position=written.at)
    return typed


def cast(binder: ExpressionBinder, expr: tree.Cast) -> TypedExpr:
    operand, kind = binder.bind(expr.operand), resolve_type(expr.type, binder.types)
    if operand.type is None:
        return Literal(kind, None)
    if not can_cast(operand.type, kind):
        raise BindError(f"Cast of {operand.type} to {kind} is not supported", position=expr.at)
    return operand if operand.type == kind else Cast(kind, operand, explicit=True)
