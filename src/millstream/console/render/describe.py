"""Relations, functions and queries in detail. Pure."""

from __future__ import annotations

from typing import Any

from millstream.console.render.results import Entity, Renderer, schema_text
from millstream.console.table import fields, table


def source(body: dict[str, Any], terminal: int | None) -> str:
    """A sourceDescription: a short form, and the long one when it was asked for."""
    head = [("Name", body["name"])]
    if body.get("extended"):
        head += [
            ("Type", body["type"]),
            ("Window", body.get("windowType") or "none"),
            ("Timestamp field", body.get("timestamp") or "Not set - using <ROWTIME>"),
            ("Key format", body["keyFormat"]),
            ("Value format", body["valueFormat"]),
            ("Kafka topic", f"{body['topic']} (partitions: {body['partitions']}, replication: {body['replication']})"),
            ("Statement", " ".join(str(body.get("statement") or "").split())),
        ]
    parts = [fields(head), table(["Field", "Type"], [[f["name"], _column(body, f)] for f in body["fields"]], terminal)]
    if body.get("extended"):
        parts += _queries(body)
        parts += [f"Runtime statistics\n{body['statistics']}"] if body.get("statistics") else []
    else:
        parts.append(f"For runtime statistics and query details run: DESCRIBE {body['name']} EXTENDED;")
    return "\n\n".join(parts)


def _column(body: dict[str, Any], field: dict[str, Any]) -> str:
    text = schema_text(field["schema"])
    if field.get("type") == "KEY":
        return f"{text} (primary key)" if body["type"] == "TABLE" and not body.get("windowType") else f"{text} (key)"
    if field.get("type") == "HEADER":
        return f"{text} (header('{field['headerKey']}'))" if field.get("headerKey") else f"{text} (headers)"
    return text


def _queries(body: dict[str, Any]) -> list[str]:
    parts = []
    for title, key in (("Queries that read from this", "readQueries"), ("Queries that write to this", "writeQueries")):
        lines = [f"{q['id']} ({q['state']}) : {' '.join(q['queryString'].split())}" for q in body.get(key) or []]
        if lines:
            parts.append("\n".join([f"{title} {body['type'].lower()}", *lines]))
    return parts


def _source(body: Entity, terminal: int | None) -> str:
    return source(body["sourceDescription"], terminal)


def _sources(body: Entity, terminal: int | None) -> str:
    return "\n\n".join(source(s, terminal) for s in body["sourceDescriptions"])


def query(body: dict[str, Any], terminal: int | None) -> str:
    """A queryDescription."""
    head: list[tuple[str, object]] = [("ID", body["id"]), ("Query Type", body.get("queryType"))]
    head += [(f"Status on {host}", state) for host, state in (body.get("ksqlHostQueryStatus") or {}).items()]
    parts = [fields(head), str(body["statementText"])]
    parts.append(table(["Field", "Type"], [[f["name"], _column({"type": "", **body}, f)] for f in body.get("fields") or []], terminal))
    for title, key in (("Sources that this query reads from", "sources"), ("Sinks that this query writes to", "sinks")):
        if body.get(key):
            parts.append("\n".join([f"{title}:", *(f"  {name}" for name in body[key])]))
    for title, key in (("Execution plan", "executionPlan"), ("Generated source", "topology")):
        if body.get(key):
            parts.append(f"{title}\n{'-' * len(title)}\n{body[key]}")
    if body.get("overriddenProperties"):
        parts.append(table(["Property", "Value"], [[k, v] for k, v in body["overriddenProperties"].items()], terminal))
    errors = [f"{e.get('type', 'ERROR')}: {e.get('errorMessage', e)}" for e in body.get("queryErrors") or []]
    if errors:
        parts.append("\n".join(["Errors", *errors]))
    return "\n\n".join(parts)


def _query(body: Entity, terminal: int | None) -> str:
    return query(body["queryDescription"], terminal)


def _query_list(body: Entity, terminal: int | None) -> str:
    return "\n\n".join(query(q, terminal) for q in body["queryDescriptions"])


def _function(body: Entity, _: int | None) -> str:
    parts = [
        fields([("Name", body["name"]), ("Author", body.get("author")), ("Overview", body.get("description")), ("Type", body["type"])])
    ]
    for variant in body["functions"]:
        arguments = [f"{a['name']} {a['type']}" + ("[]" if a.get("isVariadic") else "") for a in variant["arguments"]]
        lines = [f"{body['name']}({', '.join(arguments)})", f"  Returns     : {variant['returnType']}"]
        if variant.get("description"):
            lines.append(f"  Description : {variant['description']}")
        lines += [f"  {a['name']:12}: {a['description']}" for a in variant["arguments"] if a.get("description")]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


RENDERERS: dict[str, Renderer] = {
    "sourceDescription": _source,
    "source_descriptions": _sources,
    "queryDescription": _query,
    "query_descriptions": _query_list,
    "describe_function": _function,
}
