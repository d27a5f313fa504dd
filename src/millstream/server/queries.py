"""/query, /query-stream, /close-query: push and pull queries, and PRINT."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Any, TypeVar

from starlette.responses import Response
from starlette.types import ASGIApp

from millstream.errors import ConfigError, ExecutionError, MillstreamError, RequestError
from millstream.runtime import Row
from millstream.server import accept, bodies
from millstream.server.answers import Stream
from millstream.server.bridge import Bridge
from millstream.server.call import Call, Host
from millstream.server.shapes.values import utf8
from millstream.server.writers import COMPLETED, LIMIT_REACHED, Writer, writer_for
from millstream.session import results as r

T = TypeVar("T")
#: Rows of a pull query that go out as one part at most.
PART_ROWS = 200


async def query(call: Call) -> ASGIApp:
    """The older endpoint. Without an Accept header its rows are objects."""
    body = bodies.read(await call.request.body())
    text = body.get("ksql")
    if not text:
        raise RequestError('"ksql" field must be populated')
    answer = await _open(call, str(text), bodies.mapping(body, "streamsProperties"), bodies.mapping(body, "sessionVariables"))
    if isinstance(answer, r.Printed):
        return _printed_on_query(call, answer)
    as_objects = call.media_type in ("", accept.JSON)
    return answer_stream(call.app, answer, writer_for(accept.V1 if as_objects else call.media_type, answer))


async def query_stream(call: Call) -> ASGIApp:
    body = bodies.read(await call.request.body(), "sql")
    try:
        answer = await _open(call, str(body["sql"]), bodies.mapping(body, "properties"), bodies.mapping(body, "sessionVariables"))
    except ConfigError as error:
        raise ConfigError(error.message, hint=error.hint, code=40000) from None
    if isinstance(answer, r.Printed):
        if call.media_type not in ("", accept.DELIMITED):
            answer.close()
            return Response(status_code=406)
        return _printed(call.app, answer, accept.DELIMITED, head=[])
    return answer_stream(call.app, answer, writer_for(call.media_type or accept.DELIMITED, answer))


async def close_query(call: Call) -> ASGIApp:
    query_id = str(bodies.read(await call.request.body(), "queryId")["queryId"])
    if not await call.run(partial(call.database.transients.stop, query_id)):
        raise RequestError(f"No query with id {query_id}")
    return Response(status_code=200)


async def _open(call: Call, text: str, properties: dict[str, Any], variables: dict[str, Any]) -> r.QueryAnswer | r.Printed:
    return await call.run(partial(call.database.query, text, properties, variables))


def answer_stream(app: Host, answer: r.QueryAnswer, writer: Writer) -> Stream:
    """The query's rows in a writer's framing."""
    parts = _pushed(app, answer, writer) if answer.start is not None else _pulled(app, answer, writer)
    return Stream(parts, writer.media_type, lambda: app.later(answer.close))


async def _pushed(app: Host, answer: r.QueryAnswer, writer: Writer) -> AsyncIterator[bytes]:
    """The header as soon as the query runs, so that who has it misses no later record; then every row in a part of its own."""
    count, begun = 0, False
    async for rows, error in pushed_rows(app, answer):
        if not begun:
            begun = True
            yield writer.header()
        if error is not None:
            for part in writer.error(ExecutionError(error)):
                yield part
            return
        for row in rows:
            count += 1
            encoded = writer.row(row)
            if encoded is not None:
                yield encoded
    for part in writer.end(LIMIT_REACHED if answer.limit is not None and count >= answer.limit else COMPLETED):
        yield part


async def pushed_rows(app: Host, answer: r.QueryAnswer) -> AsyncIterator[tuple[list[Row], str | None]]:
    """Batches of a push query, an empty one when it runs; an error text comes last, if the query ended by one."""
    assert answer.start is not None
    bridge = Bridge(asyncio.get_running_loop())
    try:
        bridge.handle = await app.run(partial(answer.start, bridge.on_rows, bridge.on_end))
    except MillstreamError as error:
        yield [], error.message
        return
    yield [], None
    async for rows in bridge.batches():
        yield rows, None
    if bridge.error is not None:
        yield [], bridge.error


async def _pulled(app: Host, answer: r.QueryAnswer, writer: Writer) -> AsyncIterator[bytes]:
    """Header and rows of one batch share a part where nobody waits for the header alone."""
    pending, count = writer.header(), 0
    if answer.finite:
        yield pending
        pending = b""
    try:
        async for rows in in_thread(app, answer.batches or iter(())):
            for start in range(0, len(rows), PART_ROWS):
                parts = [p for row in rows[start : start + PART_ROWS] if (p := writer.row(row)) is not None]
                yield pending + b"".join(parts)
                pending = b""
            count += len(rows)
    except MillstreamError as error:
        for part in [pending, *writer.error(error)]:
            yield part
        return
    message = LIMIT_REACHED if answer.limit is not None and count >= answer.limit else COMPLETED
    ending = writer.end(message)
    if pending or ending:
        yield pending + b"".join(ending)


async def in_thread(app: Host, batches: Iterator[T]) -> AsyncIterator[T]:
    """A blocking iterator's items, each fetched in a worker thread."""
    end = object()

    def fetch() -> Any:
        return next(batches, end)

    while (item := await app.run(fetch)) is not end:
        yield item


def _printed_on_query(call: Call, printed: r.Printed) -> ASGIApp:
    """Formats first, as ksqlDB's console expects; HTTP/1.1 only."""
    if call.media_type == accept.DELIMITED and call.request.headers.get("accept", "") not in ("", "*/*"):
        return _printed(call.app, printed, accept.DELIMITED, head=[])
    if call.is_http2:
        printed.close()
        return Response(status_code=405)
    key, value = printed.formats
    return _printed(call.app, printed, accept.JSON, head=[f"Key format: {key}\n", f"Value format: {value}\n"])


def _printed(app: Host, printed: r.Printed, media_type: str, head: list[str]) -> ASGIApp:
    async def parts() -> AsyncIterator[bytes]:
        for formats in head:
            yield formats.encode()
        async for line in in_thread(app, printed.lines):
            if line is not None:
                yield utf8(line + "\n")
            elif head:
                yield b"\n"

    return Stream(parts(), media_type, printed.close)
