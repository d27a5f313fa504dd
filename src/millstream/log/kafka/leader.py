"""Who leads a service: the owner of the one partition of a topic, among the members of a consumer group.

The group's coordinator decides; a member that is silent for ``SESSION_S`` loses the partition to another. The offset that the group keeps
for the partition counts the terms: each leader that takes over from another writes the next number, so that one who lost the group and
came back knows whether somebody led meanwhile. Committing that number again is also the proof that the group still knows the member:
for ``SESSION_S`` after it nobody else can have become leader.

A new leader announces itself in the topic before it becomes any writer: so whoever is fenced by it can read why, and everybody reads where
it is reached. (Asking the coordinator for the group's members would do, but librdkafka aborts the process when such a request times out.)

What may not live here: what a leader or a standby does.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from millstream.errors import LogError
from millstream.log.base import Batch, TakenOver, TopicInfo, Unavailable
from millstream.log.kafka.errors import Faults
from millstream.log.kafka.topics import Topics

#: After so long without a sign of a member the group gives its partition to another, in seconds.
SESSION_S = 6.0
#: How often the member shows that it lives, and proves that it leads, in seconds.
BEAT_S = 1.0
_POLL_S = 0.1
_STEPS_S = 2.0


@dataclass(frozen=True, slots=True)
class Announcement:
    """Who leads. ``identity`` is the server's, kept in its data directory; ``address`` is where it can be reached."""

    identity: str
    address: str

    def batch(self, now_ms: int) -> Batch:
        """The record that says so."""
        return Batch([b"leader"], [json.dumps(asdict(self)).encode()], [now_ms])


class Announcements:
    """What leaders have announced."""

    def __init__(self, topic: str, read: Callable[[str, int, int], Batch]) -> None:
        self._topic = topic
        self._read = read
        self._lock = threading.Lock()
        self._next = 0
        self._last: Announcement | None = None

    def last(self) -> Announcement | None:
        """The last one; None before the first. Raises LogError when no broker answers, NoTopic before the topic is there."""
        with self._lock:
            while (batch := self._read(self._topic, 0, self._next)).values:
                self._last = Announcement(**json.loads(batch.values[-1] or b"{}"))
                self._next = batch.next_offset
            return self._last


class Membership:
    """One server's place in the group. A thread keeps it. ``me`` is what the server announces once it leads."""

    def __init__(
        self, me: Announcement, topic: str, topics: Topics, configuration: Mapping[str, Any], announced: Announcements, faults: Faults
    ) -> None:
        """Raises LogError when no broker answers."""
        from confluent_kafka import Consumer

        topics.knock()
        if topics.identity(topic) is None:
            try:
                topics.create(TopicInfo(topic, 1, -1, {"cleanup.policy": "compact"}))
            except LogError:
                if topics.identity(topic) is None:
                    raise
        self.me = me
        self._topic = topic
        self._announced = announced
        self._owned = False
        #: Since when the group has given this server a place that is not the leader's, in seconds.
        self._placed: float | None = None
        #: The number of the term in which this server leads, or led last; None before the first. And the one it is about to show.
        self._term: int | None = None
        self._next: int | None = None
        #: Whether the number is known to be right since the partition came here.
        self._sure = False
        #: When the group was asked to take the number, and when it was asked with success, in seconds.
        self._asked: float | None = None
        self._proved = 0.0
        self._over = False
        self._closing = False
        self._news = threading.Condition()
        with faults.mapped("join the group of the leader"):
            self._consumer = Consumer({**_configuration(configuration, topic), "on_commit": self._proven})
            self._consumer.subscribe([topic], on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._revoked)
        self._thread = threading.Thread(target=self._run, name="millstream-leader", daemon=True)
        self._thread.start()

    @property
    def leads(self) -> bool:
        """Whether this server is the leader and nobody can have taken over yet."""
        return self._term is not None and not self._over and time.monotonic() < self._proved + SESSION_S

    @property
    def follows(self) -> bool:
        """Whether it is settled that another leads: a place without the partition may only be the first step to one with it."""
        return self._placed is not None and time.monotonic() - self._placed > _STEPS_S

    @property
    def over(self) -> bool:
        """Whether this server led and another has taken over."""
        return self._over

    def check(self) -> None:
        """Before anything is written. Raises TakenOver where another leads, Unavailable while that is not known."""
        if self._over:
            raise taken_over()
        if not self.leads:
            raise Unavailable(
                "Whether this server still leads its service is not known: Kafka has not told for "
                f"{time.monotonic() - self._proved:.0f} s. Nothing is written until it does.",
                hint="Try again; check that the brokers run.",
            )

    def wait(self, timeout: float) -> None:
        """Until there may be news, or for so long."""
        with self._news:
            self._news.wait(timeout)

    def leader(self) -> str | None:
        """The address of whoever led last, as far as was announced. Raises LogError when no broker answers."""
        last = self._announced.last()
        return None if last is None else last.address

    def close(self) -> None:
        """Leave the group: another may lead at once."""
        self._closing = True
        self._thread.join()
        self._consumer.close()

    def _run(self) -> None:
        tried = 0.0
        while not self._closing:
            self._consumer.poll(_POLL_S)
            now = time.monotonic()
            if now - tried < BEAT_S or self._over:
                continue
            tried = now
            if not self._owned:
                if self._term is not None:
                    self._look_around()
            elif self._sure or self._decide():
                self._prove(now)

    def _assigned(self, consumer: Any, places: list[Any]) -> None:
        from confluent_kafka import OFFSET_END

        for place in places:
            place.offset = OFFSET_END  # nothing is read here
        consumer.incremental_assign(places)
        if self._placed is None and not places:
            self._placed = time.monotonic()
        if places:
            consumer.pause(places)
            self._owned, self._sure, self._asked = True, False, None

    def _revoked(self, consumer: Any, places: list[Any]) -> None:
        consumer.incremental_unassign(places)
        if places:
            self._owned = False

    def _decide(self) -> bool:
        """Which term this is: the next one where another led since, or nobody ever did. Whether that is known."""
        from confluent_kafka import KafkaException
        from confluent_kafka import TopicPartition as Place

        try:
            found = self._consumer.committed([Place(self._topic, 0)], BEAT_S)[0]
        except KafkaException:
            return False  # no broker answers, or the group goes through a change: it is tried again
        if found.error is not None:
            return False
        last = max(found.offset, 0)
        if self._next is not None and last != self._next:
            self._end()
            return False
        self._next = last + 1 if self._next is None else last
        self._sure = True
        return True

    def _prove(self, now: float) -> None:
        """Show the group the number of the term; ``_proven`` is called with its answer."""
        from confluent_kafka import KafkaException
        from confluent_kafka import TopicPartition as Place

        if self._asked is None or now - self._asked > SESSION_S:
            self._asked = now
            try:
                self._consumer.commit(offsets=[Place(self._topic, 0, self._next or 0)], asynchronous=True)
            except KafkaException:
                self._asked = None

    def _proven(self, error: Any, places: list[Any]) -> None:
        asked, self._asked = self._asked, None
        if error is not None or asked is None or any(place.error is not None for place in places):
            return
        self._proved = max(self._proved, asked)
        if self._term is None:
            self._term = self._next
            self._tell()

    def _look_around(self) -> None:
        """This server led, and lost its place: does somebody else lead now?"""
        try:
            last = self._announced.last()
        except LogError:
            return
        if last is not None and last != self.me:
            self._end()

    def _end(self) -> None:
        self._over = True
        self._tell()

    def _tell(self) -> None:
        with self._news:
            self._news.notify_all()


def taken_over() -> TakenOver:
    return TakenOver(
        "Another server of this service leads now: this one may not write any more.",
        hint="It becomes a standby by itself. Only one server of a service.id writes at a time.",
    )


def _configuration(common: Mapping[str, Any], topic: str) -> dict[str, Any]:
    return {
        **common,
        "group.id": topic,
        "session.timeout.ms": int(SESSION_S * 1000),
        "heartbeat.interval.ms": int(BEAT_S * 1000),
        # Whoever owns the partition keeps it when others come.
        "partition.assignment.strategy": "cooperative-sticky",
        "auto.offset.reset": "latest",
        "enable.partition.eof": False,
    }
