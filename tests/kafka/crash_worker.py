"""A process that runs the queries of a service to the end of their inputs, or until its crash point: started by test_crash.py.

Arguments: bootstrap, service, directory, prefix of the topics.
"""

from __future__ import annotations

import sys
from itertools import count

from millstream.config import Config
from millstream.engine.functions.registry import default_registry
from millstream.engine.local import LocalRuntime
from millstream.formats.registry.store import SchemaStore
from millstream.log.kafka import KafkaLog
from millstream.session.database import Database
from tests.kafka.apart import Apart


def opened(log: Apart) -> tuple[Database, LocalRuntime]:
    """The database of a log. Its engine's clock moves by itself, so that a query commits every few slices."""
    ticks = count(1_700_000_000_000, 60)
    registry = SchemaStore(log)
    runtime = LocalRuntime(log, default_registry(), registry, clock=lambda: next(ticks))
    return Database(log, runtime, default_registry(), registry, None, Config()), runtime


def main(bootstrap: str, service: str, directory: str, prefix: str) -> None:
    with KafkaLog({"bootstrap.servers": bootstrap}, directory, service, lambda: 1_700_000_000_000) as log:
        _, runtime = opened(Apart(log, prefix))
        runtime.run_until_idle()
        errors = [task.error for task in runtime.tasks.values() if task.error is not None]
        assert not errors, errors


if __name__ == "__main__":
    main(*sys.argv[1:])
