"""``python -m bench [NAMES] [--quick]``: run jobs, print a line a figure; the exit status is 1 where a bar is missed."""

from __future__ import annotations

import argparse
import gc
import sys

from bench.codecs import codecs
from bench.connectors import connectors
from bench.expressions import functions
from bench.figures import Job
from bench.kafka.compare import kafka
from bench.keys import keys
from bench.latency import idle, latency, rest
from bench.logs import logs
from bench.memory import disk, memory, slow_client
from bench.restore import restore
from bench.starting import restart, start
from bench.throughput import join

JOBS: dict[str, Job] = {
    job.__name__: job
    for job in (
        join,
        keys,
        latency,
        rest,
        idle,
        start,
        restart,
        restore,
        memory,
        disk,
        slow_client,
        connectors,
        codecs,
        functions,
        logs,
        kafka,
    )
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measures Millstream on this machine.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"jobs: {', '.join(JOBS)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="fewer records, fewer runs")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in JOBS]
    if unknown:
        parser.error(f"there is no job {unknown[0]}; jobs are {', '.join(JOBS)}")
    gc.freeze()
    gc.set_threshold(200_000, 50, 1000)  # as in an engine process
    missed = 0
    for name in options.names or JOBS:
        for figure in JOBS[name](options.quick):
            print(figure, flush=True)
            missed += figure.holds is False
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
