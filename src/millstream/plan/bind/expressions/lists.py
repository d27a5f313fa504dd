"""Values that must become one type: the items of IN, ARRAY[...] and MAP(...).

String literals bend: in a list with numbers or BOOLEANs they are read as such, inside constructors too. Everything else only widens.
"""

from __future__ import annotations

from collections.abc import Sequence

from millstream.errors import BindError
from millstream.plan.bind.expressions.coerce import NotALiteral, cast_to, common_type, text_literal, text_type
from millstream.plan.bind.text import show
from millstream.plan.expr import Literal, MakeArray, MakeMap, MakeStruct, TypedExpr
from millstream.sql import tree
from millstream.types import STRING, ArrayType, Base, MapType, SqlType, StructType

_BENDS_TO = {Base.BOOLEAN, Base.INTEGER, Base.BIGINT, Base.DOUBLE, Base.DECIMAL}


def coerce_list(exprs: Sequence[TypedExpr], written: Sequence[tree.Expr]) -> tuple[SqlType | None, list[TypedExpr]]:
    """The common type (None when all are NULL) and the expressions brought to it. Raises BindError where there is none."""
    try:
        kind = _common(exprs, written)
        return kind, [_bring(e, kind) for e in exprs] if kind else list(exprs)
    except NotALiteral as error:
        raise BindError(str(error), hint="The text must be a literal of that type.", position=written[0].at if written else None) from None


def _common(exprs: Sequence[TypedExpr], written: Sequence[tree.Expr]) -> SqlType | None:
    kind: SqlType | None = None
    hard = [(e, w) for e, w in zip(exprs, written, strict=True) if e.type is not None and not _is_text(e)]
    for expr, source in hard:
        merged = _merge(kind, expr)
        if merged is None:
            raise BindError(
                f"operator does not exist: {kind} = {expr.type} ({show(source)})",
                hint="Hint: You might need to add explicit type casts.",
                position=source.at,
            )
        kind = merged
    texts = [e for e in exprs if _is_text(e)]
    if kind is None:
        return STRING if texts else None
    if kind == STRING:
        return STRING
    for expr, source in zip(exprs, written, strict=True):
        if _is_text(expr) and isinstance(expr, Literal):
            if kind.base not in _BENDS_TO:
                raise BindError(
                    f"operator does not exist: {kind} = STRING ({show(source)})",
                    hint="Hint: You might need to add explicit type casts.",
                    position=source.at,
                )
            kind = text_type(expr.value, kind)
    return kind


def _is_text(expr: TypedExpr) -> bool:
    return isinstance(expr, Literal) and expr.type == STRING and expr.value is not None


def _is_null(expr: TypedExpr) -> bool:
    return expr.type is None or (isinstance(expr, Literal) and expr.value is None)


def _merge(kind: SqlType | None, expr: TypedExpr) -> SqlType | None:
    if kind is None:
        return expr.type
    found = common_type(kind, expr.type) if expr.type else kind
    return found if found is not None else _bend(kind, expr)


def _bend(kind: SqlType, expr: TypedExpr) -> SqlType | None:
    """``kind`` widened for a constructor whose string literals may be something else."""
    if _is_text(expr) and isinstance(expr, Literal):
        return kind if kind == STRING else text_type(expr.value, kind) if kind.base in _BENDS_TO else None
    if _is_null(expr):
        return kind
    if isinstance(kind, ArrayType) and isinstance(expr, MakeArray):
        element: SqlType | None = kind.element
        for item in expr.items:
            element = _merge(element, item) if element else None
        return ArrayType(Base.ARRAY, element) if element else None
    if isinstance(kind, StructType) and isinstance(expr, MakeStruct):
        for name, value in expr.fields:
            field = kind.field(name)
            if field is not None and _merge(field.type, value) is None:
                return None
        return kind
    if isinstance(kind, MapType) and isinstance(expr, MakeMap):
        value_kind: SqlType | None = kind.value
        for _, value in expr.entries:
            value_kind = _merge(value_kind, value) if value_kind else None
        return MapType(Base.MAP, kind.key, value_kind) if value_kind else None
    return None


def _bring(expr: TypedExpr, kind: SqlType) -> TypedExpr:
    if expr.type == kind:
        return expr
    if _is_text(expr) and isinstance(expr, Literal) and kind != STRING:
        return text_literal(expr.value, kind)
    if isinstance(kind, ArrayType) and isinstance(expr, MakeArray):
        return MakeArray(kind, tuple(_bring(i, kind.element) for i in expr.items))
    if isinstance(kind, MapType) and isinstance(expr, MakeMap):
        return MakeMap(kind, tuple((_bring(k, kind.key), _bring(v, kind.value)) for k, v in expr.entries))
    if isinstance(kind, StructType) and isinstance(expr, MakeStruct):
        given = dict(expr.fields)
        fields = tuple((f.name, _bring(given.get(f.name, Literal(None, None)), f.type)) for f in kind.fields)
        return MakeStruct(kind, fields)
    return cast_to(expr, kind)
