"""Types: ``ARRAY<INT>``, ``DECIMAL(8, 2)``, ``STRUCT<a INT>``, and names of custom types, which only the catalog can resolve."""

from __future__ import annotations

from millstream import types
from millstream.errors import Position
from millstream.sql.parser.cursor import Cursor
from millstream.sql.tokens import INTEGER, QUOTED
from millstream.sql.tree import TypeName

#: Built-in types by the names they may be written with.
BUILT_IN = {
    "BOOLEAN": types.BOOLEAN,
    "INT": types.INTEGER,
    "INTEGER": types.INTEGER,
    "BIGINT": types.BIGINT,
    "DOUBLE": types.DOUBLE,
    "VARCHAR": types.STRING,
    "STRING": types.STRING,
    "BYTES": types.BYTES,
    "DATE": types.DATE,
    "TIME": types.TIME,
    "TIMESTAMP": types.TIMESTAMP,
}


def type_name(c: Cursor) -> TypeName:
    """A type, also in the older spelling ``INT ARRAY``."""
    at = c.here()
    c.enter()
    result = _prefix(c)
    levels = 0
    while c.at("ARRAY"):
        if c.nesting + levels > 50:
            c.refuse("This type nests too deep.", None)
        levels += 1
        c.expect("ARRAY")
        result = _array(result, at)
    c.leave()
    return result


def _prefix(c: Cursor) -> TypeName:
    at = c.here()
    if c.accept_all("ARRAY", "<"):
        element = type_name(c)
        c.expect(">")
        return _array(element, at)
    if c.accept_all("MAP", "<"):
        key = type_name(c)
        c.expect(",")
        value = type_name(c)
        c.expect(">")
        if key.type is not None and value.type is not None:
            return TypeName(types.map_of(key.type, value.type), at=at)
        return TypeName(map_of=(key, value), at=at)
    if c.accept_all("STRUCT", "<"):
        return _struct(c, at)
    if c.accept("DECIMAL"):
        return _decimal(c, at)
    return _base(c, at)


def _array(element: TypeName, at: Position) -> TypeName:
    if element.type is not None:
        return TypeName(types.array(element.type), at=at)
    return TypeName(array_of=element, at=at)


def _struct(c: Cursor, at: Position) -> TypeName:
    fields: list[tuple[str, TypeName]] = []
    if not c.accept(">"):
        while True:
            name = c.name()
            fields.append((name, type_name(c)))
            if not c.accept(","):
                break
        c.expect(">")
    if all(t.type is not None for _, t in fields):
        return TypeName(types.struct((n, t.type) for n, t in fields if t.type is not None), at=at)
    return TypeName(fields=tuple(fields), at=at)


def _decimal(c: Cursor, at: Position) -> TypeName:
    c.expect("(")
    place = c.here()
    precision = c.integer("The precision of a DECIMAL")
    c.expect(",")
    scale = c.integer("The scale of a DECIMAL")
    c.expect(")")
    if precision < 1:
        c.refuse(f"DECIMAL precision must be >= 1: DECIMAL({precision},{scale})", None, place)
    if scale < 0:
        c.refuse(f"DECIMAL scale must be >= 0: DECIMAL({precision},{scale})", None, place)
    if precision < scale:
        c.refuse(f"DECIMAL precision must be >= scale: DECIMAL({precision},{scale})", None, place)
    return TypeName(types.decimal(precision, scale), at=at)


def _base(c: Cursor, at: Position) -> TypeName:
    """A built-in or custom type by name. Parameters, as in VARCHAR(255), are allowed and mean nothing."""
    quoted = c.at(QUOTED)
    name = c.name()
    if c.accept("("):
        while True:
            c.one_of(INTEGER, "STRING")
            if not c.accept(","):
                break
        c.expect(")")
    if not quoted and name in BUILT_IN:
        return TypeName(BUILT_IN[name], at=at)
    return TypeName(custom=name, at=at)
