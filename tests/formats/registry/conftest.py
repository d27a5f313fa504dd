"""The registry's API without a server: a synchronous transport that calls the ASGI application."""

import asyncio
from typing import Any

import httpx
import pytest

from millstream.formats.registry.api import app
from millstream.formats.registry.store import SchemaStore
from millstream.log.memory import MemoryLog


class Direct(httpx.BaseTransport):
    """One request at a time, each in a loop of its own."""

    def __init__(self, application: Any) -> None:
        self._inner = httpx.ASGITransport(application)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        async def call() -> httpx.Response:
            answer = await self._inner.handle_async_request(request)
            return httpx.Response(answer.status_code, headers=answer.headers, content=await answer.aread())

        return asyncio.run(call())


@pytest.fixture
def direct() -> Direct:
    return Direct(app(SchemaStore(MemoryLog())))


@pytest.fixture
def http(direct: Direct) -> httpx.Client:
    return httpx.Client(transport=direct, base_url="http://registry")
