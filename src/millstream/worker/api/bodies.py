"""Request bodies as Kafka's REST server reads them, and errors as it answers them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from millstream.errors import MillstreamError
from millstream.worker.errors import RestError
from millstream.worker.log_names import logger

Handler = Callable[[Request], Awaitable[Response]]
_REASONS = {404: "Not Found", 405: "Method Not Allowed", 415: "Unsupported Media Type"}


def answer(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(msgspec.json.encode(body), status, headers, "application/json")


def empty(status: int) -> Response:
    return Response(status_code=status)


def failure(status: int, message: str) -> Response:
    """``{"error_code", "message"}``."""
    return answer({"error_code": status, "message": message}, status)


async def in_thread(action: Callable[..., Any], *args: Any, **named: Any) -> Any:
    """Run what may block (locks, the log, a database) away from the event loop."""
    return await run_in_threadpool(action, *args, **named)


async def body_of(request: Request) -> Any:
    """The JSON body; None for an empty one."""
    kind = request.headers.get("content-type", "application/json").split(";")[0].strip().lower()
    if kind != "application/json":
        raise RestError(415, "HTTP 415 Unsupported Media Type")
    data = await request.body()
    if not data:
        return None
    try:
        return msgspec.json.decode(data)
    except msgspec.DecodeError as e:
        raise RestError(500, f"The body is not JSON: {e}") from None


def flat_map(body: Any, *, nulls: bool = False) -> dict[str, Any]:
    """A body that is a map of texts. Numbers and booleans become texts, as Kafka's reader makes them."""
    if not isinstance(body, dict):
        raise RestError(500, f"Expected a JSON object of configuration keys and values, got {_kind(body)}")
    return {k: v if v is None else config_text(k, v) for k, v in body.items() if nulls or v is not None}


def config_text(key: str, value: Any) -> str:
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case _:
            raise RestError(500, f"The value of configuration {key} is {_kind(value)}: expected a text, a number or a boolean")


def _kind(value: Any) -> str:
    return {dict: "an object", list: "an array", str: "a text", type(None): "nothing"}.get(type(value), type(value).__name__)


async def on_rest_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RestError)
    return failure(error.http, error.message)


async def on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return failure(error.status_code, f"HTTP {error.status_code} {_REASONS.get(error.status_code, error.detail)}")


async def on_error(request: Request, error: Exception) -> Response:
    """Anything else: 500 with the text of our own errors, never the text of foreign ones (they may hold secrets)."""
    if isinstance(error, MillstreamError):
        return failure(500, error.message)
    logger("api").exception("%s %s failed", request.method, request.url.path)
    return failure(500, f"The worker failed with {type(error).__name__}; its log has the details.")
