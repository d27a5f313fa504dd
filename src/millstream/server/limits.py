"""What a request may hold: its body is bounded, whether it says how long it is or not. How long its headers may take is Granian's to watch
(``serve``)."""

from __future__ import annotations

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


def bounded(receive: Receive, most: int) -> Receive:
    """Raises RequestError 41300 once more than ``most`` bytes of a body came."""
    seen = 0

    async def receive_some() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > most:
            raise too_large(most)
        return message

    return receive_some
