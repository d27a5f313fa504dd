"""/ws/query: a query's schema, rows and end as text frames."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from millstream.errors import MillstreamError
from millstream.server.answers import not_found
from millstream.server.call import Host
from millstream.server.queries import in_thread, pushed_rows
from millstream.server.shapes.errors import message_of
from millstream.server.shapes.schema import fields
from millstream.server.shapes.values import row_encoder, utf8
from millstream.server.standing import unready
from millstream.session import results as r
from millstream.session.database import Failed

PATH = "/ws/query"
DONE, BAD, BROKEN = 1000, 1003, 1011
#: Bytes of a close frame's reason.
REASON = 123


class _Refused(Exception):
    """Ends the conversation with a message."""

    def __init__(self, message: str, code: int = BAD) -> None:
        super().__init__(message)
        self.message, self.code = message, code


async def serve(app: Host, scope: Scope, receive: Receive, send: Send) -> None:
    socket = WebSocket(scope, receive, send)
    refused = not_found() if scope["path"].rstrip("/") != PATH else app.refusal(socket)
    if refused is not None:
        await socket.send_denial_response(refused) if "websocket.http.response" in scope.get("extensions", {}) else await socket.close(BAD)
        return
    await socket.accept()
    try:
        await _converse(app, socket)
        await _end(socket, "done", DONE)
    except _Refused as refusal:
        await _end(socket, refusal.message, refusal.code)
    except (WebSocketDisconnect, RuntimeError):
        pass  # the client is gone


async def _end(socket: WebSocket, message: str, code: int) -> None:
    await socket.send_text(json.dumps({"error": message}, ensure_ascii=False, separators=(",", ":")))
    reason = utf8(message)
    if len(reason) > REASON:
        reason = reason[: REASON - 3] + b"..."
    await socket.close(code, reason.decode(errors="ignore"))


async def _converse(app: Host, socket: WebSocket) -> None:
    answer = await _open(app, _request(socket))
    if isinstance(answer, r.Printed):
        async for line in in_thread(app, answer.lines):
            if line is not None:
                await socket.send_text(json.dumps(line, ensure_ascii=False))
        return
    columns = list(answer.schema)
    encode = row_encoder([c.type for c in columns])
    try:
        await socket.send_text(json.dumps(fields(columns, answer.keyed), ensure_ascii=False, separators=(",", ":")))
        async for row in _rows(app, answer):
            mark = ',"tombstone":true' if row.tombstone else ""
            await socket.send_text(utf8(f'{{"row":{{"columns":{encode(row.values)}{mark}}}}}').decode())
    finally:
        app.later(answer.close)


async def _rows(app: Host, answer: r.QueryAnswer) -> AsyncIterator[Any]:
    if answer.start is not None:
        async for rows, error in pushed_rows(app, answer):
            if error is not None:
                raise _Refused(error, BROKEN)
            for row in rows:
                yield row
        return
    try:
        async for batch in in_thread(app, answer.batches or iter(())):
            for row in batch:
                yield row
    except MillstreamError as error:
        raise _Refused(error.message, BROKEN) from error


def _request(socket: WebSocket) -> dict[str, Any]:
    raw = socket.query_params.get("request")
    if raw is None:
        raise _Refused("Error parsing request: missing request parameter")
    try:
        body = json.loads(raw)
    except ValueError as fault:
        raise _Refused(f"Error parsing request: {fault}") from None
    if not isinstance(body, dict) or not isinstance(body.get("ksql"), str):
        raise _Refused("Error parsing request: expected an object with a 'ksql' field")
    return body


async def _open(app: Host, body: dict[str, Any]) -> r.QueryAnswer | r.Printed:
    database = app.database
    if database is None:
        raise _Refused(message_of(unready(app.state, app.standing)))
    try:
        return await app.run(partial(database.query, body["ksql"], body.get("streamsProperties"), body.get("sessionVariables")))
    except Failed as failure:
        raise _Refused(f"Error parsing query: {message_of(failure.error)}") from failure
    except MillstreamError as error:
        raise _Refused(f"Error parsing request: {error.message}") from error
