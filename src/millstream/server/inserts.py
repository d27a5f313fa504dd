"""/inserts-stream: rows in, acknowledgements out, while both sides still talk. HTTP/2 only, as in ksqlDB."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from millstream.errors import MillstreamError, RequestError
from millstream.server import accept, bodies
from millstream.server.answers import dumps
from millstream.server.call import Call
from millstream.server.limits import too_large
from millstream.session.streaming import InsertStream

PATH = "/inserts-stream"
#: Rows that are written in one transaction at most.
MOST = 1000
#: How far apart, in seconds, writes of a client that does not wait for answers are begun: what comes meanwhile is one transaction.
APART_S = 0.004


async def inserts_stream(call: Call) -> ASGIApp:
    if not call.is_http2:
        raise RequestError("This endpoint is only available when using HTTP2", code=40004)
    lines = _lines(call.request.stream(), call.app.config.number("request.max.bytes"))
    first = await anext(lines, None)
    arguments = bodies.read(first[0] if first else b"", "target")
    stream = await call.run(partial(InsertStream, call.database, str(arguments["target"]), bodies.mapping(arguments, "properties")))
    rest = first[1:] if first else []
    return _Acknowledged(call, stream, rest, lines, as_array=call.media_type == accept.JSON)


async def _lines(chunks: AsyncIterator[bytes], most: int) -> AsyncIterator[list[bytes]]:
    """Complete lines as they arrive, those of one chunk together; blank ones are left out. Raises RequestError 41300 for one that is
    longer than ``most`` bytes."""
    pending = b""
    async for chunk in chunks:
        *complete, pending = (pending + chunk).split(b"\n")
        found = [line for line in complete if line.strip()]
        if found:
            yield found
        if len(pending) > most:
            raise too_large(most)
    if pending.strip():
        yield [pending]


class _Arriving:
    """Lines that arrive while earlier ones are written: they are written together then, so a quick client does not get ahead for long."""

    def __init__(self, lines: AsyncIterator[list[bytes]]) -> None:
        self._ready: list[bytes] = []
        self._ended = False
        self._news, self._room = asyncio.Event(), asyncio.Event()
        self._filling = asyncio.create_task(self._fill(lines))

    @property
    def ahead(self) -> bool:
        """Whether some are there already."""
        return bool(self._ready)

    async def take(self) -> list[bytes]:
        """What came since; nothing at the end. Raises what reading raised."""
        await self._news.wait()
        ready, self._ready = self._ready, []
        if self._ended and not ready:
            await self._filling
        if not self._ended:
            self._news.clear()
        self._room.set()
        return ready

    def close(self) -> None:
        self._filling.cancel()

    async def _fill(self, lines: AsyncIterator[list[bytes]]) -> None:
        try:
            async for more in lines:
                self._ready += more
                self._news.set()
                if len(self._ready) >= MOST:
                    self._room.clear()
                    await self._room.wait()
        finally:
            self._ended = True
            self._news.set()


class _Acknowledged:
    """The answer: one acknowledgement a row, in order; a bad row ends it with an InsertError."""

    def __init__(self, call: Call, stream: InsertStream, first: list[bytes], lines: AsyncIterator[list[bytes]], *, as_array: bool) -> None:
        self._call, self._stream, self._first, self._lines = call, stream, first, lines
        self._as_array = as_array
        self._count = 0

    async def __call__(self, _: Scope, __: Receive, send: Send) -> None:
        kind = accept.JSON if self._as_array else accept.DELIMITED
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind.encode())]})
        if self._as_array:
            await send({"type": "http.response.body", "body": b"[", "more_body": True})
        going_on = await self._take(self._first, send) if self._first else True
        arriving, loop = _Arriving(self._lines), asyncio.get_running_loop()
        try:
            while going_on and (lines := await arriving.take()):
                begun = loop.time()
                going_on = await self._take(lines, send)
                if arriving.ahead and (early := begun + APART_S - loop.time()) > 0:
                    await asyncio.sleep(early)
        except RequestError as error:
            await self._send(_failure(error, self._count), send)
        finally:
            arriving.close()
        await send({"type": "http.response.body", "body": b"]" if self._as_array else b"", "more_body": False})

    async def _take(self, lines: list[bytes], send: Send) -> bool:
        """Write the rows and acknowledge them; False after a bad one."""
        for start in range(0, len(lines), MOST):
            rows, fault = _parsed(lines[start : start + MOST])
            done, error = await self._call.run(partial(self._stream.write, rows))
            for _ in range(done):
                await self._send({"seq": self._count, "status": "ok"}, send)
            error = error or fault
            if error is not None:
                await self._send(_failure(error, self._count), send)
                return False
        return True

    async def _send(self, value: dict[str, Any], send: Send) -> None:
        text = dumps(value)
        part = (b"," if self._count else b"") + text if self._as_array else text + b"\n"
        self._count += 1
        await send({"type": "http.response.body", "body": part, "more_body": True})


def _parsed(lines: list[bytes]) -> tuple[list[dict[str, Any]], MillstreamError | None]:
    """The rows up to the first that is no JSON object."""
    from decimal import Decimal

    rows: list[dict[str, Any]] = []
    for line in lines:
        try:
            row = json.loads(line, parse_float=Decimal)
        except (ValueError, RecursionError):
            return rows, RequestError("Invalid JSON in inserts stream")
        if not isinstance(row, dict):
            return rows, RequestError("Invalid JSON in inserts stream")
        rows.append(row)
    return rows, None


def _failure(error: MillstreamError, number: int) -> dict[str, Any]:
    return {"@type": "InsertError", "status": "error", "seq": number, "message": error.message, "error_code": error.code}
