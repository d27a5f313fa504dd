"""JSON objects of plain columns, decoded and checked against their schema by C, a batch at a time.

Takes only what needs no change and no default; whatever else there is goes the long way, which also says what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypedDict

import msgspec

from millstream.worker.schema import DATE_NAME, FLOATS, INTEGERS, TIME_NAME, TIMESTAMP_NAME, ConnectSchema

_NUMBERS = (None, DATE_NAME, TIME_NAME, TIMESTAMP_NAME)


def structs(schema: ConnectSchema) -> Callable[[Sequence[bytes]], list[Any] | None] | None:
    """A function of objects' JSON; it gives None for a batch that it cannot take. None for a schema that cannot be read so."""
    if schema.type != "struct" or not schema.fields:
        return None
    kinds = {f.name: _kind(f.schema) for f in schema.fields}
    if None in kinds.values() or len(kinds) < len(schema.fields):
        return None
    decode = msgspec.json.Decoder(TypedDict("Row", kinds)).decode  # type: ignore[operator]
    in_order = tuple(kinds).__eq__

    def quick(payloads: Sequence[bytes]) -> list[Any] | None:
        try:
            found = list(map(decode, payloads))
        except msgspec.DecodeError:
            return None
        # A struct's values stand in the order of its fields.
        return found if all(map(in_order, map(tuple, found))) else None

    return quick


def _kind(schema: ConnectSchema) -> Any:
    """The type of a field; None where its values need more than a look."""
    if schema.default is not None:
        return None
    kind: Any = None
    if schema.type in INTEGERS and schema.name in _NUMBERS:
        kind = int
    elif schema.name is None:
        kind = {"string": str, "boolean": bool}.get(schema.type, float if schema.type in FLOATS else None)
    return kind | None if kind is not None and schema.optional else kind
