"""Logs to test: what the contract promises is tested on each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from millstream.log.embedded import EmbeddedLog
from millstream.log.memory import MemoryLog


@pytest.fixture(params=["memory", "embedded"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    made = MemoryLog() if request.param == "memory" else EmbeddedLog(tmp_path / "data", segment_bytes=8192)
    yield made
    made.close()


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[EmbeddedLog]:
    with EmbeddedLog(tmp_path / "data", segment_bytes=8192) as made:
        yield made
