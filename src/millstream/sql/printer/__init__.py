"""TREE -> TEXT. ``parse(to_sql(statement))`` gives the same tree again, whatever the tree.

    expressions, types, queries
    relations        streams, tables, types, INSERT
    connectors       both spellings
    names            strings and names that keep their case
    (here)           everything short: SHOW, DESCRIBE, SET, ...

The text is one line, words upper-cased, names quoted only where they must be. Comments and layout are not kept: who wants
those shows ``statement.text``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from millstream.sql import tree as t
from millstream.sql.printer import connectors, relations
from millstream.sql.printer.expressions import expression
from millstream.sql.printer.names import cased, text
from millstream.sql.printer.queries import query
from millstream.sql.printer.types import type_name
from millstream.sql.words import write_name

#: First words of statements: after EXPLAIN they would not read as a query's id.
_STATEMENTS = frozenset(("SHOW", "EXPLAIN", "ALTER", "ASSERT", "SET", "DEFINE", "UNDEFINE", "PAUSE", "RESUME", "STOP", "RESTART"))


def to_sql(node: t.Statement | t.Query | t.Expr | t.TypeName) -> str:
    """A statement with its ``;``, or a query, an expression or a type without."""
    if isinstance(node, t.Statement):
        return _WRITERS[type(node)](node) + ";"
    if isinstance(node, t.Query):
        return query(node)
    return expression(node) if isinstance(node, t.Expr) else type_name(node)


def _print(node: t.Print) -> str:
    beginning = " FROM BEGINNING" if node.from_beginning else ""
    interval = "" if node.interval is None else f" INTERVAL {node.interval}"
    return f"PRINT {text(node.topic)}{beginning}{interval}" + ("" if node.limit is None else f" LIMIT {node.limit}")


def _explain(node: t.Explain) -> str:
    if node.statement is not None:
        return f"EXPLAIN {_WRITERS[type(node.statement)](node.statement)}"
    return f"EXPLAIN {cased(node.query_id or '', _STATEMENTS)}"


def _show(node: t.Show) -> str:
    if node.external:
        return f"SHOW EXTERNAL {node.side}S"
    words = ["SHOW", "ALL" if node.all else "", node.side or "", node.what, "EXTENDED" if node.extended else ""]
    return " ".join(filter(None, words))


def _describe(node: t.Describe) -> str:
    extended = " EXTENDED" if node.extended else ""
    if node.name is None:
        return f"DESCRIBE {node.what}{extended}"
    if node.what == "RELATION":
        name = node.raw or ("`TABLES`" if node.name == "TABLES" else write_name(node.name))
        return f"DESCRIBE {name}{extended}"
    if node.what == "CONNECTOR PLUGIN":
        return f"DESCRIBE CONNECTOR PLUGIN {text(node.name)}" + ("" if node.search is None else f" SEARCH {text(node.search)}")
    return f"DESCRIBE {node.what} {write_name(node.name)}"


def _assert(node: t.Assert) -> str:
    parts = ["ASSERT", "" if node.exists else "NOT EXISTS", node.what]
    if node.topic is not None:
        parts.append(text(node.topic) + relations.with_properties(node.properties))
    if node.subject is not None:
        parts.append(f"SUBJECT {text(node.subject)}")
    if node.schema_id is not None:
        parts.append(f"ID {node.schema_id}")
    if node.timeout_ms is not None:
        parts.append(f"TIMEOUT {node.timeout_ms} MILLISECONDS")
    return " ".join(filter(None, parts))


def _control(node: t.ControlQuery) -> str:
    return f"{node.action} {'ALL' if node.query_id is None else cased(node.query_id)}"


_WRITERS: dict[type[t.Statement], Callable[[Any], str]] = {
    t.CreateSource: relations.create_source,
    t.CreateAs: relations.create_as,
    t.CreateFromConnector: relations.create_from_connector,
    t.InsertValues: relations.insert_values,
    t.InsertInto: relations.insert_into,
    t.Select: lambda n: query(n.query),
    t.Print: _print,
    t.DropRelation: relations.drop,
    t.AlterRelation: relations.alter,
    t.AlterSystem: lambda n: f"ALTER SYSTEM {text(n.property)}={text(n.value)}",
    t.CreateType: relations.create_type,
    t.DropType: relations.drop_type,
    t.ControlQuery: _control,
    t.Explain: _explain,
    t.SetProperty: lambda n: f"SET {text(n.name)}={text(n.value)}",
    t.UnsetProperty: lambda n: f"UNSET {text(n.name)}",
    t.Define: lambda n: f"DEFINE {cased(n.name)} = {text(n.value)}",
    t.Undefine: lambda n: f"UNDEFINE {cased(n.name)}",
    t.RunScript: lambda n: f"RUN SCRIPT {text(n.path)}",
    t.Show: _show,
    t.Describe: _describe,
    t.Assert: _assert,
    t.AssertValues: relations.assert_values,
    t.AssertRelation: relations.assert_relation,
    t.CreateConnector: connectors.create,
    t.DropConnector: connectors.drop,
    t.ControlConnector: connectors.control,
    t.AlterConnector: connectors.alter,
    t.ShowConnector: connectors.show,
}
