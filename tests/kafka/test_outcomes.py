"""What is done about transactions whose end a broker forgot, by what is known of them."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from millstream.log.base import Batch, Unavailable
from millstream.log.kafka.names import Names
from millstream.log.kafka.outcomes import Outcomes

NAMES = Names("s")
#: Where the writer 'q' has been: its changelog, and a topic of rows.
CHANGELOG, ROWS = (NAMES.changelog("q/s"), 0), ("rows", 0)


class Broker:
    """Stands for a writer, for topics of which some do not show their end, and for what is read in those that do."""

    owner = "q"

    def __init__(self, *late: tuple[str, int], shown: int = 0) -> None:
        self.lock, self.late, self.shown = threading.Lock(), set(late), shown
        self.written: list[tuple[str, int]] = []

    def behind(self, ends: dict[tuple[str, int], int], _patience_s: float) -> set[tuple[str, int]]:
        return self.late & set(ends)

    def read(self, _topic: str, _partition: int, offset: int, _bytes: int) -> Batch:
        there = offset < self.shown
        return Batch([b"k"] * there, [b"v"] * there, [0] * there, offsets=range(offset, offset + there), next_offset=offset + there)

    def commit(self, sends: Any) -> None:
        assert self.lock.locked()
        self.written += [(topic, partition) for topic, partition, _ in sends]


def outcomes(broker: Broker, *, sure: bool) -> Outcomes:
    """A transaction of 'q' was to be committed up to 5 in both topics."""
    made = Outcomes(NAMES, broker, broker, lambda: 0)  # type: ignore[arg-type]
    made.remember("q", {CHANGELOG: 5, ROWS: 5}, sure=sure)
    return made


@pytest.mark.parametrize(
    ("broker", "sure", "proved", "written"),
    [
        (Broker(), False, {}, []),  # all of it can be seen
        (Broker(CHANGELOG), True, {}, [CHANGELOG]),  # it was committed, Kafka said so
        (Broker(CHANGELOG), False, {CHANGELOG: 5}, [CHANGELOG]),  # the copy has it, so it was
        (Broker(CHANGELOG, shown=5), False, {}, [CHANGELOG]),  # its rows can be read, so it was
        (Broker(ROWS), True, {}, []),  # the next row ends what is open in front of it
    ],
)
def test_what_was_committed_is_ended(broker: Broker, sure: bool, proved: dict[tuple[str, int], int], written: list[Any]) -> None:
    known = outcomes(broker, sure=sure)
    known.complete(broker, proved, 0.1)  # type: ignore[arg-type]
    assert broker.written == written
    assert known.of("q") is None


@pytest.mark.parametrize("late", [(CHANGELOG,), (CHANGELOG, ROWS)])
def test_what_nobody_knows_of_is_waited_for(late: tuple[tuple[str, int], ...]) -> None:
    """It may have been aborted: nothing is ended, and it is asked again later. A dropped query's is forgotten."""
    broker = Broker(*late)
    known = outcomes(broker, sure=False)
    with pytest.raises(Unavailable, match="does not tell whether the last transaction of 'q' was committed"):
        known.complete(broker, {}, 0.1)  # type: ignore[arg-type]
    assert broker.written == []
    assert known.of("q") == ({CHANGELOG: 5, ROWS: 5}, False)
    known.forget("q/")
    assert known.of("q") is None
