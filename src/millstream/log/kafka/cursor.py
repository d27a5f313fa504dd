"""A place in a partition, and the records fetched from there on, cut to what its reader asks for."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

from millstream.errors import LogError
from millstream.log.base import Batch
from millstream.log.staging import TopicPartition, joined

if TYPE_CHECKING:
    from millstream.log.kafka.objects import Run

#: Records of a batch at most, and how many a batch has that is given as it came: smaller ones are joined.
_MOST = 16_384
_ENOUGH = 1024


class Cursor:
    """Guarded by its lane's lock."""

    __slots__ = (
        *("_at", "_runs", "at_end", "behind", "end", "error", "held"),
        *("low", "next", "opened", "paused", "primed", "touched", "where"),
    )

    def __init__(self, where: TopicPartition, offset: int, end: int) -> None:
        self.where = where
        #: The offset that whoever reads this cursor asks for next.
        self.next = offset
        #: From here to ``next`` there is nothing: whoever reads may be at either.
        self.low = offset
        #: Records fetched and not yet taken.
        self.held = 0
        #: The brokers said that nothing is behind the last record.
        self.at_end = False
        #: Where that was.
        self.end = 0
        #: Up to here the reader waits for what the brokers are known to have; from there on records come when they come.
        self.primed = end
        self.paused = False
        self.error: LogError | None = None
        #: What came instead of more records: the error, once those in front of it are taken. Nothing is taken from behind it.
        self.behind: LogError | None = None
        self.opened = self.touched = time.monotonic()
        self._runs: deque[Run] = deque()
        self._at = 0  # how many records of the first run were taken

    def serves(self, offset: int) -> bool:
        """Whether what follows here is what follows that offset."""
        return self.low <= offset <= self.next and self.error is None

    def add(self, run: Run) -> bool:
        """Records that came. False when they were sent before the cursor was opened here, or come behind an error."""
        if self.behind is not None:
            return False
        offsets = run.batch.offsets
        skipped = 0
        if not self.held and offsets[0] < self.next:
            skipped = sum(1 for offset in offsets if offset < self.next)
            if skipped == len(offsets):
                return False
            self._at = skipped
        self._runs.append(run)
        self.held += len(offsets) - skipped
        self.at_end = False
        return True

    def fail(self, error: LogError) -> None:
        """An error that came instead of records: it is behind those that are held."""
        self.behind = self.behind or error
        if not self.held:
            self.error = self.behind

    def take(self, max_bytes: int) -> Batch:
        """The records that follow: at least one, else about ``max_bytes``. There must be some."""
        first, room = self._piece(max_bytes, 1)
        parts, count = [first], len(first)
        while self._runs and count < _ENOUGH and room > 0:
            part, room = self._piece(room, 0)
            if not part.values:
                break
            parts.append(part)
            count += len(part)
        batch = first if len(parts) == 1 else _whole(parts)
        self.held -= count
        if self._runs:
            self.next = self._runs[0].batch.offsets[self._at]
        else:
            self.next = max(batch.next_offset, self.end) if self.at_end else batch.next_offset
        batch.next_offset = self.low = self.next
        if not self.held:
            self.error = self.behind
        return batch

    def _piece(self, room: int, least: int) -> tuple[Batch, int]:
        """Of the first run as much as ``room`` takes, its records taken to be of one size; and the room that is left."""
        run, low = self._runs[0], self._at
        given, count = run.batch, len(run.batch)
        high = min(count, low + _MOST, low + max(least, room * count // max(run.size, 1)))
        if high == count:
            self._runs.popleft()
            self._at = 0
            if low == 0:
                return given, room - run.size
        else:
            self._at = high
        return given.part(low, high), room - run.size * (high - low) // count


def _whole(parts: list[Batch]) -> Batch:
    """Small batches as one."""
    whole = joined(parts)
    first, end = parts[0].offsets[0], parts[-1].offsets[-1] + 1
    whole.offsets = range(first, end) if end - first == len(whole) else [offset for part in parts for offset in part.offsets]
    whole.next_offset = end
    return whole
