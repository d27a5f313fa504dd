"""Who leads a service: whoever announced so last in the leader's topic, as long as the announcements go on.

A leader repeats its announcement every ``BEAT_S``. One rule decides, and it does not matter who comes, goes or wakes up meanwhile:

- An announcement that was asked for at some moment and succeeded lets its server lead for ``SESSION_S`` after that moment.
- Another server announces itself only when it has read no new announcement for ``SESSION_S``, or the last one says that its server ended.
- One that finds its own data directory's last stand need not wait so long: the process that announced it is gone.

All servers of the service announce with one transactional id. Whoever takes it, then reads to the end, and finds nothing new there may
announce: the announcement fails if anybody has taken the id since. A server that lost the id takes it again in the same way, and finds out
in doing so whether somebody else announced.

(A consumer group would decide too, and did. But its members lose their partition in a rebalance that takes longer than a moment: what the
leader commits meanwhile, to prove that it leads, comes to the coordinator with the number of the generation before.)

What may not live here: what a leader or a standby does; what an announcement is (``announcements``).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from millstream.errors import LogError
from millstream.log.base import NoTopic, TakenOver, TopicInfo, Unavailable
from millstream.log.kafka.announcements import Announcement, Announcements
from millstream.log.kafka.identity import Identity
from millstream.log.kafka.topics import Topics
from millstream.log.kafka.writer import Writer

#: After so long without a sign of the leader another server takes over, in seconds.
SESSION_S = 6.0
#: How often the leader shows that it leads, in seconds.
BEAT_S = 1.0
#: How often the others look whether it did, in seconds.
_LOOK_S = 0.25
#: An announcement that takes longer is no proof any more, in seconds.
PATIENCE_S = SESSION_S
#: The topic keeps the last announcement; in small pieces, so that Kafka removes the others soon.
_TOPIC = {"cleanup.policy": "compact", "segment.bytes": str(1 << 20), "min.cleanable.dirty.ratio": "0.1"}


class Membership:
    """One server's stand for leadership. A thread keeps it."""

    def __init__(
        self,
        me: Announcement,
        identity: Identity,
        announced: Announcements,
        topics: Topics,
        write: Callable[[], Writer],
        clock: Callable[[], int],
    ) -> None:
        """``me`` is what the server announces once it leads; ``write`` takes the id. Raises LogError when no broker answers."""
        topics.knock()
        self.me = me
        self._identity = identity
        #: What this server announced in an earlier life.
        self._earlier = replace(me, stand=identity.stood())
        self._announced = announced
        self._topics = topics
        self._write = write
        self._clock = clock
        #: What announces, while this server has the transactional id.
        self._writer: Writer | None = None
        #: When the last announcement of this server that succeeded was asked for, in seconds; None before the first.
        self._proved: float | None = None
        #: The last announcement that was read, where it is, and since when nothing came after it, in seconds.
        self._last: Announcement | None = None
        self._place = -1
        self._since: float | None = None
        self._follows = False
        self._over = False
        #: What keeps this server from knowing who leads.
        self._trouble: LogError | None = None
        self._closing = threading.Event()
        self._news = threading.Condition()
        self._prepare()
        self._thread = threading.Thread(target=self._run, name="millstream-leader", daemon=True)
        self._thread.start()

    @property
    def leads(self) -> bool:
        """Whether this server is the leader and nobody can have taken over yet."""
        return not self._over and self._proved is not None and time.monotonic() < self._proved + SESSION_S

    @property
    def follows(self) -> bool:
        """Whether it is settled that another leads: it has shown that it lives since this server looks."""
        return self._follows

    @property
    def over(self) -> bool:
        """Whether this server led and another has taken over."""
        return self._over

    def check(self) -> None:
        """Before anything is written. Raises TakenOver where another leads, Unavailable while that is not known."""
        if self._over:
            raise taken_over()
        if not self.leads:
            since = "" if self._proved is None else f": Kafka has not told for {time.monotonic() - self._proved:.0f} s"
            raise Unavailable(
                f"Whether this server still leads its service is not known{since}. Nothing is written until it is.",
                hint="Try again; check that the brokers run.",
            )

    def wait(self, timeout: float) -> None:
        """Until there may be news, or for so long."""
        with self._news:
            self._news.wait(timeout)

    def leader(self) -> str | None:
        """The address of whoever led last, as far as was announced. Raises LogError while that cannot be read."""
        trouble, last = self._trouble, self._last
        if trouble is not None:
            raise trouble
        return None if last is None else last.address

    def close(self) -> None:
        """Stand no more: another may lead at once."""
        self._closing.set()
        self._thread.join()
        writer, self._writer = self._writer, None
        if writer is not None:
            try:
                if self.leads:
                    writer.commit(self._announced.sends(self.me.ending(), self._clock()))
            except LogError:
                pass  # the others wait for SESSION_S instead
            finally:
                self._proved = None
                writer.close()

    def _run(self) -> None:
        while not (self._closing.is_set() or self._over):
            began = time.monotonic()
            try:
                if self._writer is None:
                    self._stand(began)
                else:
                    self._announce(self._writer)
                self._trouble = None
            except LogError as failure:
                self._failed(failure)
            except Exception as fault:  # ours: whoever leads must not go on without this thread
                self._failed(LogError(f"Who leads this service cannot be told: {type(fault).__name__}: {fault}"))
            with self._news:
                self._news.notify_all()
            pause = BEAT_S if self._writer is not None else _LOOK_S
            self._closing.wait(max(0.0, began + pause - time.monotonic()))

    def _failed(self, failure: LogError) -> None:
        self._trouble = failure
        self._since = None  # a silence counts from when the topic can be read again: the leader could not write either
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()

    def _prepare(self) -> None:
        """The topic is there. Raises LogError where it cannot be made."""
        topic = self._announced.topic
        if self._topics.identity(topic) is None:
            try:
                self._topics.create(TopicInfo(topic, 1, -1, _TOPIC))
            except LogError:
                if self._topics.identity(topic) is None:
                    raise

    def _stand(self, now: float) -> None:
        """Take the lead (again) if it may be taken."""
        try:
            if not self._may_announce(now):
                return
        except NoTopic:  # somebody deleted it
            self._prepare()
            return
        writer = self._write()
        try:
            if self._may_announce(now):
                self._announce(writer)
                self._writer = writer
                self._announced.rest()
        finally:
            if self._writer is None:
                writer.close()

    def _may_announce(self, now: float) -> bool:
        """Whether nobody else leads, ``now`` or since, by all that has been announced."""
        last, place = self._announced.look()
        if self._since is None or place != self._place:
            theirs = last is not None and not last.of(self.me)
            self._follows = theirs and (self._follows or (self._place >= 0 and place != self._place))
            self._last, self._place, self._since = last, place, time.monotonic()
        if last is None or last.of(self.me):
            return True
        if self._proved is not None:
            self._over = True
            return False
        # Even its own earlier life is looked at for a beat: somebody may have copied the data directory of a server that runs.
        return last.ended or now - self._since >= (1.5 * BEAT_S if last.of(self._earlier) else SESSION_S)

    def _announce(self, writer: Writer) -> None:
        if self._proved is None:
            self._identity.stands(self.me.stand)
        asked = time.monotonic()
        writer.commit(self._announced.sends(self.me, self._clock()))
        if self._proved is None:
            self._topics.committing(writer.ends)  # whoever is fenced from now on can read why
        self._proved = asked


def taken_over() -> TakenOver:
    return TakenOver(
        "Another server of this service leads now: this one may not write any more.",
        hint="It becomes a standby by itself. Only one server of a service.id writes at a time.",
    )
