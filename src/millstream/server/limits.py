"""What a request may hold, and how long its body may take: it is bounded, whether it says how long it is or not. How long its headers may
take is Granian's to watch (``serve``), and how long it may take to begin ``silent``'s."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.types import Message, Receive

from millstream.errors import RequestError


def too_large(most: int) -> RequestError:
    return RequestError(
        f"The request is larger than {most:,} bytes.",
        hint="Send less at a time (/inserts-stream takes any number of rows), or raise the setting request.max.bytes.",
        code=41300,
    )


def refuse_length(request: Request, most: int) -> None:
    """Raises RequestError 41300 for a body that is too long by what its headers say."""
    said = request.headers.get("content-length", "")
    if said.isdecimal() and int(said) > most:
        raise too_large(most)


def bounded(receive: Receive, most: int, patience_ms: int) -> Receive:
    """Raises RequestError 41300 once more than ``most`` bytes of a body came, and 40800 where the next part of it does not come in time."""
    seen, whole = 0, False

    async def receive_some() -> Message:
        nonlocal seen, whole
        try:
            async with asyncio.timeout(None if whole else patience_ms / 1000):
                message = await receive()
        except TimeoutError:
            raise RequestError(
                f"The request is not whole: nothing more of its body came for {patience_ms:,} ms.",
                hint="Send as many bytes as its Content-Length says. The setting request.body.timeout.ms is how long is waited for them.",
                code=40800,
            ) from None
        whole = not message.get("more_body", False)
        seen += len(message.get("body", b""))
        if seen > most:
            raise too_large(most)
        return message

    return receive_some
