"""Lists and messages: what most statements answer. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from millstream.console.table import box, fit, table

Entity = dict[str, Any]
Renderer = Callable[[Entity, int | None], str]


def schema_text(schema: dict[str, Any]) -> str:
    """A SchemaInfo as SQL text."""
    kind = schema.get("type")
    if kind == "ARRAY":
        return f"ARRAY<{schema_text(schema['memberSchema'])}>"
    if kind == "MAP":
        return f"MAP<STRING, {schema_text(schema['memberSchema'])}>"
    if kind == "STRUCT":
        return "STRUCT<" + ", ".join(f"{f['name']} {schema_text(f['schema'])}" for f in schema.get("fields") or []) + ">"
    if kind == "DECIMAL":
        given = schema.get("parameters") or {}
        return f"DECIMAL({given.get('precision')}, {given.get('scale')})"
    return "VARCHAR" if kind == "STRING" else str(kind)


def unknown(body: Entity) -> str:
    return json.dumps(body, indent=2, ensure_ascii=False)


def _status(body: Entity, _: int | None) -> str:
    return box(str(body["commandStatus"]["message"]))


def _warning(body: Entity, _: int | None) -> str:
    return box(str(body["message"]))


def _sources(body: Entity, terminal: int | None) -> str:
    rows = body.get("streams") if "streams" in body else body.get("tables")
    name = "Stream Name" if "streams" in body else "Table Name"
    header = [name, "Kafka Topic", "Key Format", "Value Format", "Windowed"]
    return table(
        header, [[r["name"], r["topic"], r["keyFormat"], r["valueFormat"], r.get("isWindowed", False)] for r in rows or []], terminal
    )


def _topics(body: Entity, terminal: int | None) -> str:
    extended = body["@type"] == "kafka_topics_extended"
    header = ["Kafka Topic", "Partitions", "Partition Replicas", *(["Consumers", "ConsumerGroups"] if extended else [])]
    rows = []
    for topic in body["topics"]:
        replicas = topic["replicaInfo"]
        shown = replicas[0] if len(set(replicas)) == 1 else ", ".join(map(str, replicas))
        rows.append([topic["name"], len(replicas), shown, *([topic["consumerCount"], topic["consumerGroupCount"]] if extended else [])])
    return table(header, rows, terminal)


def _queries(body: Entity, terminal: int | None) -> str:
    header = ["Query ID", "Query Type", "Status", "Sink Name", "Sink Kafka Topic", "Lag", "Query String"]
    rows = [
        [
            q["id"],
            q["queryType"],
            ", ".join(f"{state}:{count}" for state, count in q["statusCount"].items()) or q["state"],
            ",".join(q["sinks"]),
            ",".join(q["sinkKafkaTopics"]),
            q.get("lag", ""),
            fit(" ".join(q["queryString"].split()), 100),
        ]
        for q in body["queries"]
    ]
    text = table(header, rows, terminal)
    failed = [f"{q['id']}: {q['lastError']}" for q in body["queries"] if q.get("lastError")]
    return "\n".join([text, *failed, "For detailed information on a query: EXPLAIN <Query ID>;"])


def _properties(body: Entity, terminal: int | None) -> str:
    defaults = set(body.get("defaultProperties") or [])
    header = ["Property", "Scope", "Level", "Default override", "Effective Value"]
    rows = [
        [p["name"], p.get("scope"), p.get("level"), "" if p["name"] in defaults else "yes", p.get("value")]
        for p in sorted(body["properties"], key=lambda p: str(p["name"]))
    ]
    return table(header, rows, terminal)


def _functions(body: Entity, terminal: int | None) -> str:
    rows = sorted([f["name"], f.get("category") or "", f["type"]] for f in body["functions"])
    return (
        table(["Function Name", "Category", "Type"], rows, terminal)
        + "\n\nFor detailed information on a function: DESCRIBE FUNCTION <Name>;"
    )


def _types(body: Entity, terminal: int | None) -> str:
    return table(["Type Name", "Schema"], [[n, schema_text(s)] for n, s in sorted(body["types"].items())], terminal)


def _variables(body: Entity, terminal: int | None) -> str:
    return table(["Variable Name", "Value"], [[v["name"], v["value"]] for v in body["variables"]], terminal)


def _terminated(body: Entity, _: int | None) -> str:
    return box(f"Query {body['queryId']} terminated." if body.get("wasTerminated") else f"Query {body['queryId']} was not running.")


def _assert_topic(body: Entity, _: int | None) -> str:
    return box(f"Topic {body['topicName']} {'exists' if body['exists'] else 'does not exist'}.")


def _assert_schema(body: Entity, _: int | None) -> str:
    named = [f"subject name {body['subject']}"] if body.get("subject") else []
    named += [f"id {body['id']}"] if body.get("id") is not None else []
    return box(f"Schema with {' and '.join(named)} {'exists' if body['exists'] else 'does not exist'}.")


def _assert_values(body: Entity, _: int | None) -> str:
    return box(f"Record {body['offset'] + 1} of {body['sourceName']} is as asserted.")


def _assert_source(body: Entity, _: int | None) -> str:
    return box(f"{body['sourceType'].capitalize()} {body['sourceName']} is as asserted.")


RENDERERS: dict[str, Renderer] = {
    "currentStatus": _status,
    "warning_entity": _warning,
    "streams": _sources,
    "tables": _sources,
    "kafka_topics": _topics,
    "kafka_topics_extended": _topics,
    "queries": _queries,
    "properties": _properties,
    "function_names": _functions,
    "type_list": _types,
    "variables": _variables,
    "terminate_query": _terminated,
    "assert_topic": _assert_topic,
    "assert_schema": _assert_schema,
    "assert_values": _assert_values,
    "assert_source": _assert_source,
}
