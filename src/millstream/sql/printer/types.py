"""Types and column definitions as SQL."""

from __future__ import annotations

from millstream.sql.printer.names import text
from millstream.sql.tree import ColumnDef, TypeName
from millstream.sql.words import write_name

#: Names of built-in types and type words: a custom type of that name needs quotes.
_TAKEN = frozenset(
    ("BOOLEAN", "INT", "INTEGER", "BIGINT", "DOUBLE", "VARCHAR", "STRING", "BYTES", "DATE", "TIME", "TIMESTAMP", "ARRAY", "MAP", "STRUCT")
)


def type_name(node: TypeName) -> str:
    if node.type is not None:
        return str(node.type)
    if node.array_of is not None:
        return f"ARRAY<{type_name(node.array_of)}>"
    if node.map_of is not None:
        return f"MAP<{type_name(node.map_of[0])}, {type_name(node.map_of[1])}>"
    if node.fields is not None:
        return "STRUCT<" + ", ".join(f"{write_name(name)} {type_name(of)}" for name, of in node.fields) + ">"
    custom = node.custom or ""
    return f"`{custom}`" if custom in _TAKEN else write_name(custom)


def column(node: ColumnDef) -> str:
    constraint = f"HEADER({text(node.header or '')})" if node.constraint == "HEADER" else node.constraint
    return f"{write_name(node.name)} {type_name(node.type)}" + (f" {constraint}" if constraint else "")


def columns(nodes: tuple[ColumnDef, ...]) -> str:
    """`` (a INT, b INT)`` with the space before it, or nothing."""
    return " (" + ", ".join(map(column, nodes)) + ")" if nodes else ""
