"""/ksql and /ksql/terminate: statements that are no queries."""

from __future__ import annotations

from functools import partial

from starlette.types import ASGIApp

from millstream.errors import ConfigError, RequestError
from millstream.server import bodies
from millstream.server.answers import error_answer, json_answer
from millstream.server.call import Call
from millstream.server.shapes import entity
from millstream.session import results as r


async def ksql(call: Call) -> ASGIApp:
    """An entity for each statement that has one."""
    raw = await call.request.body()
    if not raw:
        return error_answer(RequestError("The request has no body: expected JSON with a 'ksql' field.", code=50000))
    body = bodies.read(raw)
    text = body.get("ksql") or ""
    if not isinstance(text, str):
        raise RequestError(f"Invalid JSON in request: 'ksql' must be a text, got {type(text).__name__}")
    properties, variables = bodies.mapping(body, "streamsProperties"), bodies.mapping(body, "sessionVariables")
    after = body.get("commandSequenceNumber")
    work = partial(call.database.execute, text, properties, variables, after if isinstance(after, int) else None)
    try:
        results = await call.run(work)
    except ConfigError as error:
        return error_answer(error, text if error.code == 50000 else None)
    return json_answer([entity(result) for result in results])


async def terminate(call: Call) -> ASGIApp:
    """End the cluster: queries, definitions, and the topics that match; from then on every request is refused."""
    body = bodies.read(await call.request.body())
    patterns = body.get("deleteTopicList") or []
    if not isinstance(patterns, list) or not all(isinstance(p, str) for p in patterns):
        raise RequestError("Invalid JSON in request: 'deleteTopicList' must be a list of patterns")
    await call.run(partial(call.database.terminate, patterns))
    call.app.state = "TERMINATING"
    result = r.CommandStatus(("cluster", "TerminateCluster", "terminate"), "Cluster terminated.", sequence=call.database.catalog.sequence)
    result.text = "TERMINATE CLUSTER;"
    return json_answer([entity(result)])
