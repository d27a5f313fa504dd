"""Connectors that Connect makes late are awaited; what never comes ends with the time-out."""

from __future__ import annotations

import httpx
import pytest

from millstream.connect import states
from millstream.connect.client import ConnectClient, LateAnswer


class Late:
    """A Connect that makes a connector, and answers its POST too late. It is there after ``misses`` questions."""

    def __init__(self, misses: int) -> None:
        self._misses = misses

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            raise httpx.ReadTimeout("late")
        self._misses -= 1
        if self._misses >= 0:
            return httpx.Response(404, json={"error_code": 404, "message": "Connector c not found"})
        return httpx.Response(200, json={"name": "c", "config": {}, "tasks": [], "type": "source"})


def test_a_connector_made_late_is_awaited() -> None:
    client = ConnectClient("http://connect", transport=httpx.MockTransport(Late(2)))
    assert states.create(client, "c", {}, 10_000)["name"] == "c"


def test_a_connector_that_never_comes_is_told_as_late() -> None:
    client = ConnectClient("http://connect", transport=httpx.MockTransport(Late(10_000)))
    with pytest.raises(LateAnswer, match="did not answer within 5 s"):
        states.create(client, "c", {}, 100)


def test_an_unexpected_rebalance_is_waited_for() -> None:
    """Connect answers 500 where it had not expected one."""
    answers = [httpx.Response(500, json={"error_code": 500, "message": "Request cannot be completed because a rebalance is expected"})]
    answers.append(httpx.Response(200, json=["c"]))
    assert ConnectClient("http://connect", transport=httpx.MockTransport(lambda _: answers.pop(0))).names() == ["c"]
