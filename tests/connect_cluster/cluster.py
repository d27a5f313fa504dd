"""The real Kafka Connect worker of a test run, distributed, beside the broker of the run: file source and sink.

``shared`` gives the one worker of a whole pytest run, which this file keeps. ``Cluster`` is one that a test starts and kills itself.
"""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from demo.kafka.connect import Connect as Cluster
from demo.kafka.maven import jars

from tests.kafka import keeping

__all__ = ["Cluster", "shared"]


def shared(base: Path, bootstrap: str) -> str:
    """The URL of the worker of this run; the first who asks starts it. ``base``: a directory that all pytest workers share."""
    return keeping.shared(base, "connect", __file__, lambda: jars("connect"), bootstrap)


if __name__ == "__main__":
    keeping.keep(int(sys.argv[1]), "connect", lambda home: Cluster(home, sys.argv[2]), lambda cluster: cluster.url)
