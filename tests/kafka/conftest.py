"""The broker of the run, and logs on it. Each test has names of its own on the broker, so tests do not see each other's topics."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.kafka import broker
from tests.kafka.apart import Apart


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without Java or Maven: one line, and failure unless KAFKA_TESTS=skip."""
    here = Path(__file__).parent
    mine = [item for item in items if here in item.path.parents]
    reason = broker.missing()
    wanted = os.environ.get("KAFKA_TESTS") != "skip"
    if not mine or (reason is None and wanted):
        return
    if wanted:
        pytest.exit(reason or "", returncode=1)
    print(reason or "The tests on a real Kafka broker were left out: KAFKA_TESTS=skip.")
    items[:] = [item for item in items if item not in mine]
    config.hook.pytest_deselected(items=mine)


@pytest.fixture(scope="session")
def listeners(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """(bootstrap, sasl) of the broker that all workers of this run share."""
    base = tmp_path_factory.getbasetemp()
    return broker.shared(base.parent if "PYTEST_XDIST_WORKER" in os.environ else base)


@pytest.fixture(scope="session")
def bootstrap(listeners: tuple[str, str]) -> str:
    return listeners[0]


@pytest.fixture
def service() -> str:
    """A service id of the test's own."""
    return f"t{uuid.uuid4().hex[:10]}_"


@pytest.fixture
def opened(bootstrap: str, service: str, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Opens logs of the test's service, in directories by name; closes them at the end."""
    from millstream.log.kafka import KafkaLog

    made: list[KafkaLog] = []

    def open_log(directory: str = "data") -> Apart:
        log = KafkaLog({"bootstrap.servers": bootstrap, "fetch.wait.max.ms": "10"}, tmp_path / directory, service, now_ms)
        made.append(log)
        return Apart(log, f"{service}.")

    yield open_log
    for log in made:
        log.close()


@pytest.fixture
def log(opened: Callable[..., Any]) -> Any:
    return opened()
