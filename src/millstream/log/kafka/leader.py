"""Who leads a service: the owner of the one partition of a topic, among the members of a consumer group.

The group's coordinator decides; a member that is silent for ``SESSION_S`` loses the partition to another. The offset that the group keeps
for the partition counts the terms: each leader that takes over from another writes the next number, so that one who lost the group and
came back knows whether somebody led meanwhile. Committing that number again is also the proof that the group still knows the member:
for ``SESSION_S`` after it nobody else can have become leader.

What may not live here: what a leader or a standby does.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from millstream.errors import LogError
from millstream.log.base import TakenOver, TopicInfo, Unavailable
from millstream.log.kafka.errors import Faults
from millstream.log.kafka.names import Names
from millstream.log.kafka.topics import Topics

#: After so long without a sign of a member the group gives its partition to another, in seconds.
SESSION_S = 6.0
#: How often the member shows that it lives, and proves that it leads, in seconds.
BEAT_S = 1.0
_POLL_S = 0.1


def holder(names: Names, topics: Topics) -> str | None:
    """The client id of who owns the partition; None while nobody does. Raises LogError when no broker answers."""
    for client, places in topics.members(names.group("leader")):
        if (names.leader, 0) in places:
            return client
    return None


class Membership:
    """One server's place in the group. A thread keeps it.

    ``identity`` is the server's, kept in its data directory, ``address`` where it can be reached; others see both in the client id.
    """

    def __init__(
        self,
        identity: str,
        address: str,
        names: Names,
        topics: Topics,
        configuration: Mapping[str, Any],
        faults: Faults,
    ) -> None:
        """Raises LogError when no broker answers."""
        from confluent_kafka import Consumer

        self._names, self._topics, self._faults = names, topics, faults
        if topics.identity(names.leader) is None:
            try:
                topics.create(TopicInfo(names.leader, 1, -1, {}))
            except LogError:
                if topics.identity(names.leader) is None:
                    raise
        self._client = client_id(identity, address)
        self._owned = False
        #: The number of the term in which this server leads, or led last; None before the first.
        self._term: int | None = None
        self._proved = 0.0
        self._over = False
        self._closing = False
        self._news = threading.Condition()
        with faults.mapped("join the group of the leader"):
            self._consumer = Consumer(_configuration(configuration, names.group("leader"), self._client))
            self._consumer.subscribe([names.leader], on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._revoked)
        self._thread = threading.Thread(target=self._run, name="millstream-leader", daemon=True)
        self._thread.start()

    @property
    def leads(self) -> bool:
        """Whether this server is the leader and nobody can have taken over yet."""
        return self._term is not None and not self._over and time.monotonic() < self._proved + SESSION_S

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
        """The address of whoever leads; None while nobody does. Raises LogError when no broker answers."""
        client = holder(self._names, self._topics)
        return None if client is None else client.rpartition(" ")[2]

    def members(self) -> list[str]:
        """The addresses of all servers of the service. Raises LogError when no broker answers."""
        return sorted(client.rpartition(" ")[2] for client, _ in self._topics.members(self._names.group("leader")))

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
            if now - tried >= BEAT_S and not self._over:
                tried = now
                if self._owned:
                    self._prove(now)
                elif self._term is not None:
                    self._look_around()

    def _assigned(self, consumer: Any, places: list[Any]) -> None:
        from confluent_kafka import OFFSET_END

        for place in places:
            place.offset = OFFSET_END  # nothing is read here
        consumer.incremental_assign(places)
        if places:
            consumer.pause(places)
            self._owned = True

    def _revoked(self, consumer: Any, places: list[Any]) -> None:
        consumer.incremental_unassign(places)
        if places:
            self._owned = False

    def _prove(self, now: float) -> None:
        """Show the group the number of the term; take the next one where another led since, or nobody ever did."""
        from confluent_kafka import KafkaException
        from confluent_kafka import TopicPartition as Place

        try:
            found = self._consumer.committed([Place(self._names.leader, 0)], SESSION_S)[0]
            last = max(found.offset, 0) if found.error is None else None
            if last is None:
                return
            if self._term is not None and last != self._term:
                self._end()
                return
            term = last + 1 if self._term is None else last
            done = self._consumer.commit(offsets=[Place(self._names.leader, 0, term)], asynchronous=False)
            if done[0].error is not None:
                return
        except KafkaException:
            return  # no broker answers, or the group goes through a change: it is tried again
        first = self._term is None
        self._term, self._proved = term, now
        if first:
            self._tell()

    def _look_around(self) -> None:
        """This server led, and lost its place: does somebody else lead now?"""
        try:
            found = holder(self._names, self._topics)
        except LogError:
            return
        if found is not None and found != self._client:
            self._end()

    def _end(self) -> None:
        self._over = True
        self._tell()

    def _tell(self) -> None:
        with self._news:
            self._news.notify_all()


def client_id(identity: str, address: str) -> str:
    return f"millstream {identity} {address}"


def taken_over() -> TakenOver:
    return TakenOver(
        "Another server of this service leads now: this one may not write any more.",
        hint="It becomes a standby by itself. Only one server of a service.id writes at a time.",
    )


def leading(identity: str, names: Names, topics: Topics) -> Callable[[], None]:
    """What raises unless the server of this identity is the leader: asked by its other processes when they were fenced."""

    def check() -> None:
        found = holder(names, topics)
        if found is None:
            raise Unavailable("No server of this service leads at the moment.", hint="One does within a few seconds, once Kafka answers.")
        if not found.startswith(client_id(identity, "")):
            raise taken_over()

    return check


def _configuration(common: Mapping[str, Any], group: str, client: str) -> dict[str, Any]:
    return {
        **common,
        "group.id": group,
        "client.id": client,
        "session.timeout.ms": int(SESSION_S * 1000),
        "heartbeat.interval.ms": int(BEAT_S * 1000),
        # Whoever owns the partition keeps it when others come.
        "partition.assignment.strategy": "cooperative-sticky",
        "auto.offset.reset": "latest",
        "enable.partition.eof": False,
    }
