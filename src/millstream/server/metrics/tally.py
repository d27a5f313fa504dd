"""What the server counts on its way for /metrics: an addition a request, on the event loop."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.types import ASGIApp

if TYPE_CHECKING:
    from millstream.server.metrics.rows import RowCounts

#: Key of an ASGI scope: the route that the request took. Its path would be a label without end.
ROUTE = "millstream.route"


class Tally:
    """One an application. Counters belong to the event loop, ``rows`` to whoever holds ``lock``."""

    def __init__(self) -> None:
        self.started = time.time()
        self.requests: Counter[tuple[str, str, str]] = Counter()
        #: Requests whose work is in the pool.
        self.busy = 0
        self.lock = threading.Lock()
        self.rows: RowCounts | None = None

    def answered(self, method: str, route: str, answer: ASGIApp) -> None:
        """``route`` is "" where there was none, or none was looked for."""
        status = answer.status_code if isinstance(answer, Response) else 200
        self.requests[method, route, str(status)] += 1
