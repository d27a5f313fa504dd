"""How the last transactions of this process's writers ended, as far as it knows, and having that seen which was committed.

A broker that is killed while it ends a transaction can forget some of its partitions ("these partitions are likely deleted already" in the
log of Kafka 4.3), which is made good by the end of the writer's next one there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from millstream.log.base import Batch, Unavailable
from millstream.log.kafka.names import Names
from millstream.log.kafka.reader import Reader
from millstream.log.kafka.topics import Topics
from millstream.log.kafka.writer import Writer
from millstream.log.staging import TopicPartition

#: A key that no store has.
_NOBODY = b"\xff_nobody"
#: Where transactions end that were to be committed, and whether the last one was.
Asked = tuple[Mapping[TopicPartition, int], bool]


class Outcomes:
    """By owner. ``clock`` gives ms since 1970. Each owner is used by one thread at a time."""

    def __init__(self, names: Names, topics: Topics, reader: Reader, clock: Callable[[], int]) -> None:
        self._names = names
        self._topics = topics
        self._reader = reader
        self._clock = clock
        self._asked: dict[str, Asked] = {}

    def of(self, owner: str) -> Asked | None:
        """What was to be committed since the owner's transactions were last known to be complete; None for nothing."""
        return self._asked.get(owner)

    def remember(self, owner: str, ends: Mapping[TopicPartition, int], *, sure: bool) -> None:
        """Where a transaction ends that was to be committed. ``sure``: it was."""
        self._asked[owner] = ({**self._asked.get(owner, ({}, True))[0], **ends}, sure)

    def forget(self, prefix: str) -> None:
        """Owners whose stores are dropped."""
        for owner in [o for o in self._asked if f"{o}/".startswith(prefix)]:
            self._asked.pop(owner, None)

    def complete(self, writer: Writer, proved: Mapping[TopicPartition, int], patience_s: float) -> None:
        """Have the last transactions of a writer seen that were committed.

        Changelogs that do not show their end get another transaction, of a row that no store has. A partition of a sink waits for the next
        that has something to say. ``proved``: up to where its changelogs were committed, as the copies show. Raises Unavailable where
        nobody knows whether more was.
        """
        owner = writer.owner
        ends, sure = self._asked.get(owner, ({}, True))
        kept = {where: end for where, end in ends.items() if self._names.store(where[0]) is not None}
        unproved = {where: end for where, end in kept.items() if end > proved.get(where, 0)}
        late = self._topics.behind({**proved, **unproved}, patience_s)
        if not late.isdisjoint(unproved) and not (sure or self._shows(ends, late)):
            topics = ", ".join(sorted(f"'{topic}'" for topic, _ in late))
            raise Unavailable(f"Kafka does not tell whether the last transaction of '{owner}' was committed: {topics} has not its end.")
        if late:
            with writer.lock:
                writer.commit([(*where, Batch([_NOBODY], [None], [self._clock()])) for where in sorted(late)])
        self._asked.pop(owner, None)

    def _shows(self, ends: Mapping[TopicPartition, int], late: set[TopicPartition]) -> bool:
        """Whether a record of a transaction can be read where its end was not forgotten: then it was committed."""
        for (topic, partition), end in ends.items():
            if (topic, partition) not in late and not self._topics.behind({(topic, partition): end}, 0.0):
                found = self._reader.read(topic, partition, end - 1, 1)
                if len(found) and found.offsets[0] == end - 1:
                    return True
        return False
