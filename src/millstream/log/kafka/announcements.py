"""What leaders announce, and the topic where they do.

What may not live here: who may announce when (``leader``).
"""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, dataclass, fields, replace

from millstream.log.base import Batch
from millstream.log.kafka.reader import Reader
from millstream.log.kafka.topics import Topics
from millstream.log.kafka.writer import Sends

#: How far before the end the last announcement is looked for first, in offsets.
_TAIL = 100
_MAX_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Announcement:
    """Who leads. ``identity`` is the server's, kept in its data directory; ``address`` is where it can be reached. ``stand`` tells one
    stand for leadership from another of the same server. ``ended``: it has stopped, and anybody may lead."""

    identity: str
    address: str
    stand: str = ""
    ended: bool = False

    def of(self, other: Announcement) -> bool:
        """Whether it was made in the same stand."""
        return (self.identity, self.stand) == (other.identity, other.stand)

    def ending(self) -> Announcement:
        """That this server has stopped."""
        return replace(self, ended=True)


class Announcements:
    """The announcements of one service."""

    def __init__(self, topic: str, topics: Topics, reader: Reader) -> None:
        self.topic = topic
        self._where = (topic, 0)
        self._topics = topics
        self._reader = reader
        self._lock = threading.Lock()
        self._next = -1
        self._last: Announcement | None = None
        self._place = -1

    def last(self) -> Announcement | None:
        """The last one; None before the first. Raises LogError when no broker answers, NoTopic before the topic is there."""
        found = self.look()[0]
        self.rest()
        return found

    def look(self) -> tuple[Announcement | None, int]:
        """The last of all that were made before the call, and the offset where it is, -1 before the first. Raises as ``last`` does."""
        with self._lock:
            end = self._topics.offsets([self._where], start=False)[self._where]
            if not 0 <= self._next <= end:  # for the first time, or the topic was made anew
                self._reader.forget(self.topic)
                self._last, self._place = None, -1
                self._next = max(end - _TAIL, 0)
            self._read_to(end)
            if self._last is None and self._next > 0:  # nothing but what was given up, at the end
                self._next = 0
                self._read_to(end)
            return self._last, self._place

    def rest(self) -> None:
        """Nothing is fetched until the next look."""
        self._reader.close_cursor(self._where)

    def sends(self, announcement: Announcement, now_ms: int) -> Sends:
        """What a writer commits to make it."""
        value = json.dumps(asdict(announcement)).encode()
        return [(self.topic, 0, Batch([b"leader"], [value], [now_ms]))]

    def _read_to(self, end: int) -> None:
        self._reader.reached({self._where: end})  # a read waits for what is in front of it
        while self._next < end:
            batch = self._reader.read(self.topic, 0, self._next, _MAX_BYTES)
            if batch.values:
                known = {field.name for field in fields(Announcement)}
                told = json.loads(batch.values[-1] or b"{}")
                self._last = Announcement(**{name: value for name, value in told.items() if name in known})
                self._place = batch.offsets[-1]
            elif batch.next_offset <= self._next:
                return  # the topic ends before: it was made anew meanwhile
            self._next = batch.next_offset
