"""The answer to GET /metrics."""

from __future__ import annotations

from starlette.responses import Response
from starlette.types import ASGIApp

from millstream.server.call import Call


async def metrics(call: Call) -> ASGIApp:
    """Answers in every state of the server: one that starts or waits says so."""
    from millstream.server.metrics.readings import readings
    from millstream.server.metrics.text import written

    found = await call.run(lambda: readings(call.app))
    return Response(written(found), media_type="text/plain; version=0.0.4; charset=utf-8")
