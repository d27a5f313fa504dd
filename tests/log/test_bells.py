"""The doorbell of the embedded log, by itself."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from millstream.log.embedded.bells import Bells


def _sockets() -> set[str]:
    """Open sockets of this process."""
    found = set()
    for descriptor in os.listdir("/proc/self/fd"):
        try:
            found.add(os.readlink(f"/proc/self/fd/{descriptor}"))
        except FileNotFoundError:
            continue  # it was the listing's own
    return {target for target in found if target.startswith("socket:")}


def test_who_waits_when_it_is_closed_leaves_no_socket(tmp_path: Path) -> None:
    """They are told at once, and what they listened at is closed with the rest; who comes later gets no new one."""
    before = _sockets()
    environment: Any = SimpleNamespace(directory=tmp_path)
    bells = Bells(environment, lambda address: None)
    looked, answers = threading.Semaphore(0), []

    def arrived() -> bool:
        looked.release()
        return False

    waiting = threading.Thread(target=lambda: answers.append(bells.wait(arrived, 60_000)))
    waiting.start()
    looked.acquire(timeout=10)
    looked.acquire(timeout=10)  # the second look is behind the opening of its socket
    bells.close()
    waiting.join(10)
    assert answers == [False]
    assert bells.wait(arrived, 60_000) is False
    assert _sockets() <= before
