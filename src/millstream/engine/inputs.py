"""The inputs of a task: one for each partition of each topic that the query reads. Which goes next is decided here.

The input whose head has the smallest timestamp goes first, as Kafka Streams does it, and it runs on until another topic's head is older. An
input counts when it has data; one that is caught up holds nobody back. Partitions of one topic do not wait for each other, except where
their records meet in windows (``tolerance`` ms apart at most). Reads through the log; writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field

from millstream.dataclass import dataclass
from millstream.engine.compile.program import ScanInput
from millstream.log.base import Batch, Log

#: Bytes asked for at a time: about one stored batch, so that its records are still in the processor's cache when they are used.
FETCH = 1 << 19
#: Records that go without a look at the other inputs' heads and the clock.
SLICE = 1024


@dataclass(slots=True)
class Input:
    """One partition of one topic, and the scans that read it (more than one in a self-join). ``next`` is the offset to go on from."""

    topic: str
    partition: int
    scans: list[ScanInput]
    next: int
    rank: int = 0
    size: int = SLICE
    batch: Batch = field(default_factory=lambda: Batch([], [], []))
    at: int = 0

    def fill(self, log: Log) -> bool:
        """Have data, if there is any."""
        if self.at < len(self.batch.values):
            return True
        self.batch = log.read(self.topic, self.partition, self.next, FETCH)
        self.at = 0
        if self.batch.values:
            return True
        self.next = max(self.next, self.batch.next_offset)
        return False

    @property
    def head(self) -> int:
        """Timestamp of the next record."""
        return self.batch.timestamps[self.at]

    def run(self, limit: int | None) -> int:
        """Push records on until one is younger than ``limit``, at most ``size`` records; how many went."""
        stop = min(self._stop(limit), self.at + self.size)
        batch = self.batch
        count = stop - self.at
        whole = self.at == 0 and stop == len(batch.values)
        piece = batch if whole else batch.part(self.at, stop)
        if len(self.scans) == 1:
            self.scans[0].run(piece, self.partition)
        else:
            for index in range(count):
                record = piece.part(index, index + 1)
                for scan in self.scans:
                    scan.run(record, self.partition)
        self.at = stop
        self.next = batch.next_offset if stop == len(batch.values) else batch.offsets[stop]
        return count

    def _stop(self, limit: int | None) -> int:
        times = self.batch.timestamps
        if limit is None or max(times[self.at : self.at + self.size]) <= limit:
            return len(times) if limit is None else min(len(times), self.at + self.size)
        stop = self.at + 1
        while stop < len(times) and times[stop] <= limit:
            stop += 1
        return stop


def choose(inputs: Sequence[Input], tolerance: int | None) -> tuple[Input, int | None] | None:
    """The input that goes next and the timestamp up to which it may run (None: no limit). None when no input has data.

    ``tolerance``: how far, in ms, partitions of one topic may run ahead of each other; None when they need not wait at all.
    """
    ready = [i for i in inputs if i.at < len(i.batch.values)]
    if not ready:
        return None
    if len(ready) == 1:
        return ready[0], None
    first = min(ready, key=lambda i: (i.head, i.rank))
    limit: int | None = None
    for other in ready:
        if other is first:
            continue
        if other.topic != first.topic:
            # On equal timestamps the input of lower rank goes first.
            bound = other.head if first.rank <= other.rank else other.head - 1
        elif tolerance is not None:
            bound = other.head + tolerance
        else:
            continue
        limit = bound if limit is None else min(limit, bound)
    return first, limit
