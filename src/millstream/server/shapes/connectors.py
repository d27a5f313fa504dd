"""Entities of connector statements: ksqlDB's, and beside them what KLIP 7's spelling wants to show (``external``, topic prefix,
schemas)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from millstream.server.shapes import described
from millstream.session import results as r

Shape = tuple[str, dict[str, Any]]


def _external(shown: dict[str, Any], external: bool) -> dict[str, Any]:
    return {**shown, "external": True} if external else shown


def _created(result: r.ConnectorCreated) -> Shape:
    shown = {"info": {k: result.info.get(k) for k in ("name", "config", "tasks", "type")}, "state": result.state}
    if result.failure:
        shown["failure"] = result.failure
    return "connector_info", _external(shown, result.external)


def _dropped(result: r.ConnectorDropped) -> Shape:
    shown: dict[str, Any] = {"connectorName": result.name}
    if result.side:
        shown["connectorType"] = result.side.lower()
    return "drop_connector", _external(shown, result.external)


def _line(line: r.ConnectorLine, external: bool) -> dict[str, Any]:
    shown = {"name": line.name, "type": line.side, "className": line.class_name, "state": line.state}
    if external:
        shown["topicPrefix"] = line.topic_prefix
    return {key: value for key, value in shown.items() if value is not None}


def _list(result: r.ConnectorList) -> Shape:
    return "connector_list", _external({"connectors": [_line(c, result.external) for c in result.connectors]}, result.external)


def _plugins(result: r.ConnectorPlugins) -> Shape:
    return "connector_plugins_list", {"connectorsPlugins": [{"className": c, "type": t, "version": v} for c, t, v in result.plugins]}


def _described(result: r.ConnectorDescription) -> Shape:
    shown: dict[str, Any] = {
        "connectorClass": result.class_name,
        "status": result.status,
        "sources": [described.source(s) for s in result.sources],
        "topics": [t.topic for t in result.topics],
        "topicDetails": [{"name": t.name, "topic": t.topic, "schema": t.schema} for t in result.topics],
    }
    if result.topic_prefix is not None:
        shown["topicPrefix"] = result.topic_prefix
    if result.notes:
        shown["notes"] = list(result.notes)
    return "connector_description", _external(shown, result.external)


def _note(result: r.ConnectorNote) -> Shape:
    return "warning_entity", {"message": result.message}


def _change(result: r.ConnectorChange) -> Shape:
    changes = [{"key": c.key, "before": c.before, "after": c.after} for c in result.changes]
    return "connector_change", {"connectorName": result.name, "changes": changes, "altered": result.altered, "message": result.message}


def _text(result: r.ConnectorText) -> Shape:
    return "connector_text", {"connectorName": result.name, "content": result.content}


SHAPES: dict[type, Callable[[Any], Shape]] = {
    r.ConnectorCreated: _created,
    r.ConnectorDropped: _dropped,
    r.ConnectorList: _list,
    r.ConnectorPlugins: _plugins,
    r.ConnectorDescription: _described,
    r.ConnectorNote: _note,
    r.ConnectorChange: _change,
    r.ConnectorText: _text,
}
