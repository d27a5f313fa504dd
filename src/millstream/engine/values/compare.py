"""Order and equality of values that are not NULL.

Most types compare as their Python values do. What differs: DOUBLE follows Java's Double.compare where it orders (NaN is greatest, and -0.0
is less than 0.0) but IEEE in ``=``; strings order by UTF-16 unit; BYTES by unsigned byte, as in Python. The comparison operators give NULL
for a NULL operand; IS [NOT] DISTINCT FROM never does. ``NULL = NULL`` on arrays and maps is FALSE, and so is ``<>``.
What may not live here: three-valued logic itself, which is the compiler's.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from operator import eq
from typing import Any

from millstream.types import Base, SqlType


def utf16(text: str) -> bytes:
    """A key that orders strings as Java does: by UTF-16 code unit. Needed only for characters beyond U+FFFF."""
    return text.encode("utf-16-be", "surrogatepass")


def double_key(value: float) -> tuple[int, float, int]:
    """A key that orders DOUBLEs as Java's Double.compare does."""
    if value != value:
        return (1, 0.0, 0)
    return (0, value, 0 if value == 0.0 and math.copysign(1.0, value) < 0 else 1)


def order_key(kind: SqlType) -> Callable[[Any], Any] | None:
    """The key by which values of a type are ordered; None where the value itself will do."""
    if kind.base is Base.DOUBLE:
        return double_key
    if kind.base is Base.STRING:
        return utf16
    return None


def frozen(value: Any) -> Any:
    """A value as something hashable that is equal where Java's equals says so: NaN equals itself, 0.0 is not -0.0."""
    if isinstance(value, float):
        return ("f", double_key(value))
    if isinstance(value, list):
        return tuple(map(frozen, value))
    if isinstance(value, dict):
        return frozenset((key, frozen(item)) for key, item in value.items())
    return value


def same(kind: SqlType | None) -> Callable[[Any, Any], bool]:
    """Equality as Java's equals for two values of a type that are not NULL."""
    if kind is None or kind.base in (Base.DOUBLE, Base.ARRAY, Base.MAP, Base.STRUCT):
        return lambda left, right: bool(frozen(left) == frozen(right))
    return eq
