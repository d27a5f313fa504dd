"""Implicit casts: which type several expressions have in common, and how one is brought to it.

What may not live here: names, functions, SQL text.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from millstream import decimals
from millstream.plan.expr import Cast, Literal, TypedExpr
from millstream.types import (
    BIGINT,
    DOUBLE,
    INTEGER,
    NUMERIC_ORDER,
    ArrayType,
    Base,
    DecimalType,
    MapType,
    SqlType,
    StructType,
    array,
    decimal,
    map_of,
    struct,
)


def common_numeric(left: SqlType, right: SqlType) -> SqlType:
    """The narrowest numeric type that both can be cast to; DECIMALs get room for both integer and fraction digits."""
    wider = left if NUMERIC_ORDER[left.base] >= NUMERIC_ORDER[right.base] else right
    if wider.base is not Base.DECIMAL:
        return wider
    return decimals.widest(decimals.decimal_for(left), decimals.decimal_for(right))


def common_type(left: SqlType, right: SqlType) -> SqlType | None:
    """The type two values of a list have in common; None where there is none."""
    if left == right:
        return left
    if left.is_numeric and right.is_numeric:
        return common_numeric(left, right)
    if isinstance(left, ArrayType) and isinstance(right, ArrayType):
        element = common_type(left.element, right.element)
        return array(element) if element else None
    if isinstance(left, MapType) and isinstance(right, MapType):
        key, value = common_type(left.key, right.key), common_type(left.value, right.value)
        return map_of(key, value) if key and value else None
    if isinstance(left, StructType) and isinstance(right, StructType):
        return _common_struct(left, right)
    return None


def _common_struct(left: StructType, right: StructType) -> SqlType | None:
    names = [f.name for f in left.fields] + [f.name for f in right.fields if left.field(f.name) is None]
    fields: list[tuple[str, SqlType]] = []
    for name in names:
        a, b = left.field(name), right.field(name)
        kind = common_type(a.type, b.type) if a and b else (a or b).type  # type: ignore[union-attr]
        if kind is None:
            return None
        fields.append((name, kind))
    return struct(fields)


def cast_to(expr: TypedExpr, kind: SqlType) -> TypedExpr:
    """``expr`` as ``kind``: unchanged, a literal of that type, or a Cast."""
    if expr.type == kind:
        return expr
    if expr.type is None and isinstance(expr, Literal):
        return Literal(kind, None)
    if isinstance(expr, Literal) and expr.type is not None:
        moved = _literal(expr, kind)
        if moved is not None:
            return moved
    return Cast(kind, expr)


def _literal(expr: Literal, kind: SqlType) -> Literal | None:
    """A numeric literal in a wider numeric type."""
    value = expr.value
    if value is None:
        return Literal(kind, None)
    if expr.type in (INTEGER, BIGINT) and isinstance(value, int):
        if kind == BIGINT:
            return Literal(kind, value)
        if kind == DOUBLE:
            return Literal(kind, float(value))
        if isinstance(kind, DecimalType) and kind.scale == 0 and len(str(abs(value))) <= kind.precision:
            return Literal(kind, Decimal(value))
    return None


def whole_type(value: int) -> SqlType | None:
    """INTEGER or BIGINT by size; None where neither holds it."""
    if -(2**31) <= value < 2**31:
        return INTEGER
    return BIGINT if -(2**63) <= value < 2**63 else None


_TRUE = re.compile(r"^(t|tr|tru|true|y|ye|yes)$", re.IGNORECASE)
_FALSE = re.compile(r"^(f|fa|fal|fals|false|n|no)$", re.IGNORECASE)


class NotALiteral(ValueError):
    """Text that cannot be read as a value of the wanted type."""


def text_literal(text: str, kind: SqlType) -> Literal:
    """A string literal in a list of another type: ``1 IN ('1', '2')``. Raises NotALiteral."""
    try:
        return Literal(kind, _parse(text.strip(), kind))
    except (ValueError, InvalidOperation):
        raise NotALiteral(f'invalid input syntax for type {kind}: "{text}".') from None


def _parse(text: str, kind: SqlType) -> object:
    if kind.base is Base.BOOLEAN:
        if _TRUE.match(text):
            return True
        if _FALSE.match(text):
            return False
        raise ValueError(text)
    if kind.base is Base.INTEGER or kind.base is Base.BIGINT:
        return int(text)
    if kind.base is Base.DOUBLE:
        return float(text)
    if isinstance(kind, DecimalType):
        return Decimal(text).quantize(Decimal(1).scaleb(-kind.scale), context=decimals.WIDE)
    raise ValueError(text)


def text_type(text: str, kind: SqlType) -> SqlType:
    """The numeric type that also holds the number in the text: ``1 IN ('2.5')`` is a list of DECIMALs. Raises NotALiteral."""
    if kind.base not in (Base.INTEGER, Base.BIGINT, Base.DECIMAL):
        return kind
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        raise NotALiteral(f'invalid input syntax for type {kind}: "{text}".') from None
    if number == number.to_integral_value() and "." not in text and "e" not in text.lower():
        found: SqlType = whole_type(int(number)) or decimal(len(number.as_tuple().digits), 0)
    elif "e" in text.lower():
        found = DOUBLE
    else:
        found = decimals.literal_type(number)
    return common_numeric(kind, found)
