"""Answers: JSON, errors, and streams whose every part is a frame of its own and that end when their client leaves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from millstream.errors import MillstreamError
from millstream.server.accept import JSON
from millstream.server.shapes import entity, error_body
from millstream.server.shapes.values import utf8
from millstream.session.database import Failed


def dumps(value: Any) -> bytes:
    return utf8(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def json_answer(value: Any, status: int = 200) -> Response:
    return Response(dumps(value), status, media_type=JSON)


def not_found() -> Response:
    """What ksqlDB says to anything it has no route for."""
    return Response(b"Not Found", 404)


def error_answer(error: MillstreamError, statement: str | None = None, entities: list[dict[str, Any]] | None = None) -> Response:
    return json_answer(error_body(error, statement, entities), error.status)


def failed_answer(failure: Failed) -> Response:
    """A request that failed at a statement, with what the statements before it answered."""
    return error_answer(failure.error, failure.text or "", [entity(result) for result in failure.results])


class Stream:
    """An ASGI application that sends parts as they come, each in a message of its own. ``close`` is called once, however it ends."""

    def __init__(self, parts: AsyncIterator[bytes], media_type: str, close: Callable[[], None] = lambda: None) -> None:
        self._parts = parts
        self._headers = [(b"content-type", media_type.encode())]
        self._close = close

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        writer = asyncio.ensure_future(self._write(send))
        watcher = asyncio.ensure_future(_until_gone(receive))
        try:
            await asyncio.wait((writer, watcher), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._close()
            for task in (writer, watcher):
                if not task.done():
                    task.cancel()
            await asyncio.gather(writer, watcher, return_exceptions=True)

    async def _write(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self._headers})
        async for part in self._parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
