"""Connectors, in ksqlDB's way and in KLIP 7's. Pure.

A connector entity that answers an EXTERNAL statement carries ``"external": true``; it is then printed as KLIP 7 prints it.
"""

from __future__ import annotations

from typing import Any

from millstream.console.render.results import Entity, Renderer
from millstream.console.table import box, fields, table


def _created(body: Entity, _: int | None) -> str:
    if body.get("external"):
        return box(f"{str(body['info'].get('type', '')).upper()} CREATED")
    return box(f"Created connector {body['info']['name']}")


def _dropped(body: Entity, _: int | None) -> str:
    if body.get("external"):
        return box(f"{str(body.get('connectorType', 'connector')).upper()} DROPPED")
    return box(f'Dropped connector "{body["connectorName"]}"')


def _list(body: Entity, terminal: int | None) -> str:
    rows = body["connectors"]
    if body.get("external"):
        header = ["name", "connector", "topic prefix"]
        return table(header, [[c["name"], c.get("className") or "", c.get("topicPrefix") or ""] for c in rows], terminal)
    header = ["Connector Name", "Type", "Class", "Status"]
    return table(header, [[c["name"], str(c.get("type", "")).upper(), c.get("className", ""), c.get("state", "")] for c in rows], terminal)


def _plugins(body: Entity, terminal: int | None) -> str:
    rows = [[p["className"], str(p["type"]).upper(), p.get("version") or ""] for p in body["connectorsPlugins"]]
    return table(["Class", "Type", "Version"], rows, terminal)


def _described(body: Entity, terminal: int | None) -> str:
    status = body["status"]
    tasks = status.get("tasks") or []
    if body.get("external"):
        parts = [
            "\n".join(
                [f"name: {status['name']}", f"connector: {body['connectorClass']}", f"topic-prefix: {body.get('topicPrefix') or ''}"]
            ),
            table(["worker id", "task", "status"], [[t["worker_id"], t["id"], _state(t)] for t in tasks], terminal),
        ]
        parts += [_topics(body, terminal)] if body.get("topicDetails") else []
    else:
        head = [("Name", status["name"]), ("Class", body["connectorClass"]), ("Type", status["type"])]
        connector = status["connector"]
        head += [("State", connector["state"]), ("WorkerId", connector["worker_id"])]
        head += [("Trace", _first_line(connector["trace"]))] if connector.get("trace") else []
        rows = [[t["id"], t["state"], _first_line(t.get("trace"))] for t in tasks]
        parts = [fields(head)] + ([table(["Task ID", "State", "Error Trace"], rows, terminal)] if rows else [])
        sources = [[s["name"], s["topic"], s["type"]] for s in body.get("sources") or []]
        parts += [table(["KSQL Source Name", "Kafka Topic", "Type"], sources, terminal)] if sources else []
        if body.get("topicDetails"):
            parts.append(_topics(body, terminal))
        elif body.get("topics"):
            parts.append(table(["Related Topics"], [[t] for t in body["topics"]], terminal))
    parts += [str(note) for note in body.get("notes") or []]
    return "\n\n".join(parts)


def _topics(body: Entity, terminal: int | None) -> str:
    details: list[dict[str, Any]] = body["topicDetails"]
    if body["status"].get("type") == "sink":
        return table(["name", "topic"], [[t["name"], t["topic"]] for t in details], terminal)
    return table(["name", "topic", "schema"], [[t["name"], t["topic"], t.get("schema") or ""] for t in details], terminal)


def _state(task: dict[str, Any]) -> str:
    reason = _first_line(task.get("trace"))
    return f"{task['state']}: {reason}" if reason else str(task["state"])


def _first_line(trace: str | None) -> str:
    return (trace or "").strip().split("\n", 1)[0]


def _changed(body: Entity, terminal: int | None) -> str:
    rows = [[c["key"], _setting(c.get("before")), _setting(c.get("after"))] for c in body["changes"]]
    shown = [table(["Property", "Before", "After"], rows, terminal)] if rows else []
    return "\n\n".join([*shown, box(str(body["message"]))])


def _setting(value: str | None) -> str:
    return "(not set)" if value is None else value


def _text(body: Entity, _: int | None) -> str:
    return str(body["content"])


RENDERERS: dict[str, Renderer] = {
    "connector_info": _created,
    "drop_connector": _dropped,
    "connector_list": _list,
    "connector_plugins_list": _plugins,
    "connector_description": _described,
    "connector_change": _changed,
    "connector_text": _text,
}
