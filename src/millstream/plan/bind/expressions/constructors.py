"""ARRAY[...], MAP(...) and STRUCT(...)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from millstream.errors import BindError
from millstream.plan.bind.expressions.lists import coerce_list
from millstream.plan.bind.text import show
from millstream.plan.expr import (
    MakeArray,
    MakeMap,
    MakeStruct,
    TypedExpr,
)
from millstream.sql import tree
from millstream.types import ArrayType, MapType, StructType, array, map_of, struct

if TYPE_CHECKING:
    from millstream.plan.bind.expressions.binder import ExpressionBinder


def make_array(binder: ExpressionBinder, expr: tree.MakeArray) -> TypedExpr:
    if not expr.items:
        raise BindError("Array constructor cannot be empty. Please supply at least one element.", position=expr.at)
    kind, items = coerce_list([binder.bind(i) for i in expr.items], expr.items)
    if kind is None:
        raise BindError(
            "Cannot construct an array with all NULL elements.",
            hint="As a workaround, you may cast a NULL value to the desired type.",
            position=expr.at,
        )
    return MakeArray(array(kind), tuple(items))


def make_map(binder: ExpressionBinder, expr: tree.MakeMap) -> TypedExpr:
    if not expr.entries:
        raise BindError("Map constructor cannot be empty. Please supply at least one key value pair.", position=expr.at)
    for index, (key, _) in enumerate(expr.entries):
        if any(key == earlier for earlier, _ in expr.entries[:index]):
            raise BindError(f"Multiple entries with same key: {show(key)}", position=key.at or expr.at)
    key_kind, keys = coerce_list([binder.bind(k) for k, _ in expr.entries], [k for k, _ in expr.entries])
    value_kind, values = coerce_list([binder.bind(v) for _, v in expr.entries], [v for _, v in expr.entries])
    if key_kind is None or value_kind is None:
        raise BindError(
            f"Cannot construct a map with all NULL {'keys' if key_kind is None else 'values'}.",
            hint="As a workaround, you may cast a NULL value to the desired type.",
            position=expr.at,
        )
    if isinstance(key_kind, ArrayType | MapType | StructType):
        raise BindError(f"Keys of a map must be of a primitive type. Got {key_kind}.", hint="CAST them to VARCHAR.", position=expr.at)
    return MakeMap(map_of(key_kind, value_kind), tuple(zip(keys, values, strict=True)))


def make_struct(binder: ExpressionBinder, expr: tree.MakeStruct) -> TypedExpr:
    fields: list[tuple[str, TypedExpr]] = []
    for name, written in expr.fields:
        typed = binder.bind(written)
        if typed.type is None:
            raise BindError(
                f"The field {name} of the STRUCT is NULL and has no type.",
                hint="CAST it, e.g. CAST(null AS VARCHAR).",
                position=expr.at,
            )
        if any(n == name for n, _ in fields):
            raise BindError(
                f"Duplicate field names found in STRUCT: '`{name}` {dict(fields)[name].type}' and '`{name}` {typed.type}'",
                position=expr.at,
            )
        fields.append((name, typed))
    kind = struct((n, t.type) for n, t in fields if t.type is not None)
    return MakeStruct(kind, tuple(fields))
