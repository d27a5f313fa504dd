"""Changing what a connector does, and waiting until it does it: Connect answers such calls before it has acted on them."""

from __future__ import annotations

import threading
import time
from typing import Any

from millstream.connect.client import ConnectClient
from millstream.errors import ConnectError

LOOK_S = 0.05
#: The connector's states that end the wait for an action.
REACHED = {"pause": ("PAUSED",), "resume": ("RUNNING", "FAILED"), "stop": ("STOPPED",)}


def state_of(client: ConnectClient, name: str) -> str:
    """The connector's own state (its tasks have theirs); UNASSIGNED for one so new that Connect has no status of it."""
    try:
        status: dict[str, Any] = client.status(name)
    except ConnectError as error:
        if error.status != 404:
            raise
        return "UNASSIGNED"
    return str(status.get("connector", {}).get("state", "UNKNOWN"))


def bring(client: ConnectClient, name: str, action: str, timeout_ms: int) -> bool:
    """``pause``, ``resume`` or ``stop``; whether the connector got there in time. A stopped connector has no tasks any more."""
    client.control(name, action)
    deadline = time.monotonic() + timeout_ms / 1000
    while True:
        if state_of(client, name) in REACHED[action] and (action != "stop" or not client.info(name).get("tasks")):
            return True
        if time.monotonic() >= deadline:
            return False
        threading.Event().wait(LOOK_S)
