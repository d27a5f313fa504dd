"""Named points of the commit at which a test can stop the process as ``kill -9`` would.

``MILLSTREAM_CRASH_POINT=name`` or ``name:nth`` (the nth time it is passed) arms one point of a process. Unarmed it costs a comparison.
"""

from __future__ import annotations

import os
import signal

#: Every point, in the order a commit, a safe point and maintenance pass them.
POINTS = (
    "commit.begin",
    "commit.segment-half-written",
    "commit.segment-written",
    "commit.before-publish",
    "commit.published",
    "safe-point.captured",
    "safe-point.synced",
    "safe-point.saved",
    "topic.created",
    "topic.deleted",
    "retention.published",
    "compact.rewritten",
    "compact.published",
    "store.dropped",
)


def _armed(setting: str) -> tuple[str, int]:
    name, _, nth = setting.partition(":")
    return name, int(nth or 1)


_name, _left = _armed(os.environ.get("MILLSTREAM_CRASH_POINT", ""))


def armed(name: str) -> bool:
    """Whether the next pass of this point stops the process; for points inside a write, where the caller does the stopping."""
    global _left
    if name != _name:
        return False
    _left -= 1
    return _left == 0


def point(name: str) -> None:
    """Stop the process here if this point is armed. Other logs and the journal may have points of their own."""
    if armed(name):
        stop()


def stop() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
