"""Coercion of inserted values, and reading of ISO dates, times and timestamps."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from millstream.decimals import WIDE
from millstream.plan.bind.magic import parse_time
from millstream.types import NUMERIC_ORDER, ArrayType, Base, DecimalType, MapType, SqlType, StructType

_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9])(?:\.([0-9]{0,9}))?)?")


class Mismatch(ValueError):
    """A value that the column does not take; the text says more where there is more to say."""


def coerced(value: Any, source: SqlType, target: SqlType) -> Any:
    """``value`` of type ``source`` as a value of ``target``. Raises Mismatch."""
    if value is None or source == target:
        return value
    if isinstance(target, ArrayType) and isinstance(source, ArrayType):
        return [coerced(v, source.element, target.element) for v in value]
    if isinstance(target, MapType) and isinstance(source, MapType):
        return {coerced(k, source.key, target.key): coerced(v, source.value, target.value) for k, v in value.items()}
    if isinstance(target, StructType) and isinstance(source, StructType):
        return _struct(value, source, target)
    if source.is_numeric and target.is_numeric and NUMERIC_ORDER[source.base] <= NUMERIC_ORDER[target.base]:
        return _number(value, target)
    if source.base is Base.STRING and target.base in _READERS:
        return _READERS[target.base](value)
    raise Mismatch("")


def _struct(value: dict[str, Any], source: StructType, target: StructType) -> dict[str, Any]:
    """Field by field: what is not given is NULL, what the column does not have is left out."""
    result: dict[str, Any] = {}
    for field in target.fields:
        given = source.field(field.name)
        result[field.name] = coerced(value.get(field.name), given.type, field.type) if given is not None else None
    return result


def _number(value: Any, target: SqlType) -> Any:
    if target.base is Base.DOUBLE:
        return float(value)
    if isinstance(target, DecimalType):
        number = Decimal(value)
        try:
            scaled = number.quantize(Decimal(1).scaleb(-target.scale), context=WIDE)
        except InvalidOperation:
            raise Mismatch("") from None
        if scaled != number or len(scaled.as_tuple().digits) > target.precision:
            raise Mismatch("")
        return scaled
    return value


def read_timestamp(text: str) -> int:
    """Milliseconds since 1970 of ``2020-01-02T03:04:05.678`` and what is shorter. Raises Mismatch."""
    found = parse_time(text)
    if found is None:
        raise Mismatch(". Timestamp format must be yyyy-mm-ddThh:mm:ss[.S]")
    return found


def read_date(text: str) -> int:
    """Days since 1970 of ``2020-01-02``. Raises Mismatch."""
    millis = parse_time(text, exact=True)
    if millis is None or millis % 86_400_000:
        raise Mismatch(". Date format must be yyyy-mm-dd")
    return millis // 86_400_000


def read_time(text: str) -> int:
    """Milliseconds since midnight of ``03:04:05.678``. Raises Mismatch."""
    found = _TIME.fullmatch(text)
    if found is None:
        raise Mismatch(". Time format must be hh:mm:ss[.S]")
    return ((int(found[1]) * 60 + int(found[2])) * 60 + int(found[3] or 0)) * 1000 + int((found[4] or "").ljust(3, "0")[:3])


_READERS = {Base.TIMESTAMP: read_timestamp, Base.DATE: read_date, Base.TIME: read_time}
