"""Automatic restarts: what a connector's configuration asks for, and what follows from its status. Pure: the time comes in.

Kafka Connect leaves a failed task as it is. Two keys of a connector's own configuration, which Connect keeps and does not look at, ask
for more: ``millstream.restart.max`` and ``millstream.restart.backoff.ms``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from millstream.connect.waiting import failure_of, settled
from millstream.dataclass import dataclass

PREFIX = "millstream."
MAX, BACKOFF = "millstream.restart.max", "millstream.restart.backoff.ms"
DOCUMENTED = (
    (MAX, "int", "0", "How often a connector that fails, or whose tasks do, is restarted by itself. 0: never; -1: without end."),
    (BACKOFF, "long", "10000", "Milliseconds before the first restart; doubles each time, 10 minutes at most."),
)
_BACKOFF_MS, _LONGEST_MS = 10_000, 600_000
#: A connector that has run for so long counts its restarts anew.
CALM_MS = 600_000
_KEPT = 20


@dataclass(frozen=True, slots=True)
class Policy:
    """``most``: restarts before it is left as it is, -1 without end. ``pause_ms``: before the first."""

    most: int
    pause_ms: int

    def pause(self, restarts: int) -> int:
        """Milliseconds before the next restart, after so many."""
        return int(min(self.pause_ms << min(restarts, 30), max(_LONGEST_MS, self.pause_ms)))

    def allows(self, restarts: int) -> bool:
        return self.most < 0 or restarts < self.most


class Event(msgspec.Struct, frozen=True):
    """``at``: milliseconds since 1970."""

    at: int
    what: str


class Course(msgspec.Struct):
    """What happened to a connector so far. ``due``: when it is restarted next; ``over``: its restarts are used up."""

    restarts: int = 0
    due: int | None = None
    running_since: int | None = None
    over: bool = False
    history: list[Event] = []

    def note(self, at: int, what: str) -> None:
        self.history = [*self.history[1 - _KEPT :], Event(at, what)]


def policy_of(config: Mapping[str, str]) -> Policy | None:
    """None where a configuration asks for no restarts, or in a way that makes no sense."""
    if faults_of(config) or int(config.get(MAX, 0)) == 0:
        return None
    return Policy(int(config[MAX]), int(config.get(BACKOFF, _BACKOFF_MS)))


def faults_of(config: Mapping[str, str]) -> list[str]:
    """A line for each of the keys that is not as it must be, in the form that validations have."""
    return [
        f"{key} - Invalid value {config[key]} for configuration {key}: expected a whole number of at least {least}."
        for key, least in ((MAX, -1), (BACKOFF, 1))
        if key in config and not _at_least(config[key], least)
    ]


def _at_least(text: str, least: int) -> bool:
    try:
        return int(text) >= least
    except ValueError:
        return False


def step(policy: Policy, course: Course, status: Mapping[str, Any], now: int) -> bool:
    """Take note of a status; True where what failed is to be restarted now."""
    found = dict(status)
    failure = failure_of(found)
    if failure is None or found.get("connector", {}).get("state") in ("PAUSED", "STOPPED"):
        course.due = None
        if settled(found):
            _runs(course, now)
        else:
            course.running_since = None
        return False
    course.running_since = None
    if course.due is not None and now >= course.due:
        course.restarts, course.due = course.restarts + 1, None
        course.note(now, f"restarted ({course.restarts}{'' if policy.most < 0 else f' of {policy.most}'})")
        return True
    if course.due is None and policy.allows(course.restarts):
        course.over = False
        course.due = now + policy.pause(course.restarts)
        course.note(now, f"failed: {failure}")
    elif course.due is None and not course.over:
        course.over = True
        course.note(now, f"failed, and is not restarted any more: {failure}")
    return False


def _runs(course: Course, now: int) -> None:
    if course.running_since is None:
        course.running_since = now
    elif course.restarts and now - course.running_since >= CALM_MS:
        course.restarts, course.over = 0, False
        course.note(now, "has run for 10 minutes; restarts are counted anew")


def told(policy: Policy | None, course: Course) -> list[str]:
    """Policy and history, a line each, as DESCRIBE shows them. Nothing for a connector that has neither."""
    if policy is None:
        return []
    many = "without end" if policy.most < 0 else f"up to {policy.most} times"
    line = f"Restarted by itself {many}, first after {policy.pause_ms / 1000:g} s: {course.restarts} so far"
    if course.due is not None:
        line += f", the next at {_time(course.due)}"
    elif course.over:
        line += f", no more until {CALM_MS // 60_000} minutes without a failure, or RESTART CONNECTOR"
    return [line + ".", *(f"{_time(e.at)} {e.what}" for e in course.history)]


def _time(millis: int) -> str:
    return datetime.fromtimestamp(millis / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
