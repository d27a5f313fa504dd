"""Waiting for what Connect does in its own time: a connector's tasks to run or fail, a topic to appear."""

from __future__ import annotations

import threading
import time
from typing import Any

from millstream.connect.client import ConnectClient
from millstream.connect.contents import announced_tables, object_name, topics_of
from millstream.errors import ConnectError

LOOK_S = 0.05
#: How long a source that has just started may take to its first topic, and then to the others that its configuration names.
FIRST_TOPIC_S, OTHER_TOPICS_S = 2.0, 0.3


def first_line(trace: str | None) -> str | None:
    """What failed, in one line: the innermost cause says more than the exception that wraps it."""
    lines = [line.strip() for line in (trace or "").splitlines() if line.strip()]
    if not lines:
        return None
    causes = [line for line in lines if line.startswith("Caused by:")]
    return causes[-1].removeprefix("Caused by:").strip() if causes else lines[0]


def failure_of(status: dict[str, Any]) -> str | None:
    """The first line of what failed in a connector, or None."""
    for part in (status.get("connector", {}), *status.get("tasks", [])):
        if part.get("state") == "FAILED":
            return first_line(part.get("trace")) or "It failed without saying why."
    return None


def summary(status: dict[str, Any]) -> str:
    """ksqlDB's line about a connector: RUNNING (1/2 tasks RUNNING), WARNING, or its bare state."""
    state = str(status.get("connector", {}).get("state", "UNKNOWN"))
    tasks = status.get("tasks", [])
    running = sum(t.get("state") == "RUNNING" for t in tasks)
    if state != "RUNNING":
        return state
    word = "WARNING" if tasks and running == 0 else "RUNNING"
    return f"{word} ({running}/{len(tasks)} tasks RUNNING)"


def settled(status: dict[str, Any]) -> bool:
    """All tasks run, or something failed."""
    if failure_of(status) is not None:
        return True
    tasks = status.get("tasks", [])
    return status.get("connector", {}).get("state") == "RUNNING" and bool(tasks) and all(t.get("state") == "RUNNING" for t in tasks)


def may_write(status: dict[str, Any]) -> bool:
    """Whether a source may still make its first topic: nothing failed, and nobody stopped it."""
    state = status.get("connector", {}).get("state")
    return status.get("type") == "source" and failure_of(status) is None and state not in ("PAUSED", "STOPPED")


def until_settled(client: ConnectClient, name: str, timeout_ms: int) -> dict[str, Any]:
    """The connector's status once it is settled, or as it is when time is up; {} where it was never told.

    What was asked for is done: that Connect has no status yet, rebalances or falls silent now is waited out, and no failure of that.
    """
    deadline = time.monotonic() + timeout_ms / 1000
    status: dict[str, Any] = {}
    while True:
        try:
            status = client.status(name)
        except ConnectError:
            pass
        if settled(status) or time.monotonic() >= deadline:
            return status
        threading.Event().wait(LOOK_S)


def until_topics(client: ConnectClient, name: str, config: dict[str, str], status: dict[str, Any]) -> list[str]:
    """The connector's topics. A source that runs and has none yet has just started: its first ones are waited for."""
    topics = topics_of(client, name, config)
    if status.get("type") != "source" or not settled(status) or failure_of(status) is not None:
        return topics
    tables = announced_tables(config)
    begun = time.monotonic()
    while True:
        waited = time.monotonic() - begun
        missing = tables - {object_name(config, t).lower() for t in topics}
        if (topics and not missing) or waited >= (OTHER_TOPICS_S if topics else FIRST_TOPIC_S):
            return topics
        threading.Event().wait(LOOK_S)
        topics = topics_of(client, name, config)
