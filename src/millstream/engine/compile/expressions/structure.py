"""Fields of structs, elements of arrays and maps, and their constructors. All of them pass NULL on; none fails on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from millstream.engine.compile.expressions.code import Code
from millstream.plan import expr as x
from millstream.types import ArrayType, Base

if TYPE_CHECKING:
    from millstream.engine.compile.expressions.compiler import Expressions


def field_of(to: Expressions, expr: x.FieldOf) -> Code:
    inner = to.compile(expr.operand)
    test, name = to.named(inner)
    field = to.source.bind("k", expr.field)
    return Code(f"({name}.get({field}) if {test} is not None else None)", raises=inner.raises)


def element_of(to: Expressions, expr: x.ElementOf) -> Code:
    inner, index = to.compile(expr.operand), to.compile(expr.index)
    test, name = to.named(inner)
    raises = inner.raises or index.raises
    if isinstance(expr.operand.type, ArrayType):
        get = to.source.bind("f", array_element)
        return Code(f"({get}({name}, {index.src}) if {test} is not None else None)", raises=raises)
    return Code(f"({name}.get({index.src}) if {test} is not None else None)", raises=raises)


def make_array(to: Expressions, expr: x.MakeArray) -> Code:
    items = [to.caught(to.compile(i), "an item of ARRAY") for i in expr.items]
    return Code("[" + ", ".join(i.src for i in items) + "]", nullable=False, raises=any(i.raises for i in items))


def make_map(to: Expressions, expr: x.MakeMap) -> Code:
    parts, raises = [], False
    for key, value in expr.entries:
        k, v = to.caught(to.compile(key), "a key of MAP"), to.caught(to.compile(value), "a value of MAP")
        raises = raises or k.raises or v.raises
        parts.append(f"{_map_key(to, key, k)}: {v.src}")
    return Code("{" + ", ".join(parts) + "}", nullable=False, raises=raises)


def _map_key(to: Expressions, expr: x.TypedExpr, code: Code) -> str:
    """A NULL key of a STRING-keyed map is the text null, as ksqlDB writes it."""
    if not code.nullable or expr.type is None or expr.type.base is not Base.STRING:
        return code.src
    test, name = to.named(code)
    return f"({name} if {test} is not None else {to.source.bind('k', 'null')})"


def make_struct(to: Expressions, expr: x.MakeStruct) -> Code:
    parts, raises = [], False
    for name, value in expr.fields:
        code = to.caught(to.compile(value), f"field {name} of STRUCT")
        raises = raises or code.raises
        parts.append(f"{to.source.bind('k', name)}: {code.src}")
    return Code("{" + ", ".join(parts) + "}", nullable=False, raises=raises)


def array_element(array: list[Any], index: int | None) -> Any:
    """``array[index]``, counted from 1, negative from the end; NULL outside."""
    if index is None:
        raise TypeError("the index of an array is NULL")
    position = index - 1 if index > 0 else len(array) + index
    return array[position] if 0 <= position < len(array) else None
