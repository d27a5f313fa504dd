"""Reading: which cursor an offset belongs to, and what to do at the edges of a partition."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

from millstream.errors import LogError
from millstream.log.base import Batch, NoTopic, Unavailable
from millstream.log.kafka.cursor import Cursor
from millstream.log.kafka.errors import Faults
from millstream.log.kafka.fetch import Lane, Late
from millstream.log.kafka.settings import Settings
from millstream.log.kafka.topics import Topics
from millstream.log.staging import TopicPartition

#: How long a read waits for the brokers, in seconds.
_PATIENCE = 30.0
#: How long before the brokers are asked whether what is waited for is still there, in seconds.
_LOOK = 1.0
#: How long before another consumer is asked, in seconds.
_STUCK = 5.0
#: A cursor with records that nobody has taken for so long is given up, in seconds.
_ABANDONED = 60.0

#: Places in one partition that are kept open at a time.
_LANES = 32


def _empty(offset: int) -> Batch:
    return Batch([], [], [], offsets=range(offset, offset), next_offset=offset)


class Reader:
    """Reads committed records. Safe to use from several threads."""

    def __init__(self, settings: Settings, faults: Faults, topics: Topics, ring: Callable[[], None]) -> None:
        self._settings = settings
        self._faults = faults
        self._topics = topics
        self._ring = ring
        self._lanes: list[Lane] = []
        self._closed = False
        self._lock = threading.RLock()
        #: Offsets that this process has committed up to: a read in front of one waits for it.
        self._reached: dict[TopicPartition, int] = {}

    def read(self, topic: str, partition: int, offset: int, max_bytes: int) -> Batch:
        where = (topic, partition)
        deadline = time.monotonic() + _PATIENCE
        while True:
            found = self._cursor(where, offset)
            if found is None:
                found, offset = self._opened(where, offset)
                if found is None:
                    return _empty(offset)
            lane, cursor = found
            look = min(deadline, time.monotonic() + _LOOK)
            try:
                batch = lane.read(cursor, max_bytes, self._reached.get(where, 0), look)
            except Late:
                self._look(lane, cursor, deadline)
                continue
            if batch is not None:
                return batch
            if lane.cursors.get(where) is cursor:
                return _empty(max(offset, cursor.next))

    def has(self, where: TopicPartition, offset: int) -> bool:
        """Whether records are there; opens a cursor, so that the bell rings when some come."""
        found = self._cursor(where, offset)
        if found is None:
            found, _ = self._opened(where, offset)
        if found is None:
            return False
        lane, cursor = found
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                return lane.ready(cursor, self._reached.get(where, 0), min(deadline, time.monotonic() + _LOOK))
            except Late:
                self._look(lane, cursor, deadline)

    def reached(self, ends: Mapping[TopicPartition, int]) -> None:
        """This process has committed records in front of these offsets."""
        for where, end in ends.items():
            self._reached[where] = max(end, self._reached.get(where, 0))

    def arm(self) -> None:
        with self._lock:
            lanes = list(self._lanes)
        for lane in lanes:
            lane.arm()

    def forget(self, topic: str) -> None:
        """A topic was deleted: what was fetched of it is gone."""
        with self._lock:
            for lane in self._lanes:
                for where in [w for w in lane.cursors if w[0] == topic]:
                    lane.spoil(where)
            for where in [w for w in self._reached if w[0] == topic]:
                del self._reached[where]

    def close_cursor(self, where: TopicPartition) -> None:
        """Nobody reads a partition any more that nobody else reads."""
        with self._lock:
            for lane in self._lanes:
                lane.drop(where)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            lanes, self._lanes = self._lanes, []
        for lane in lanes:
            lane.stop()
        for lane in lanes:
            lane.close()

    def _cursor(self, where: TopicPartition, offset: int) -> tuple[Lane, Cursor] | None:
        for lane in self._lanes:
            cursor = lane.cursors.get(where)
            if cursor is not None and cursor.serves(offset):
                return lane, cursor
        return None

    def _opened(self, where: TopicPartition, offset: int) -> tuple[tuple[Lane, Cursor] | None, int]:
        """A cursor at an offset, in its lane, and the offset; None behind the end."""
        self._topics.check(*where)
        start = self._topics.offsets([where], start=True)[where]
        end = self._topics.offsets([where], start=False)[where]
        offset = max(offset, start)
        if offset > max(end, self._reached.get(where, 0)):
            return None, offset
        with self._lock:
            found = self._cursor(where, offset)
            if found is None:
                lane = self._lane(where)
                found = lane, lane.open(where, offset, end)
            return found, offset

    def _look(self, lane: Lane, cursor: Cursor, deadline: float) -> None:
        """Records that the brokers had do not come: ask what there is now, and after a while have another consumer fetch them: one can wait
        for ever after a broker was away. Raises NoTopic if the topic is gone, Unavailable when it is too late."""
        where = cursor.where
        if time.monotonic() - max(cursor.opened, deadline - _PATIENCE) > _STUCK:
            lane.spoil(where)
        if time.monotonic() > deadline:
            raise Unavailable(f"Kafka did not send the records of topic '{where[0]}' in time.", hint="Look at the brokers' logs.")
        try:
            end = self._topics.offsets([where], start=False)[where]
        except NoTopic:
            self.forget(where[0])
            raise
        cursor.primed = min(cursor.primed, end)
        if where in self._reached:
            self._reached[where] = min(self._reached[where], end)

    def _lane(self, where: TopicPartition) -> Lane:
        """A lane without a cursor in this partition, or with one that was given up; a new one if there is none."""
        if self._closed:
            raise LogError("The log is closed.")
        now = time.monotonic()
        good = [lane for lane in self._lanes if where not in lane.spoiled]
        for lane in good:
            cursor = lane.cursors.get(where)
            if cursor is None or cursor.error is not None or (cursor.held and now - cursor.touched > _ABANDONED):
                return lane
        if len(good) >= _LANES:
            # Whoever read there longest ago opens a cursor anew if it comes back.
            return min(good, key=lambda lane: lane.cursors[where].touched)
        lane = Lane(self._settings.consumer(), self._faults, self._ring)
        self._lanes.append(lane)
        return lane
