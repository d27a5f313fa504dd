"""Making connectors and changing what they do, and waiting until it is so: Connect answers before it has acted, or long after."""

from __future__ import annotations

import threading
import time
from typing import Any

from millstream.connect.client import ConnectClient, LateAnswer
from millstream.errors import ConnectError

LOOK_S = 0.05
#: How long Connect may take to read back the offsets that it has just written.
OFFSETS_S = 5.0
#: The connector's states that end the wait for an action.
REACHED = {"pause": ("PAUSED",), "resume": ("RUNNING", "FAILED"), "stop": ("STOPPED",)}


def create(client: ConnectClient, name: str, config: dict[str, str], timeout_ms: int, *, stopped: bool = False) -> dict[str, Any]:
    """A new connector, as Connect answers it.

    Where that comes late (a class that looks around first, a rebalance), the connector is awaited.
    """
    deadline = time.monotonic() + timeout_ms / 1000
    try:
        return client.create(name, config, stopped=stopped)
    except LateAnswer:
        while time.monotonic() < deadline:
            try:
                return client.info(name)
            except ConnectError as error:
                if error.status != 404 and not isinstance(error, LateAnswer):
                    raise
            threading.Event().wait(LOOK_S)
        raise


def create_stopped(client: ConnectClient, name: str, config: dict[str, str], timeout_ms: int) -> tuple[dict[str, Any], int | None]:
    """A new connector that does not run yet, and how many partitions an earlier connector of its name has left offsets of.

    None: it runs already. Clusters before Kafka 3.7 cannot make it otherwise, and nobody knows whose offsets a running one shows.
    """
    try:
        info = create(client, name, config, timeout_ms, stopped=True)
    except ConnectError as error:
        if "initial_state" not in error.message:
            raise
        return create(client, name, config, timeout_ms), None
    try:
        return info, len(client.offsets(name))
    except ConnectError:  # what cannot be known is not announced
        return info, 0


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


def until_offsets(client: ConnectClient, name: str, wanted: list[dict[str, Any]]) -> None:
    """Wait until Connect shows the offsets as they were just set; none (all reset) for an empty list. In the end it goes on regardless."""
    deadline = time.monotonic() + OFFSETS_S
    moved = [entry for entry in wanted if entry["offset"] is not None]
    while time.monotonic() < deadline:
        shown = client.offsets(name)
        if all(entry in shown for entry in moved) and (wanted or not shown):
            return
        threading.Event().wait(LOOK_S)
