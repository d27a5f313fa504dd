"""docs/rest.md: the endpoints of the three REST APIs. Which there are comes from their route tables; the sentences are here."""

from __future__ import annotations

from typing import Any

from millstream.reference.markdown import code, table

#: ksqlDB's API.
KSQLDB: dict[str, str] = {
    "GET /info": "Version, cluster id, service id.",
    "GET /metrics": "What monitoring asks for, in Prometheus' text format ([operations](operations.md#monitor)).",
    "GET /healthcheck": "Whether definitions, the log and the runtime answer: `isHealthy` and `details`, always with 200.",
    "GET /v1/metadata": "Version and cluster.",
    "GET /v1/metadata/id": "Cluster id.",
    "GET /chc/live": "200 while the process runs.",
    "GET /chc/ready": "200; 503 on Kafka while the server starts, waits or stands by.",
    "GET /clusterStatus": "Hosts and whether they live; 404 unless `ksql.heartbeat.enable`.",
    "GET /status": "The state of every definition that was carried out.",
    "GET /status/{kind}/{entity}/{action}": "The state of one: its `commandId` is `kind/entity/action`.",
    "GET /is_valid_property/{name}": "Whether a session may set a setting.",
    "POST /heartbeat": "Accepted; there is one machine.",
    "POST /lag": "Accepted; there is one machine.",
    "POST /ksql": "Statements but queries: `{ksql, streamsProperties, sessionVariables, commandSequenceNumber}`; a list of entities.",
    "POST /ksql/terminate": "Ends the service: `{deleteTopicList}`.",
    "POST /query": "A query or PRINT: `{ksql, streamsProperties, sessionVariables}`; rows as they come.",
    "POST /query-stream": "A query or PRINT: `{sql, properties, sessionVariables}`; a header, then rows as they come. HTTP/1.1 and HTTP/2.",
    "POST /close-query": "Ends a push query: `{queryId}`.",
    "POST /inserts-stream": "Inserts rows: `{target}`, then one JSON object a line; an acknowledgement for each. HTTP/2 only.",
}

#: Kafka Connect's API, served by the built-in worker.
CONNECT: dict[str, str] = {
    "GET /": "Version and cluster id.",
    "GET /health": "Whether the worker is up.",
    "GET /connectors": "Names; `expand=status` and `expand=info` give more.",
    "POST /connectors": "Create: `{name, config, initial_state}`.",
    "GET /connectors/{name}": "Configuration, tasks, type.",
    "DELETE /connectors/{name}": "Delete. Topics stay.",
    "GET /connectors/{name}/config": "Configuration, secrets masked.",
    "PUT /connectors/{name}/config": "Create or replace. A masked secret keeps its old value.",
    "PATCH /connectors/{name}/config": "Change single keys; null removes one.",
    "GET /connectors/{name}/status": "State of connector and tasks, with the trace of a failure.",
    "GET /connectors/{name}/tasks": "The tasks' configurations.",
    "GET /connectors/{name}/tasks/{task}/status": "State of one task.",
    "POST /connectors/{name}/tasks/{task}/restart": "Start a task anew.",
    "POST /connectors/{name}/restart": "Start anew; `includeTasks`, `onlyFailed`.",
    "PUT /connectors/{name}/pause": "Hold the tasks.",
    "PUT /connectors/{name}/resume": "Go on.",
    "PUT /connectors/{name}/stop": "End the tasks, keep the connector.",
    "GET /connectors/{name}/topics": "Topics it has used.",
    "PUT /connectors/{name}/topics/reset": "Forget those.",
    "GET /connectors/{name}/offsets": "How far it has come.",
    "PATCH /connectors/{name}/offsets": "Change that, while it is stopped.",
    "DELETE /connectors/{name}/offsets": "Start from the beginning, while it is stopped.",
    "GET /connector-plugins": "Classes it can run; `connectorsOnly=false` adds transforms, predicates, converters.",
    "GET /connector-plugins/{plugin}/config": "A class's options.",
    "PUT /connector-plugins/{plugin}/config/validate": "Judge a configuration, option by option.",
    "GET /admin/loggers": "Loggers with a level of their own.",
    "GET /admin/loggers/{logger}": "One logger's level.",
    "PUT /admin/loggers/{logger}": "Set a level: `{level}`.",
}

#: The schema registry's API.
REGISTRY: dict[str, str] = {
    "GET /": "200 while it runs.",
    "GET /subjects": "Names; `deleted=true` adds those that were deleted softly.",
    "POST /subjects/{subject}": "Find a schema among a subject's versions.",
    "DELETE /subjects/{subject}": "Delete; `permanent=true` after a first time.",
    "GET /subjects/{subject}/versions": "Version numbers.",
    "POST /subjects/{subject}/versions": "Register: `{schema, schemaType, references}`; `{id}`.",
    "GET /subjects/{subject}/versions/{version}": "One version, or `latest`.",
    "GET /subjects/{subject}/versions/{version}/schema": "Its text.",
    "DELETE /subjects/{subject}/versions/{version}": "Delete one version.",
    "GET /schemas/types": "AVRO, JSON, PROTOBUF.",
    "GET /schemas/ids/{id}": "A schema by id.",
    "GET /schemas/ids/{id}/schema": "Its text.",
    "GET /schemas/ids/{id}/subjects": "Where it is used.",
    "GET /schemas/ids/{id}/versions": "Where it is used, with versions.",
    "POST /compatibility/subjects/{subject}/versions": "Whether a schema fits all versions.",
    "POST /compatibility/subjects/{subject}/versions/{version}": "Whether a schema fits one version.",
    "GET /config": "Compatibility level.",
    "PUT /config": "Set it: `{compatibility}`.",
    "DELETE /config": "Back to the default.",
    "GET /config/{subject}": "A subject's level.",
    "PUT /config/{subject}": "Set it.",
    "DELETE /config/{subject}": "Back to the global one.",
    "GET /mode": "READWRITE, READONLY or IMPORT.",
    "PUT /mode": "Set it: `{mode}`.",
    "DELETE /mode": "Back to the default.",
    "GET /mode/{subject}": "A subject's mode.",
    "PUT /mode/{subject}": "Set it.",
    "DELETE /mode/{subject}": "Back to the global one.",
}


def ksqldb() -> str:
    """ksqlDB's endpoints, and the websocket."""
    from millstream.server.access import OPEN
    from millstream.server.app import ROUTES
    from millstream.server.websocket import PATH

    rows = [[code(f"{r.method} {r.path}"), KSQLDB[f"{r.method} {r.path}"], ", ".join(map(code, r.produces))] for r in ROUTES]
    rows.append([code(f"websocket {PATH}"), "A query, in the `request` parameter as JSON: schema, rows and end as text frames.", ""])
    free = ", ".join(map(code, sorted(OPEN)))
    return table(["endpoint", "", "answers with"], rows) + f"\n\nWith `authentication.method=basic` all but these ask for it: {free}."


def connect() -> str:
    """The worker's endpoints."""
    from millstream.worker.api.app import build

    nothing: Any = None
    return _table(build(nothing, nothing, "").routes, CONNECT)


def registry() -> str:
    """The registry's endpoints."""
    from millstream.formats.registry.api import app

    nothing: Any = None
    return _table(app(nothing).routes, REGISTRY)


def served(routes: list[Any]) -> list[str]:
    """``METHOD /path`` of Starlette's routes, without what they add by themselves (HEAD)."""
    return [f"{method} {_plain(route.path)}" for route in routes for method in sorted(route.methods - {"HEAD"})]


def _plain(path: str) -> str:
    return "/".join(part.split(":")[0] + "}" if part.startswith("{") and ":" in part else part for part in path.split("/"))


def _table(routes: list[Any], texts: dict[str, str]) -> str:
    return table(["endpoint", ""], [[code(name), texts[name]] for name in served(routes)])
