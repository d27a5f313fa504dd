"""What the server says about itself: /info, /healthcheck, /v1/metadata, /chc, /clusterStatus, /status, /is_valid_property,
/heartbeat, /lag."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlsplit

from starlette.responses import Response
from starlette.types import ASGIApp

from millstream import __version__
from millstream.config import DENIED, UNKNOWN, find, is_denied
from millstream.errors import ConfigError, MillstreamError, RequestError
from millstream.server import bodies
from millstream.server.answers import error_answer, json_answer
from millstream.server.call import Call
from millstream.session.results import CommandStatus
from millstream.types import quote

#: Clients read the numbers to know what they talk to: the API is that of ksqlDB 8.5.
VERSION = f"8.5.0-millstream-{__version__}"
CLUSTER = "millstream"
_KINDS = ("STREAM", "TABLE", "TYPE", "TERMINATE", "PAUSE", "RESUME", "CLUSTER", "TOPIC")


async def server_info(call: Call) -> ASGIApp:
    """Who this is; on Kafka also who leads the service."""
    service, state = call.app.config.text("service.id"), call.app.state
    status = "RUNNING" if state == "READY" else state
    shown = {"version": VERSION, "kafkaClusterId": CLUSTER, "ksqlServiceId": service, "serverStatus": status}
    if call.app.address is not None:
        shown |= {"leader": call.app.standing.leader or ""}
    return json_answer({"KsqlServerInfo": shown})


async def healthcheck(call: Call) -> ASGIApp:
    """Whether definitions, the log and the runtime answer. A standby is well while it knows who leads."""
    if call.app.state == "STANDBY":
        return json_answer({"isHealthy": call.app.standing.trouble is None, "details": {}, "serverState": "STANDBY"})
    database = call.database

    def look() -> dict[str, bool]:
        return {"metastore": True, "kafka": _works(database.log.topics), "commandRunner": _works(database.runtime.status)}

    details = await call.run(look)
    healthy = all(details.values())
    shown = {name: {"isHealthy": state} for name, state in details.items()}
    return json_answer({"isHealthy": healthy, "details": shown, "serverState": call.app.state})


def _works(look: Any) -> bool:
    try:
        look()
    except MillstreamError:
        return False
    return True


def _scope(call: Call) -> dict[str, Any]:
    clusters = {"kafka-cluster": CLUSTER, "ksql-cluster": call.app.config.text("service.id")}
    return {"scope": {"path": [], "clusters": clusters}, "id": ""}


async def metadata(call: Call) -> ASGIApp:
    return json_answer({"version": VERSION, "clusterId": _scope(call)})


async def metadata_id(call: Call) -> ASGIApp:
    return json_answer(_scope(call))


async def alive(_: Call) -> ASGIApp:
    return json_answer({})


async def ready(call: Call) -> ASGIApp:
    """Whether requests should come here: not to a standby."""
    return json_answer({}) if call.app.address is None or call.app.state == "READY" else call.app.unready()


async def cluster_status(call: Call) -> ASGIApp:
    """One machine, always alive, where ksql.heartbeat.enable asks for it; on Kafka this server and the one that leads."""
    own = call.app.address
    if own is None:
        if not call.app.config.flag("ksql.heartbeat.enable"):
            return Response(status_code=404)
        return json_answer({"clusterStatus": {call.request.headers.get("host", "localhost:8088"): _alive()}})
    leader = call.app.standing.leader
    shown = {urlsplit(url).netloc: {**_alive(), "role": "LEADER" if url == leader else "STANDBY"} for url in (leader, own) if url}
    return json_answer({"clusterStatus": shown})


def _alive() -> dict[str, Any]:
    return {
        "hostAlive": True,
        "lastStatusUpdateMs": time.time_ns() // 1_000_000,
        "activeStandbyPerQuery": {},
        "hostStoreLags": {"stateStoreLags": {}, "updateTimeMs": 0},
    }


def _known(call: Call) -> dict[str, CommandStatus]:
    """Commands of this run, and those whose definitions were there before it."""
    known = {
        f"{x.kind.lower()}/{quote(x.name)}/create": CommandStatus(
            (x.kind.lower(), quote(x.name), "create"), f"{x.kind.capitalize()} created"
        )
        for x in call.database.catalog.relations.values()
    }
    return {**known, **call.database.statuses}


async def statuses(call: Call) -> ASGIApp:
    return json_answer({"commandStatuses": {name: status.status for name, status in _known(call).items()}})


async def status(call: Call) -> ASGIApp:
    kind, entity, action = (call.parameters[name] for name in ("kind", "entity", "action"))
    if kind.upper() not in _KINDS:
        return error_answer(RequestError(f"There is no command type '{kind}'. Types are {', '.join(_KINDS)}.", code=50000))
    found = _known(call).get(f"{kind}/{entity}/{action}")
    if found is None:
        raise RequestError("Command not found", code=40400)
    return json_answer({"status": found.status, "message": found.message, "queryId": found.query_id})


async def is_valid_property(call: Call) -> ASGIApp:
    name = call.parameters["name"]
    setting = find(name)
    if setting is None:
        raise ConfigError(UNKNOWN.format(name))
    if is_denied(setting, call.database.config.items("ksql.properties.overrides.denylist")):
        raise ConfigError(DENIED.format(name))
    return json_answer(True)


async def heartbeat(call: Call) -> ASGIApp:
    """Another server lives. There is one machine here, so nothing is done with it."""
    host = bodies.read(await call.request.body()).get("hostInfo")
    if not isinstance(host, str):
        raise RequestError("Invalid JSON in request: 'hostInfo' must be a text 'host:port'")
    return json_answer({"isOk": True})


async def lag(call: Call) -> ASGIApp:
    bodies.read(await call.request.body())
    return json_answer({"isOk": True})
