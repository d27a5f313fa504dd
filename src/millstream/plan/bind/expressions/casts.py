"""Which casts exist, and the types that CAST and column definitions name.

What may not live here: what a cast does to a value (that is the engine's).
"""

from __future__ import annotations

from collections.abc import Mapping

from millstream.errors import BindError
from millstream.sql import tree
from millstream.types import ArrayType, Base, MapType, SqlType, StructType, array, map_of, quote, struct

_NUMBERS = {Base.INTEGER, Base.BIGINT, Base.DOUBLE, Base.DECIMAL}
_TO: dict[Base, set[Base]] = {
    Base.BOOLEAN: {Base.BOOLEAN, Base.STRING},
    Base.INTEGER: _NUMBERS | {Base.STRING},
    Base.BIGINT: _NUMBERS | {Base.STRING},
    Base.DOUBLE: _NUMBERS | {Base.STRING},
    Base.DECIMAL: _NUMBERS | {Base.STRING},
    Base.STRING: _NUMBERS | {Base.STRING, Base.BOOLEAN, Base.BYTES, Base.DATE, Base.TIME, Base.TIMESTAMP},
    Base.BYTES: {Base.BYTES},
    Base.DATE: {Base.DATE, Base.TIMESTAMP, Base.STRING},
    Base.TIME: {Base.TIME, Base.STRING},
    Base.TIMESTAMP: {Base.TIMESTAMP, Base.DATE, Base.TIME, Base.STRING},
    Base.ARRAY: {Base.STRING},
    Base.MAP: {Base.STRING},
    Base.STRUCT: {Base.STRING},
}


def can_cast(source: SqlType, target: SqlType) -> bool:
    """Whether CAST from one type to the other exists; element by element for ARRAY, MAP and STRUCT."""
    if source == target:
        return True
    if isinstance(source, ArrayType) and isinstance(target, ArrayType):
        return can_cast(source.element, target.element)
    if isinstance(source, MapType) and isinstance(target, MapType):
        return can_cast(source.key, target.key) and can_cast(source.value, target.value)
    if isinstance(source, StructType) and isinstance(target, StructType):
        return all(can_cast(f.type, t.type) for f in source.fields if (t := target.field(f.name)) is not None)
    return target.base in _TO[source.base]


def resolve_type(written: tree.TypeName, custom: Mapping[str, SqlType]) -> SqlType:
    """The SQL type of a written one, custom types resolved. Raises BindError for a type nobody has defined."""
    if written.type is not None:
        _check_fields(written.type, written)
        return written.type
    if written.array_of is not None:
        return array(resolve_type(written.array_of, custom))
    if written.map_of is not None:
        return map_of(resolve_type(written.map_of[0], custom), resolve_type(written.map_of[1], custom))
    if written.fields is not None:
        kind = struct((name, resolve_type(part, custom)) for name, part in written.fields)
        _check_fields(kind, written)
        return kind
    name = written.custom or ""
    found = custom.get(name) or custom.get(name.upper())
    if found is None:
        raise BindError(
            f"Cannot resolve unknown type: {name}",
            hint="SHOW TYPES lists custom types; CREATE TYPE name AS ... defines one.",
            position=written.at,
        )
    return found


def _check_fields(kind: SqlType, written: tree.TypeName) -> None:
    """Field names of a STRUCT are unique, however deep it lies."""
    if isinstance(kind, ArrayType):
        _check_fields(kind.element, written)
    elif isinstance(kind, MapType):
        _check_fields(kind.key, written)
        _check_fields(kind.value, written)
    elif isinstance(kind, StructType):
        seen: dict[str, SqlType] = {}
        for field in kind.fields:
            if field.name in seen:
                raise BindError(
                    f"Duplicate field names found in STRUCT: '{quote(field.name)} {seen[field.name]}' and '{field}'",
                    hint="Field names of a STRUCT must be unique.",
                    position=written.at,
                )
            seen[field.name] = field.type
            _check_fields(field.type, written)
