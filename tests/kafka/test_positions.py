"""Offsets of groups on Kafka: in the transaction, at the brokers, and of one topic only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from millstream.log.base import TopicInfo
from tests.kafka.apart import Apart


def test_what_did_not_move_is_not_written_again(opened: Callable[..., Any], service: str) -> None:
    """A commit writes a record for each partition that moved, and none when none did."""
    log: Apart = opened("one")
    topic = "t"
    log.create(TopicInfo(topic, 2))
    for second in (5, 6, 6):
        with log.begin("q") as transaction:
            transaction.offsets("q", {(topic, 0): 1, (topic, 1): second})
    kept = log.log.read(log.names.changelog("q/offsets"), 0, 0)
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
