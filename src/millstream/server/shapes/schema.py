"""Types and columns as ksqlDB's SchemaInfo and FieldInfo."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from millstream.types import ArrayType, Column, DecimalType, MapType, Role, SqlType, StructType


def schema_info(kind: SqlType) -> dict[str, Any]:
    """``{"type", "fields", "memberSchema"}``, and ``parameters`` of a DECIMAL."""
    fields, member = None, None
    if isinstance(kind, StructType):
        fields = [{"name": f.name, "schema": schema_info(f.type)} for f in kind.fields]
    elif isinstance(kind, ArrayType):
        member = schema_info(kind.element)
    elif isinstance(kind, MapType):
        member = schema_info(kind.value)
    info: dict[str, Any] = {"type": kind.base.value, "fields": fields, "memberSchema": member}
    if isinstance(kind, DecimalType):
        info["parameters"] = {"precision": kind.precision, "scale": kind.scale}
    return info


def field_info(column: Column, marked: bool = True) -> dict[str, Any]:
    """One column. ``type`` (KEY, HEADER) and ``headerKey`` are absent where they do not apply, or where nothing is ``marked``."""
    info: dict[str, Any] = {"name": column.name, "schema": schema_info(column.type)}
    if marked and column.role is Role.KEY:
        info["type"] = "KEY"
    elif marked and column.role is Role.HEADERS:
        info["type"] = "HEADER"
        if column.header is not None:
            info["headerKey"] = column.header
    return info


def fields(columns: Iterable[Column], marked: bool = True) -> list[dict[str, Any]]:
    return [field_info(c, marked) for c in columns]
