"""The real Kafka broker of a test run.

``shared`` gives the one broker of a whole pytest run, which this file keeps. ``Broker`` is one that a test starts and kills itself.
"""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from demo.kafka import maven
from demo.kafka.broker import PASSWORD, USER, VERSION, Broker
from demo.kafka.process import free_ports

from tests.kafka import keeping

__all__ = ["PASSWORD", "USER", "VERSION", "Broker", "free_ports", "missing", "shared"]


def missing() -> str | None:
    """What this machine lacks, in one line; None when the broker can be started."""
    tools = maven.missing()
    if not tools:
        return None
    return f"The tests on a real Kafka broker were left out: {' and '.join(tools)} not found. KAFKA_TESTS=skip goes on without them."


def shared(base: Path) -> tuple[str, str]:
    """(bootstrap, sasl) of the broker of this run; the first who asks starts it. ``base``: a directory that all workers share."""
    told = keeping.shared(base, "kafka", __file__, lambda: maven.jars("kafka"))
    bootstrap, sasl = told.split()
    return bootstrap, sasl


if __name__ == "__main__":
    keeping.keep(int(sys.argv[1]), "kafka", Broker, lambda broker: f"{broker.bootstrap} {broker.sasl}")
