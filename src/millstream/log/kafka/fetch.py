"""Fetching: a lane is a consumer, a cursor one partition in it, read ahead.

Two who read the same partition at different places need two cursors, and these are in different lanes, since a consumer has one
place a partition. Who reads a cursor fetches by itself; only when it found nothing does the lane's thread wait on the brokers in its
stead, and rings when something came. So a busy log has no thread between the brokers and its reader, and an idle one does nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from millstream.errors import LogError
from millstream.log.base import Batch
from millstream.log.kafka.cursor import Cursor
from millstream.log.kafka.errors import Faults
from millstream.log.kafka.native import layer
from millstream.log.kafka.objects import Fault, ObjectSource, Run, Source
from millstream.log.names import unknown_topic
from millstream.log.staging import TopicPartition

#: How many records a cursor holds before its partition is paused.
_HOLD = 100_000
_FEW = 100
#: How long the thread waits on the brokers at a time: nobody can open a cursor meanwhile, in seconds.
_WAIT = 0.1
#: How long brokers may take to tell about a topic, in seconds.
_PROMPT = 5.0
#: How long a reader that waits keeps others from the lane, in seconds.
_TURN = 0.05


class Late(Exception):
    """Records that are known to be there have not come in time."""


class Lane:
    """A consumer and its cursors, at most one a partition. ``ring`` is called when something came while nobody read."""

    def __init__(self, configuration: dict[str, Any], faults: Faults, ring: Callable[[], None]) -> None:
        from confluent_kafka import Consumer

        with faults.mapped("start a consumer"):
            self._consumer = Consumer({"check.crcs": True, **configuration})
        self._source = source_of(self._consumer)
        self.changed = threading.Condition()
        self.cursors: dict[TopicPartition, Cursor] = {}
        self._told: set[str] = set()
        #: Partitions that are fetched by others: of topics made anew under their names a consumer fetches nothing for minutes.
        self.spoiled: set[TopicPartition] = set()
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
            if self._closed:
                raise LogError("The log is closed.")
            if where in self.cursors:
                self._drop(where)
            cursor = self.cursors[where] = Cursor(where, offset, end)
            self._source.attach(where)
            with self._faults.mapped(f"read the topic '{where[0]}'"):
                self._consumer.incremental_assign([Place(*where, offset)])
                if where[0] not in self._told:
                    # A topic that is new to a client has to be asked about: by itself it learns of it up to half a second later.
                    self._consumer.list_topics(where[0], timeout=_PROMPT)
                    self._told.add(where[0])
            return cursor

    def drop(self, where: TopicPartition) -> None:
        with self.changed:
            if where in self.cursors and not self._closed:
                self._drop(where)

    def spoil(self, where: TopicPartition) -> None:
        """Fetch nothing of a partition any more: it went away under the consumer, or nothing comes of it though there is something."""
        self.spoiled.add(where)
        self.drop(where)

    def read(self, cursor: Cursor, max_bytes: int, until: int, deadline: float) -> Batch | None:
        """What follows; None when nothing does. Waits for what is in front of ``until``, and of the end the cursor was opened with."""
        with self.changed:
            if not self._filled(cursor, until, deadline):
                return None
            if cursor.held < _FEW and not self._blocked and not self._closed:
                self._pump(cursor, 0.0)  # who waited got a single message: take what came with it
            batch = cursor.take(max_bytes)
            if cursor.paused and cursor.held < _HOLD // 4:
                self._pause(cursor, False)
            return batch

    def ready(self, cursor: Cursor, until: int, deadline: float) -> bool:
        """Whether ``read`` would give something."""
        with self.changed:
            return self._filled(cursor, until, deadline)

    def _filled(self, cursor: Cursor, until: int, deadline: float) -> bool:
        cursor.touched = time.monotonic()
        while not cursor.held:
            if self._closed:
                raise LogError("The log is closed.")
            if cursor.error is not None:
                raise cursor.error
            if self.cursors.get(cursor.where) is not cursor:
                return False
            if not self._blocked:
                self._pump(cursor, 0.0)
                if cursor.held:
                    break
            if cursor.next >= until and (cursor.at_end or cursor.next >= cursor.primed):
                self.arm()
                return False
            left = deadline - time.monotonic()
            if left <= 0:
                raise Late
            if self._blocked:
                self.changed.wait(min(left, _WAIT))
            else:
                self._pump(cursor, min(left, _TURN))
        return True

    def stop(self) -> None:
        """Ask the thread to end; ``close`` waits for it."""
        with self.changed:
            self._closed = True
            self.changed.notify_all()

    def close(self) -> None:
        self.stop()
        self._thread.join()
        with self.changed:  # nobody reads: from now on readers see that it is closed
            self._source.close()
        self._consumer.close()

    def arm(self) -> None:
        """Wait on the brokers from now on, as nobody reads."""
        with self.changed:
            self._idle = True
            self.changed.notify_all()

    def _pump(self, cursor: Cursor, timeout: float) -> bool:
        """Hand what came to the cursors. One thread at a time, holding the lock."""
        with self._faults.mapped("read records"):
            found = self._source.take(cursor.where, timeout)
        return self._sort(found)

    def _sort(self, found: list[Run | Fault]) -> bool:
        came = False
        for item in found:
            cursor = None if item.where is None else self.cursors.get(item.where)
            if isinstance(item, Fault):
                self._failed(cursor, item)
            elif cursor is not None and cursor.add(item):
                came = True
                if cursor.held > _HOLD and not cursor.paused:
                    self._pause(cursor, True)
        return came

    def _failed(self, cursor: Cursor | None, fault: Fault) -> None:
        error = fault.error
        name = error.name()
        if cursor is None:
            return  # about the connection: librdkafka goes on trying, and the time-out of whoever waits tells
        if cursor.behind is not None:
            return  # behind a damaged batch librdkafka is anywhere: the first error is the one that tells
        if name == "_PARTITION_EOF":
            cursor.at_end, cursor.end, cursor.primed = True, fault.offset, 0
            if not cursor.held:
                cursor.next = max(cursor.next, fault.offset)
        elif name in ("_AUTO_OFFSET_RESET", "OFFSET_OUT_OF_RANGE"):
            self._drop(cursor.where)  # what it was at has been removed: the reader looks for the start
        elif name in ("UNKNOWN_TOPIC_OR_PART", "_UNKNOWN_TOPIC", "_UNKNOWN_PARTITION", "UNKNOWN_TOPIC_ID"):
            cursor.error = unknown_topic(cursor.where[0])
            self.spoiled.add(cursor.where)
        elif not error.retriable() and name not in ("_TRANSPORT", "_ALL_BROKERS_DOWN", "_RESOLVE"):
            cursor.fail(self._faults.error(error, f"read the topic '{cursor.where[0]}'"))

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
            found = self._source.wait(_WAIT)
            with self.changed:
                came = self._sort(found)
                if came:
                    self._idle = False
                self.changed.notify_all()
            if came:
                self._ring()


def source_of(consumer: Any) -> Source:
    """How a consumer is read: by the batch layer, if there is one."""
    native = layer()
    if native is None:
        return ObjectSource(consumer)
    from millstream.log.kafka.native.source import NativeSource

    return NativeSource(native, consumer)
