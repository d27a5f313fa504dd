"""The application: a table of routes, and how a request comes to its handler, which is in the module of its endpoint.

No route matches: 404 "Not Found", also for another method or a media type that the route does not produce, as ksqlDB answers.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from urllib.parse import unquote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from millstream.config import Config
from millstream.dataclass import dataclass
from millstream.errors import MillstreamError
from millstream.server import accept, info, inserts, limits, queries, registry, statements, websocket
from millstream.server.access import Access
from millstream.server.answers import error_answer, failed_answer, not_found
from millstream.server.call import Call, Host
from millstream.server.metrics import CONTENT, PATH
from millstream.server.metrics.answer import metrics
from millstream.server.metrics.tally import ROUTE
from millstream.session.database import Database, Failed
from millstream.sql.mask import mask

log = logging.getLogger(__name__)
#: What a handler gives: any ASGI application (a Response, a Stream).
Handler = Callable[[Call], Awaitable[ASGIApp]]


@dataclass(frozen=True, slots=True)
class Route:
    """``produces`` are the media types it can answer with, the first for ``*/*``."""

    method: str
    path: str
    handler: Handler
    produces: tuple[str, ...] = (accept.JSON, accept.V1)


ROUTES = (
    Route("GET", "/info", info.server_info),
    Route("GET", PATH, metrics, CONTENT),
    Route("GET", "/healthcheck", info.healthcheck),
    Route("GET", "/v1/metadata", info.metadata),
    Route("GET", "/v1/metadata/id", info.metadata_id),
    Route("GET", "/chc/live", info.alive),
    Route("GET", "/chc/ready", info.ready),
    Route("GET", "/clusterStatus", info.cluster_status),
    Route("GET", "/status", info.statuses),
    Route("GET", "/status/{kind}/{entity}/{action}", info.status),
    Route("GET", "/is_valid_property/{name}", info.is_valid_property),
    Route("POST", "/heartbeat", info.heartbeat),
    Route("POST", "/lag", info.lag),
    Route("POST", "/ksql", statements.ksql),
    Route("POST", "/ksql/terminate", statements.terminate),
    Route("POST", "/query", queries.query, (accept.DELIMITED, accept.V1, accept.JSON, accept.PROTOBUF)),
    Route("POST", "/query-stream", queries.query_stream, (accept.DELIMITED, accept.JSON, accept.V1, accept.PROTOBUF)),
    Route("POST", "/close-query", queries.close_query),
    Route("POST", inserts.PATH, inserts.inserts_stream, (accept.DELIMITED, accept.JSON)),
)


class App(Host):
    """ksqlDB's REST API over a database."""

    def __init__(self, database: Database | None, access: Access | None = None, threads: int = 32, config: Config | None = None) -> None:
        super().__init__(database, access, threads, config)
        self._registry = registry.Api(self.config)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await (await self._answer(scope, receive))(scope, receive, send)
        elif scope["type"] == "websocket":
            await websocket.serve(self, scope, receive, send)
        elif scope["type"] == "lifespan":
            await _lifespan(receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> ASGIApp:
        request = self._request(scope, receive)
        if request.method == "OPTIONS" and (preflight := self.access.preflight(request)) is not None:
            return preflight
        answer = self.refusal(request) or self._too_large(request) or await self._routed(request)
        self.tally.answered(request.method, scope.get(ROUTE, ""), answer)
        if isinstance(answer, Response):
            answer.headers.update(self.access.cors(request))
        return answer

    def _request(self, scope: Scope, receive: Receive) -> Request:
        """With a body that is bounded, but where rows are streamed in."""
        if _streamed(scope):
            return Request(scope, receive)
        most, patience_ms = self.config.number("request.max.bytes"), self.config.number("request.body.timeout.ms")
        return Request(scope, limits.bounded(receive, most, patience_ms))

    def _too_large(self, request: Request) -> Response | None:
        """The answer to a body that is too long by what its headers say, before it is read."""
        try:
            if not _streamed(request.scope):
                limits.refuse_length(request, self.config.number("request.max.bytes"))
        except MillstreamError as error:
            return error_answer(error)
        return None

    async def _routed(self, request: Request) -> ASGIApp:
        path = request.url.path.rstrip("/") or "/"
        if request.method == "GET" and path == "/":
            return RedirectResponse("/info", 307)
        if request.method == "GET" and path == websocket.PATH:
            return Response(b'"Connection" header must be "Upgrade".', 400)
        for route in ROUTES:
            parameters = _match(route, request.method, path)
            if parameters is None:
                continue
            request.scope[ROUTE] = route.path
            media_type = accept.choose(request.headers.get("accept"), route.produces)
            if media_type is None:
                return not_found()
            return await self._handled(route, Call(self, request, parameters, media_type))
        return self._registry.answers(path, self.database) or not_found()

    async def _handled(self, route: Route, call: Call) -> ASGIApp:
        ready = self.state == "READY"
        try:
            return await route.handler(call)
        except Failed as failure:
            return failed_answer(failure)
        except MillstreamError as error:
            return error_answer(error)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody reads it
        except Exception as bug:
            log.exception("%s %s failed", call.request.method, call.request.url.path)
            if ready and self.state != "READY":  # what it worked with was closed meanwhile
                return self.unready()
            return error_answer(
                MillstreamError(f"Internal error: {type(bug).__name__}: {mask(str(bug))}", hint="The server's log says more.")
            )


def _streamed(scope: Scope) -> bool:
    """Whether the body is rows without end, of which each is bounded."""
    return bool(scope["path"] == inserts.PATH)


def _match(route: Route, method: str, path: str) -> dict[str, str] | None:
    """The path's parameters, percent-decoded, or None where method or path differ."""
    if route.method != method:
        return None
    wanted, given = route.path.split("/"), path.split("/")
    if len(wanted) != len(given):
        return None
    parameters: dict[str, str] = {}
    for want, got in zip(wanted, given, strict=True):
        if want.startswith("{"):
            parameters[want[1:-1]] = unquote(got)
        elif want != got:
            return None
    return parameters


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
