"""A server's terms on Kafka: what keeps it from its place is told to whoever starts it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from millstream.errors import ExecutionError
from millstream.server.standby import Terms
from millstream.server.standing import Standing


def test_a_fault_of_its_own_ends_the_start() -> None:
    """Not only what Kafka answers: nobody waits for a thread that is gone."""
    app: Any = SimpleNamespace(standing=Standing(None, None), state="INITIALIZING", address="")

    def open_log() -> Any:
        raise ImportError("no such name")

    with pytest.raises(ExecutionError, match="This server cannot take its place: ImportError: no such name"):
        Terms(app, "127.0.0.1:1", open_log, lambda log, stack: app).start()
