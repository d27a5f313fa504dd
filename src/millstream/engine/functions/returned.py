"""What users' functions give, checked against the type that they said: a value of another type must not get into a topic.

Whole numbers become DOUBLEs and DECIMALs, DECIMALs are rounded to their scale, tuples are ARRAYs; all else must fit as it is. What may not
live here: calling a function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from millstream.engine.values.exact import fit
from millstream.errors import RecordError
from millstream.types import ArrayType, Base, DecimalType, MapType, SqlType, StructType

#: Gives the value as the engine holds it. Raises _Unfit.
_Check = Callable[[Any], Any]

_BITS = {Base.INTEGER: 31, Base.DATE: 31, Base.TIME: 31, Base.BIGINT: 63, Base.TIMESTAMP: 63}
_CLASSES: dict[Base, tuple[type, ...]] = {Base.BOOLEAN: (bool,), Base.STRING: (str,), Base.BYTES: (bytes,)}


class _Unfit(Exception):
    """A value that is of another type. ``args``: the value, the type it should have."""


def checked(name: str, kind: SqlType, call: Callable[..., Any], *, many: bool = False) -> Callable[..., Any]:
    """``call`` with its results checked. ``many``: it gives a list of such values. Raises RecordError naming the function."""
    check = _check(kind)
    if many:
        check = _rows(check, kind)

    def checking(*args: Any) -> Any:
        value = call(*args)
        try:
            return check(value)
        except _Unfit as unfit:
            wrong, wanted = unfit.args
            part = "" if wanted is kind and wrong is value else f" inside its result of type {'a list of ' if many else ''}{kind}"
            shown = repr(wrong) if len(repr(wrong)) < 80 else repr(wrong)[:77] + "..."
            raise RecordError(f"Function {name} gave {shown} ({type(wrong).__name__}); expected {wanted}{part}.") from None

    return checking


def _rows(element: _Check, kind: SqlType) -> _Check:
    """What a table function gives: a list, or whatever gives one value after the other; nothing for None."""
    check = _array(element, kind)

    def rows(value: Any) -> Any:
        return [] if value is None else check(list(value) if isinstance(value, Iterator) else value)

    return rows


def _check(kind: SqlType) -> _Check:
    def check(value: Any) -> Any:
        return None if value is None else inner(value)

    inner = _of(kind)
    return check


def _of(kind: SqlType) -> _Check:
    if isinstance(kind, ArrayType):
        return _array(_check(kind.element), kind)
    if isinstance(kind, MapType):
        return _map(kind)
    if isinstance(kind, StructType):
        return _struct(kind)
    if isinstance(kind, DecimalType):
        return _decimal(kind)
    if kind.base is Base.DOUBLE:
        return _double
    if kind.base in _BITS:
        return _integer(kind)
    return _exactly(kind, _CLASSES[kind.base])


def _exactly(kind: SqlType, classes: tuple[type, ...]) -> _Check:
    def check(value: Any) -> Any:
        if isinstance(value, classes):
            return value
        raise _Unfit(value, kind)

    return check


def _integer(kind: SqlType) -> _Check:
    bits = _BITS[kind.base]

    def check(value: Any) -> Any:
        if type(value) is int and -(1 << bits) <= value < 1 << bits:
            return value
        raise _Unfit(value, kind)

    return check


def _double(value: Any) -> float:
    if type(value) in (float, int):
        try:
            return float(value)
        except OverflowError:
            pass
    raise _Unfit(value, SqlType(Base.DOUBLE))


def _decimal(kind: DecimalType) -> _Check:
    def check(value: Any) -> Any:
        if isinstance(value, Decimal) or type(value) is int:
            try:
                return fit(Decimal(value), kind.precision, kind.scale)
            except (RecordError, ArithmeticError):
                pass
        raise _Unfit(value, kind)

    return check


def _array(element: _Check, kind: SqlType) -> _Check:
    def check(value: Any) -> Any:
        if not isinstance(value, list | tuple):
            raise _Unfit(value, kind)
        return [element(v) for v in value]

    return check


def _map(kind: MapType) -> _Check:
    key, held = _check(kind.key), _check(kind.value)

    def check(value: Any) -> Any:
        if not isinstance(value, dict):
            raise _Unfit(value, kind)
        return {key(k): held(v) for k, v in value.items()}

    return check


def _struct(kind: StructType) -> _Check:
    fields = {f.name: _check(f.type) for f in kind.fields}

    def check(value: Any) -> Any:
        if not isinstance(value, dict) or not value.keys() <= fields.keys():
            raise _Unfit(value, kind)
        return {name: field(value.get(name)) for name, field in fields.items()}

    return check
