"""Offsets of groups on Kafka: in the transaction, at the brokers; and transactions whose end a broker forgot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from millstream.log.base import Batch, TopicInfo, Unavailable
from tests.kafka.apart import Apart
from tests.log.helpers import read_all


def test_what_did_not_move_is_not_written_again(opened: Callable[..., Any], service: str) -> None:
    """A commit writes a record for each partition that moved, and none when none did."""
    log: Apart = opened("one")
    topic = "t"
    log.create(TopicInfo(topic, 2))
    for second in (5, 6, 6):
        with log.begin("q") as transaction:
            transaction.offsets("q", {(topic, 0): 1, (topic, 1): second})
    kept = log.log.read(log.names.changelog("q/positions"), 0, 0)
    assert [key for key in kept.keys if key is not None] == [f"{service}.t/{partition}".encode() for partition in (0, 1, 1)]
    assert log.committed("q") == {(topic, 0): 1, (topic, 1): 6}


def test_another_machine_has_the_offsets(opened: Callable[..., Any]) -> None:
    """They are the brokers': a new directory finds them, and the first one finds what was committed meanwhile."""
    topic = "t"
    first: Apart = opened("one")
    first.create(TopicInfo(topic, 1))
    with first.begin("q") as transaction:
        transaction.offsets("q", {(topic, 0): 3})
    second: Apart = opened("two")
    assert second.committed("q") == {(topic, 0): 3}
    with second.begin("q") as transaction:
        transaction.offsets("q", {(topic, 0): 4})
    assert first.committed("q") == {(topic, 0): 4}
    second.drop_group("q")
    assert first.committed("q") == {}


def test_writers_of_one_group_lose_nothing_of_each_other(opened: Callable[..., Any]) -> None:
    """Tasks of a sink are writers of their own with one group; a copy that has one's offsets and not the other's is read again."""
    topic = "t"
    ours: Apart = opened("one")
    theirs: Apart = opened("two")
    ours.create(TopicInfo(topic, 2))
    for at in range(1, 4):
        with ours.begin("sink-0") as transaction:
            transaction.offsets("connect-sink", {(topic, 0): at})
        with theirs.begin("sink-1") as transaction:
            transaction.offsets("connect-sink", {(topic, 1): at})
        with ours.begin("sink-0") as transaction:
            transaction.offsets("connect-sink", {(topic, 0): 10 * at})
    assert ours.committed("connect-sink") == theirs.committed("connect-sink") == {(topic, 0): 30, (topic, 1): 3}


def test_what_a_broker_forgot_to_end_is_ended(opened: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer that goes on ends its last transaction in the changelogs that do not show it, by a row that no store has."""
    log: Apart = opened("one")
    log.create(TopicInfo("t", 1))
    with log.begin("q") as transaction:
        transaction.append("t", 0, Batch([b"k"], [b"v"], [1]))
        transaction.put("q/s", 0, [(b"a", b"1")])
        transaction.offsets("q", {("t", 0): 1})
    late: list[set[tuple[str, int]]] = []

    def behind(ends: dict[tuple[str, int], int], _patience_s: float) -> set[tuple[str, int]]:
        late.append(set(ends))
        return set(ends)

    with monkeypatch.context() as patched:
        patched.setattr(log.log._topics, "behind", behind)
        log.log._outcomes.complete(log.log._writers.of("q"), log.log._changelogs.places(log.log._changelogs.owned("q")), 0.2)
    own = {(log.log.names.changelog(store), 0) for store in ("q/s", "q/positions")}
    assert late == [own], "the topic of the rows is not a changelog"
    for topic, _ in own:
        assert [(key, value) for _, (key, value, _) in read_all(log.log, topic)][-1] == (b"\xff_nobody", None)
    log.recover("q")
    assert (log.get("q/s", 0, b"a"), log.committed("q")) == (b"1", {("t", 0): 1})
    assert list(log.scan("q/s", 0)) == [(b"a", b"1")]


def test_what_has_not_ended_is_not_passed_over(opened: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Who does not know what was to become of a transaction waits for its end, and says so."""
    with opened("one").begin("q") as transaction:
        transaction.put("q/s", 0, [(b"a", b"1")])
    log: Apart = opened("two")
    monkeypatch.setattr(log.log._topics, "behind", lambda ends, _patience_s: set(ends))
    with pytest.raises(Unavailable, match=r"has not ended a transaction in the topic '.*q-s-changelog'"):
        log.recover("q")
