"""GET /metrics: what monitoring asks for, in Prometheus' text format.

table     which metrics there are: name, kind, labels, what it says
tally     what is counted with each request
text      the text format
readings  their values now
rows      how many rows the queries' state holds, counted bit by bit
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.types import ASGIApp

if TYPE_CHECKING:
    from millstream.server.app import Call

PATH = "/metrics"
#: What a scraper may ask for; all get the text format, which each can read.
CONTENT = ("text/plain", "application/openmetrics-text")


async def metrics(call: Call) -> ASGIApp:
    """Answers in every state of the server: one that starts or waits says so."""
    from millstream.server.metrics.readings import readings
    from millstream.server.metrics.text import written

    found = await call.run(lambda: readings(call.app))
    return Response(written(found), media_type="text/plain; version=0.0.4; charset=utf-8")
