"""Getting at values: names, fields of STRUCTs, elements of ARRAYs and MAPs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from millstream.errors import BindError
from millstream.plan.bind.expressions.coerce import cast_to
from millstream.plan.bind.text import show
from millstream.plan.expr import (
    ElementOf,
    FieldOf,
    LambdaVar,
    TypedExpr,
)
from millstream.sql import tree
from millstream.types import ArrayType, Base, MapType, StructType

if TYPE_CHECKING:
    from millstream.plan.bind.expressions.binder import ExpressionBinder


def name(binder: ExpressionBinder, expr: tree.Name) -> TypedExpr:
    if expr.source is None and expr.name in binder.variables:
        return LambdaVar(binder.variables[expr.name], expr.name)
    return binder.column(expr)


def deref(binder: ExpressionBinder, expr: tree.Deref) -> TypedExpr:
    base = binder.bind(expr.base)
    if not isinstance(base.type, StructType):
        raise BindError(
            f"Expected STRUCT type for '{show(expr.base)}', got {base.type}.", hint="-> takes a field of a STRUCT.", position=expr.at
        )
    field = base.type.field(expr.field)
    if field is None:
        raise BindError(
            f"Could not find field '{expr.field}' in '{show(expr.base)}'.",
            hint=f"Its fields are {', '.join(f.name for f in base.type.fields)}.",
            position=expr.at,
        )
    return FieldOf(field.type, base, expr.field)


def subscript(binder: ExpressionBinder, expr: tree.Subscript) -> TypedExpr:
    base, index = binder.bind(expr.base), binder.bind(expr.index)
    if isinstance(base.type, ArrayType):
        if index.type is None or index.type.base not in (Base.INTEGER, Base.BIGINT):
            raise BindError(
                f"Cannot take element {show(expr.index)} of {show(expr.base)}: "
                f"the index of an ARRAY is an INTEGER, got {index.type or 'NULL'}.",
                position=expr.index.at or expr.at,
            )
        return ElementOf(base.type.element, base, index)
    if isinstance(base.type, MapType):
        numbers = index.type is not None and index.type.is_numeric and base.type.key.is_numeric
        # A key of another type is not refused: it is just not in the map.
        return ElementOf(base.type.value, base, cast_to(index, base.type.key) if numbers or index.type is None else index)
    raise BindError(
        f"Subscript is not supported on {show(expr.base)}, which is {base.type or 'NULL'}.",
        hint="Only an ARRAY or a MAP has elements.",
        position=expr.at,
    )
