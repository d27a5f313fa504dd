"""Which types may be cast to which: pure rules of types, shared by the binder and the engine.

How values are cast is in ``engine.values.casts``. What may not live here: anything that touches a value.
"""

from __future__ import annotations

from millstream.types import ArrayType, Base, MapType, SqlType, StructType

_NUMBERS = frozenset({Base.INTEGER, Base.BIGINT, Base.DECIMAL, Base.DOUBLE})

#: What CAST takes besides a type's own base.
_CASTS: dict[Base, frozenset[Base]] = {
    Base.BOOLEAN: frozenset({Base.STRING}),
    Base.INTEGER: _NUMBERS | {Base.STRING},
    Base.BIGINT: _NUMBERS | {Base.STRING},
    Base.DECIMAL: _NUMBERS | {Base.STRING},
    Base.DOUBLE: _NUMBERS | {Base.STRING},
    Base.STRING: _NUMBERS | {Base.BOOLEAN, Base.BYTES, Base.DATE, Base.TIME, Base.TIMESTAMP},
    Base.BYTES: frozenset(),
    Base.DATE: frozenset({Base.TIMESTAMP, Base.STRING}),
    Base.TIME: frozenset({Base.STRING}),
    Base.TIMESTAMP: frozenset({Base.DATE, Base.TIME, Base.STRING}),
    Base.ARRAY: frozenset({Base.STRING}),
    Base.MAP: frozenset({Base.STRING}),
    Base.STRUCT: frozenset({Base.STRING}),
}


def castable(source: SqlType, target: SqlType) -> bool:
    """Whether CAST takes a value of ``source`` to ``target``, down to elements, keys, values and fields of one name."""
    if isinstance(source, ArrayType) and isinstance(target, ArrayType):
        return castable(source.element, target.element)
    if isinstance(source, MapType) and isinstance(target, MapType):
        return castable(source.key, target.key) and castable(source.value, target.value)
    if isinstance(source, StructType) and isinstance(target, StructType):
        pairs = ((f.type, target.field(f.name)) for f in source.fields)
        return all(castable(kind, other.type) for kind, other in pairs if other is not None)
    return source.base is target.base or target.base in _CASTS[source.base]
