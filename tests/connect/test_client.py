"""The one seam to Connect: its errors become ours, with its status and message; what passes is tried again."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from millstream.connect.client import ConnectClient
from millstream.errors import ConnectError


def _client(answer: Callable[[httpx.Request], httpx.Response]) -> ConnectClient:
    return ConnectClient("http://connect/prefix/", transport=httpx.MockTransport(answer))


def test_names_are_escaped_and_prefixes_kept() -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.raw_path.decode())
        return httpx.Response(200, json={"name": "a/b c"})

    _client(answer).info("a/b c")
    assert seen == ["/prefix/connectors/a%2Fb%20c"]


def test_connects_error_keeps_status_and_message() -> None:
    client = _client(lambda _: httpx.Response(404, json={"error_code": 404, "message": "Connector x not found"}))
    with pytest.raises(ConnectError) as caught:
        client.status("x")
    assert (caught.value.code, caught.value.status, caught.value.message) == (40400, 404, "Connector x not found")


def test_a_rebalance_is_waited_for_and_a_duplicate_is_not() -> None:
    calls: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        calls.append(request.method)
        if request.method == "POST":
            return httpx.Response(409, json={"message": "Connector x already exists"})
        return httpx.Response(409, json={"message": "rebalance"}) if len(calls) < 3 else httpx.Response(200, json=["x"])

    client = _client(answer)
    assert client.names() == ["x"]
    assert len(calls) == 3
    with pytest.raises(ConnectError, match="already exists"):
        client.create("x", {})
    assert len(calls) == 4


def test_nobody_there_is_told_with_the_address() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(ConnectError, match="Could not connect to Kafka Connect at http://connect/prefix") as caught:
        _client(answer).names()
    assert caught.value.code == 50000


def test_clusters_that_do_not_track_topics_have_none() -> None:
    assert _client(lambda _: httpx.Response(403, json={"message": "disabled"})).topics("x") == []


def test_single_keys_are_patched_and_older_clusters_given_the_whole() -> None:
    """Connect before Kafka 3.8 has no PATCH."""
    seen: list[tuple[str, bytes]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append((request.method, request.content))
        if request.method == "PATCH":
            return httpx.Response(405, json={"error_code": 405, "message": "HTTP 405 Method Not Allowed"})
        return httpx.Response(200, json={"a": "1", "b": "2"})

    _client(answer).patch("x", {"b": None, "c": "3"})
    assert seen == [("PATCH", b'{"b":null,"c":"3"}'), ("GET", b""), ("PUT", b'{"a":"1","c":"3"}')]


def test_plugin_types_are_taken_in_any_case() -> None:
    """Kafka 4.2 answers them in capitals."""
    plugins = [{"class": "A", "type": "SOURCE"}, {"class": "B", "type": "sink"}, {"class": "C", "type": "TRANSFORMATION"}]
    assert [p["type"] for p in _client(lambda _: httpx.Response(200, json=plugins)).plugins()] == ["source", "sink"]
