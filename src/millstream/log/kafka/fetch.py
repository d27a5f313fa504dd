"""Fetching through confluent-kafka's objects: a lane is a consumer, a cursor one partition in it, read ahead.

Two who read the same partition at different places need two cursors, and these are in different lanes, since a consumer has one
place a partition. Who reads a cursor fetches by itself; only when it found nothing does the lane's thread wait on the brokers in its
stead, and rings when something came. So a busy log has no thread between the brokers and its reader, and an idle one does nothing.
"""

from __future__ import annotations

import threading
import time
from bisect import bisect_right
from collections import deque
from collections.abc import Callable
from itertools import accumulate, groupby
from typing import Any

from millstream.errors import LogError
from millstream.log.base import Batch, Headers
from millstream.log.kafka.errors import Faults
from millstream.log.kafka.marks import unmarked
from millstream.log.names import unknown_topic
from millstream.log.staging import TopicPartition

#: Messages taken from librdkafka at a time, and how many a cursor holds before its partition is paused.
_TAKE = 20_000
_HOLD = 100_000
_FEW = 100
_BATCH = 16_384
#: How long the thread waits on the brokers at a time: nobody can open a cursor meanwhile, in seconds.
_WAIT = 0.1
#: How long a reader that waits keeps others from the lane, in seconds.
_TURN = 0.05


def _place(message: Any) -> TopicPartition:
    return message.topic(), message.partition()


class Cursor:
    """A place in a partition and the messages fetched from there on. Guarded by its lane's lock."""

    __slots__ = ("at_end", "end", "error", "lane", "messages", "next", "paused", "primed", "touched", "where")

    def __init__(self, lane: Lane, where: TopicPartition, offset: int, end: int) -> None:
        self.lane = lane
        self.where = where
        #: The offset that whoever reads this cursor asks for next.
        self.next = offset
        self.messages: deque[Any] = deque()
        #: The brokers said that nothing is behind the last message.
        self.at_end = False
        #: Where that was.
        self.end = 0
        #: Up to here the reader waits for what the brokers are known to have; from there on records come when they come.
        self.primed = end
        self.paused = False
        self.error: LogError | None = None
        self.touched = time.monotonic()

    def take(self, max_bytes: int) -> Batch:
        """Messages read ahead, as a batch; at least one."""
        messages = self.messages
        count = min(len(messages), _BATCH)
        part = [messages.popleft() for _ in range(count)]
        values = [message.value() for message in part]
        keys = [message.key() for message in part]
        ends = list(accumulate(len(v or b"") + len(k or b"") + 16 for v, k in zip(values, keys, strict=True)))
        if ends[-1] > max_bytes and count > 1:
            count = max(bisect_right(ends, max_bytes), 1)
            messages.extendleft(reversed(part[count:]))
            del part[count:], values[count:], keys[count:]
        times = [message.timestamp()[1] for message in part]
        first, last = part[0].offset(), part[-1].offset() + 1
        offsets = range(first, last) if last - first == count else [message.offset() for message in part]
        found = [message.headers() for message in part]
        if messages:
            self.next = messages[0].offset()
        else:
            self.next = max(last, self.end) if self.at_end else last
        if not any(found):
            return Batch(keys, values, times, None, offsets, self.next)
        headers: list[Headers] = [[(name, raw) for name, raw in some] if some else () for some in found]
        return unmarked(Batch(keys, values, times, headers, offsets, self.next))


class Lane:
    """A consumer and its cursors, at most one a partition. ``ring`` is called when something came while nobody read."""

    def __init__(self, configuration: dict[str, Any], faults: Faults, ring: Callable[[], None]) -> None:
        from confluent_kafka import Consumer

        with faults.mapped("start a consumer"):
            self._consumer = Consumer(configuration)
        self.changed = threading.Condition()
        self.cursors: dict[TopicPartition, Cursor] = {}
        self._faults = faults
        self._ring = ring
        self._idle = False
        self._blocked = False
        self._closed = False
        self._thread = threading.Thread(target=self._wait_in_their_stead, name="millstream-kafka-bell", daemon=True)
        self._thread.start()

    def open(self, where: TopicPartition, offset: int, end: int) -> Cursor:
        """Start (or start again) fetching a partition at an offset that is there. ``end`` is where it ends now."""
        from confluent_kafka import TopicPartition as Place

        with self.changed:
            if where in self.cursors:
                self._drop(where)
            cursor = self.cursors[where] = Cursor(self, where, offset, end)
            with self._faults.mapped(f"read the topic '{where[0]}'"):
                self._consumer.incremental_assign([Place(*where, offset)])
            return cursor

    def drop(self, where: TopicPartition) -> None:
        with self.changed:
            if where in self.cursors:
                self._drop(where)

    def read(self, cursor: Cursor, max_bytes: int, until: int, deadline: float) -> Batch | None:
        """What follows; None when nothing does. Waits for what is in front of ``until``, and of the end the cursor was opened with."""
        with self.changed:
            if not self._filled(cursor, until, deadline):
                return None
            if len(cursor.messages) < _FEW and not self._blocked:
                self._pump(0.0)  # who waited got a single message: take what came with it
            batch = cursor.take(max_bytes)
            if cursor.paused and len(cursor.messages) < _HOLD // 4:
                self._pause(cursor, False)
            return batch

    def ready(self, cursor: Cursor, until: int, deadline: float) -> bool:
        """Whether ``read`` would give something."""
        with self.changed:
            return self._filled(cursor, until, deadline)

    def _filled(self, cursor: Cursor, until: int, deadline: float) -> bool:
        cursor.touched = time.monotonic()
        while not cursor.messages:
            if cursor.error is not None:
                raise cursor.error
            if self.cursors.get(cursor.where) is not cursor:
                return False
            if not self._blocked:
                self._pump(0.0)
                if cursor.messages:
                    break
            if cursor.next >= until and (cursor.at_end or cursor.next >= cursor.primed):
                self.arm()
                return False
            left = deadline - time.monotonic()
            if left <= 0:
                raise LogError(f"Kafka did not send the records of topic '{cursor.where[0]}' in time.", hint="Look at the brokers' logs.")
            if self._blocked:
                self.changed.wait(min(left, _WAIT))
            else:
                self._pump(min(left, _TURN))
        return True

    def stop(self) -> None:
        """Ask the thread to end; ``close`` waits for it."""
        with self.changed:
            self._closed = True
            self.changed.notify_all()

    def close(self) -> None:
        self.stop()
        self._thread.join()
        self._consumer.close()

    def arm(self) -> None:
        """Wait on the brokers from now on, as nobody reads."""
        with self.changed:
            self._idle = True
            self.changed.notify_all()

    def _pump(self, timeout: float) -> bool:
        """Hand what came to the cursors. One thread at a time, holding the lock."""
        with self._faults.mapped("read records"):
            messages = self._consumer.consume(1 if timeout else _TAKE, timeout)
        return self._sort(messages)

    def _sort(self, messages: list[Any]) -> bool:
        cursors = self.cursors
        came = False
        for place, run in groupby(messages, _place):
            part = list(run)
            cursor = cursors.get(place)
            for at, error in [(at, message.error()) for at, message in enumerate(part) if message.error() is not None]:
                came = self._add(cursor, part[:at]) or came
                self._failed(cursor, error, part[at])
                cursor = cursors.get(place)
                part[: at + 1] = [None] * (at + 1)
            came = self._add(cursor, part) or came
        if came:
            for cursor in cursors.values():
                if len(cursor.messages) > _HOLD and not cursor.paused:
                    self._pause(cursor, True)
        return came

    def _add(self, cursor: Cursor | None, part: list[Any]) -> bool:
        part = [message for message in part if message is not None]
        if cursor is None or not part:
            return False
        if part[0].offset() < cursor.next:
            part = [message for message in part if message.offset() >= cursor.next]  # sent before the cursor was opened here
        cursor.messages.extend(part)
        cursor.at_end = cursor.at_end and not part
        return bool(part)

    def _failed(self, cursor: Cursor | None, error: Any, message: Any) -> None:
        name = error.name()
        if cursor is None:
            return  # about the connection: librdkafka goes on trying, and the time-out of whoever waits tells
        if name == "_PARTITION_EOF":
            cursor.at_end, cursor.end, cursor.primed = True, message.offset(), 0
            if not cursor.messages:
                cursor.next = max(cursor.next, message.offset())
        elif name in ("_AUTO_OFFSET_RESET", "OFFSET_OUT_OF_RANGE"):
            self._drop(cursor.where)  # what it was at has been removed: the reader looks for the start
        elif name in ("UNKNOWN_TOPIC_OR_PART", "_UNKNOWN_TOPIC", "_UNKNOWN_PARTITION", "UNKNOWN_TOPIC_ID"):
            cursor.error = unknown_topic(cursor.where[0])
        elif not error.retriable() and name not in ("_TRANSPORT", "_ALL_BROKERS_DOWN", "_RESOLVE"):
            cursor.error = self._faults.error(error, f"read the topic '{cursor.where[0]}'")

    def _pause(self, cursor: Cursor, paused: bool) -> None:
        from confluent_kafka import TopicPartition as Place

        cursor.paused = paused
        (self._consumer.pause if paused else self._consumer.resume)([Place(*cursor.where)])

    def _drop(self, where: TopicPartition) -> None:
        from confluent_kafka import TopicPartition as Place

        del self.cursors[where]
        self._consumer.incremental_unassign([Place(*where)])

    def _wait_in_their_stead(self) -> None:
        while True:
            with self.changed:
                self._blocked = False
                self.changed.notify_all()
                while not self._idle and not self._closed:
                    self.changed.wait()
                if self._closed:
                    return
                self._blocked = True
            messages = self._consumer.consume(1, _WAIT)
            with self.changed:
                came = self._sort(messages)
                if came:
                    self._idle = False
                self.changed.notify_all()
            if came:
                self._ring()
