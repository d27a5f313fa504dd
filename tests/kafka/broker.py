"""The real Kafka broker of a test run.

``shared`` gives the one broker of a whole pytest run, whatever the number of xdist workers. A keeper process holds it and takes it
and its directory away when the run's first process is gone, however that ended. ``Broker`` is one that a test starts and kills itself.
"""

from __future__ import annotations

import fcntl
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from demo.kafka import maven
from demo.kafka.broker import PASSWORD, USER, VERSION, Broker
from demo.kafka.process import free_ports, started

__all__ = ["PASSWORD", "USER", "VERSION", "Broker", "free_ports", "missing", "shared"]


def missing() -> str | None:
    """What this machine lacks, in one line; None when the broker can be started."""
    tools = maven.missing()
    if not tools:
        return None
    return f"The tests on a real Kafka broker were left out: {' and '.join(tools)} not found. KAFKA_TESTS=skip goes on without them."


def shared(base: Path) -> tuple[str, str]:
    """(bootstrap, sasl) of the broker of this run; the first who asks starts it. ``base``: a directory that all workers share."""
    run = os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()
    found = base / f"kafka-{run}"
    with open(base / f"kafka-{run}.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not found.exists():
            maven.jars("kafka")
            keeper = subprocess.Popen([sys.executable, __file__, str(run)], stdout=subprocess.PIPE, start_new_session=True)
            assert keeper.stdout is not None
            told = keeper.stdout.readline().decode()
            keeper.stdout.close()
            assert told, "The keeper of the Kafka broker ended before the broker answered."
            keeper.returncode = 0  # it outlives this process's interest in it
            found.write_text(told)
    bootstrap, sasl = found.read_text().split()
    return bootstrap, sasl


def keep(run: int) -> None:
    """Start a broker, say where, and take it away when process ``run`` has ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what it holds is taken away first
    ended = os.pidfd_open(run)
    home = Path(tempfile.mkdtemp(prefix="millstream-kafka-"))
    broker = None
    try:
        broker = started(lambda attempt: Broker(home / str(attempt)))
        print(broker.bootstrap, broker.sasl, flush=True)
        select.select([ended], [], [])
    finally:
        if broker is not None:
            broker.kill()
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    keep(int(sys.argv[1]))
