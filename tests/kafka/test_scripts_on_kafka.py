"""Every script of tests/scripts gives its rows on Kafka: straight through, and with the process lost half-way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.scripts.test_scripts import SCRIPTS, Process, _steps


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda p: p.stem)
def test_straight(path: Path, log: Any) -> None:
    """In one go."""
    process = Process(log)
    for step, variables in _steps(path):
        process.run(step, variables)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda p: p.stem)
def test_lost_and_resumed(path: Path, opened: Callable[..., Any]) -> None:
    """Half-way the process is lost, and its directory too; a new one goes on from what Kafka has."""
    steps = list(_steps(path))
    for number, half in enumerate((steps[: len(steps) // 2], steps[len(steps) // 2 :])):
        log = opened(f"data-{number}")
        process = Process(log)
        process.runtime.run_until_idle()  # until the state is restored
        for step, variables in half:
            process.run(step, variables)
        log.close()
