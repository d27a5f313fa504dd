"""Connector statements as SQL, each in the spelling it was written in. Secrets are the caller's matter: see ``mask``."""

from __future__ import annotations

from millstream.sql.printer.names import cased, text
from millstream.sql.tree import AlterConnector, ControlConnector, CreateConnector, DropConnector, ShowConnector
from millstream.sql.words import write_name


def create(node: CreateConnector) -> str:
    missing_only = " IF NOT EXISTS" if node.if_not_exists else ""
    relation = "" if node.relation is None else f" FROM {write_name(node.relation)}"
    if not node.external:
        return f"CREATE {node.side} CONNECTOR{missing_only} {write_name(node.name)}{relation} WITH ({_pairs(node.properties)})"
    return f"CREATE EXTERNAL {node.side}{missing_only} {cased(node.name)}{relation} WITH ({_pairs(node.properties)})"


def _pairs(pairs: tuple[tuple[str, str], ...]) -> str:
    return ", ".join(f"{text(key)}={text(value)}" for key, value in pairs)


def drop(node: DropConnector) -> str:
    existing_only = " IF EXISTS" if node.if_exists else ""
    if not node.external:
        return f"DROP CONNECTOR{existing_only} {write_name(node.name)}"
    return f"DROP EXTERNAL {node.side}{existing_only} {cased(node.name)}" + (" TERMINATE" if node.terminate else "")


def control(node: ControlConnector) -> str:
    tasks = " FAILED TASKS OF" if node.failed_only else ""
    return f"{node.action}{tasks} CONNECTOR {write_name(node.name)}"


def alter(node: AlterConnector) -> str:
    if node.reset_offsets:
        change = "RESET OFFSETS"
    elif node.offsets is not None:
        change = f"SET OFFSETS {text(node.offsets)}"
    elif node.unset:
        change = f"UNSET ({', '.join(map(text, node.unset))})"
    else:
        change = f"SET ({_pairs(node.set)})"
    return f"ALTER CONNECTOR {write_name(node.name)} {change}"


def show(node: ShowConnector) -> str:
    return f"SHOW {'CREATE CONNECTOR' if node.what == 'CREATE' else 'CONNECTOR OFFSETS'} {write_name(node.name)}"
