"""A process that commits until it is killed: started by test_crash.py. Each commit moves records, state and offsets by the same step."""

from __future__ import annotations

import sys

from millstream.log.base import Batch, TopicInfo
from millstream.log.embedded import EmbeddedLog

#: Sizes of values, by turns: small ones go to the tail, large ones straight to a segment.
SIZES = (10, 10, 3000, 10, 70_000, 10, 200)


def step(log: EmbeddedLog, number: int) -> None:
    """Commit ``number``: two records, a row and an offset that all say so."""
    value = b"%d:" % number + b"x" * SIZES[number % len(SIZES)]
    with log.begin("worker") as transaction:
        transaction.append("plain", 0, Batch([b"k", None], [value, value], [number, number]))
        transaction.append("table", 0, Batch([b"%d" % (number % 7)], [value], [number]))
        transaction.put("q/s", 0, [(b"number", b"%d" % number)])
        transaction.offsets("q", {("in", 0): number})


def main(directory: str) -> None:
    with EmbeddedLog(directory, segment_bytes=100_000) as log:
        if log.topic("plain") is None:
            log.create(TopicInfo("plain", 1, 1, {"retention.bytes": "400000"}))
        if log.topic("table") is None:
            log.create(TopicInfo("table", 1, 1, {"cleanup.policy": "compact"}))
        number = int(log.get("q/s", 0, b"number") or 0)
        while True:
            number += 1
            step(log, number)
            print(number, flush=True)
            if number % 20 == 0:
                log.sync()
                log.create(TopicInfo("brief", 1))
                log.delete("brief")
                log.drop_store("q/s-other")
                log.maintain(number)


if __name__ == "__main__":
    main(sys.argv[1])
