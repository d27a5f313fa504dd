"""Columns from a registered schema: the naming rules that AVRO, JSON_SR and PROTOBUF share.

Names are upper-cased, fields of structs too, unless the statement pins a schema id: then they stay as the schema has them. What is no
record, and every key of a format that writes single keys bare, becomes one column: ROWKEY or ROWVAL.
"""

from __future__ import annotations

from millstream.errors import BindError
from millstream.formats.base import FormatOptions, RegisteredSchema
from millstream.types import ArrayType, Base, Column, Field, MapType, Role, SqlType, StructType


def columns_of(type_: SqlType, options: FormatOptions, bare_keys: bool = True) -> list[Column]:
    """The columns of a schema whose SQL type is known. ``bare_keys``: the format can write a value without a record around it.

    Raises BindError where two names are one in upper case.
    """
    if options.schema_id is None:
        type_ = _upper(type_)
    role = Role.KEY if options.is_key else Role.VALUE
    bare = bare_keys and (options.unwrapped or options.is_key)
    if isinstance(type_, StructType) and not bare:
        return [Column(f.name, f.type, role) for f in type_.fields]
    return [Column("ROWKEY" if options.is_key else "ROWVAL", type_, role)]


def unsupported(schema: RegisteredSchema, where: str, what: object) -> BindError:
    """The error for a schema that has no SQL type."""
    return BindError(
        f"Schema {schema.id} of type {schema.kind} cannot be columns: {where or 'the schema'} is {what}, which has no SQL type.",
        hint="Name the columns that you need in the statement.",
    )


def _upper(type_: SqlType) -> SqlType:
    if isinstance(type_, StructType):
        spelt: dict[str, str] = {}
        for field in type_.fields:
            other = spelt.setdefault(field.name.upper(), field.name)
            if other != field.name:
                raise BindError(
                    f"The schema has the names {other} and {field.name}, which are one in upper case.",
                    hint="Keep them as they are: name the schema in the statement, by VALUE_SCHEMA_ID or KEY_SCHEMA_ID.",
                )
        return StructType(Base.STRUCT, tuple(Field(f.name.upper(), _upper(f.type)) for f in type_.fields))
    if isinstance(type_, ArrayType):
        return ArrayType(Base.ARRAY, _upper(type_.element))
    if isinstance(type_, MapType):
        return MapType(Base.MAP, _upper(type_.key), _upper(type_.value))
    return type_
