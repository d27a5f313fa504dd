"""What every log promises, on Kafka: the contract's own tests, and those again that count offsets, where Kafka has gaps."""

from __future__ import annotations

from typing import Any

from millstream.log.base import Batch, TopicInfo
from tests.log.helpers import append, batch, committed_by_threads, read_all
from tests.log.test_contract import (
    test_a_newer_transaction_of_an_owner_fences_the_older,
    test_a_transaction_is_visible_whole_or_not_at_all,
    test_fileno_is_readable_after_a_commit_until_drained,
    test_groups_keep_positions_until_dropped,
    test_headers_are_kept_and_absent_ones_are_none,
    test_illegal_topic_names_are_refused,
    test_long_keys_keep_byte_order,
    test_stores_get_scan_delete_and_drop,
    test_wait_returns_when_records_arrive,
    test_what_does_not_exist_is_named,
)

__all__ = [
    "test_a_newer_transaction_of_an_owner_fences_the_older",
    "test_a_transaction_is_visible_whole_or_not_at_all",
    "test_fileno_is_readable_after_a_commit_until_drained",
    "test_groups_keep_positions_until_dropped",
    "test_headers_are_kept_and_absent_ones_are_none",
    "test_illegal_topic_names_are_refused",
    "test_long_keys_keep_byte_order",
    "test_stores_get_scan_delete_and_drop",
    "test_wait_returns_when_records_arrive",
    "test_what_does_not_exist_is_named",
]


def test_records_come_back_in_order(log: Any) -> None:
    """NULL keys and values, empty ones and timestamps (0 too) are kept; between two transactions there is a marker's offset."""
    log.create(TopicInfo("t", 2))
    first = append(log, "t", [(None, b"1", 5), (b"k", None, 3)])
    second = append(log, "t", [(b"", b"", 0)])
    assert (first, second) == (0, 3)
    assert read_all(log, "t") == [(0, (None, b"1", 5)), (1, (b"k", None, 3)), (3, (b"", b"", 0))]
    assert log.end_offsets("t") == [5, 0]
    assert log.start_offsets("t") == [0, 0]
    assert log.read("t", 0, 0).headers is None


def test_reading_starts_at_any_offset_and_respects_max_bytes(log: Any) -> None:
    """At least one record, else about max_bytes; an offset in a gap reads what follows; behind the end an empty batch."""
    log.create(TopicInfo("t", 1))
    rows = [(b"%d" % i, b"v" * 100, i) for i in range(1, 501)]
    for start in range(0, 500, 50):
        append(log, "t", rows[start : start + 50])
    found = read_all(log, "t")
    assert [r for _, r in found] == rows
    assert len(log.read("t", 0, 0, 1)) == 1
    assert 5 <= len(log.read("t", 0, 0, 1000)) <= 15
    for offset in (0, 1, 49, 50, 51, 77, 507, 508):
        assert read_all(log, "t", offset=offset, max_bytes=777) == [(o, r) for o, r in found if o >= offset]
    end = log.end_offsets("t")[0]
    assert len(log.read("t", 0, end)) == 0
    assert log.read("t", 0, 9999).next_offset == 9999


def test_two_readers_of_a_partition_do_not_disturb_each_other(log: Any) -> None:
    """By turns, from different places, each gets everything from its place on."""
    log.create(TopicInfo("t", 1))
    rows = [(b"%d" % i, b"v" * 50, i) for i in range(1, 301)]
    append(log, "t", rows)
    places, got = [0, 100], [[], []]
    for _ in range(100):
        for reader in (0, 1):
            part = log.read("t", 0, places[reader], 500)
            got[reader] += part.keys
            places[reader] = part.next_offset
    assert got == [[k for k, _, _ in rows], [k for k, _, _ in rows[100:]]]


def test_a_partition_is_read_from_its_start_again_and_again(log: Any) -> None:
    """Places that nobody reads any more are given up, however many there were."""
    log.create(TopicInfo("t", 1))
    append(log, "t", [(b"k", b"a", 1), (b"k", b"b", 2)])
    for _ in range(40):
        assert read_all(log, "t") == [(0, (b"k", b"a", 1)), (1, (b"k", b"b", 2))]


def test_topics_are_created_once_deleted_and_made_anew(log: Any) -> None:
    """A topic made again under an old name is empty, takes records again, and groups have no positions in it."""
    info = TopicInfo("t", 2, 1, {"cleanup.policy": "compact"})
    log.create(info)
    log.create(TopicInfo("u", 1))
    assert log.topics()["t"] == info
    assert log.topic("t") == info
    append(log, "t", [(b"k", b"v" * 20_000, 1)])
    assert len(read_all(log, "t")) == 1
    with log.begin("x") as transaction:
        transaction.offsets("g", {("t", 0): 1, ("u", 0): 2})
    log.delete("t")
    assert log.topic("t") is None
    log.create(info)
    assert log.end_offsets("t") == [0, 0]
    assert read_all(log, "t") == []
    assert log.committed("g") == {("u", 0): 2}
    append(log, "t", [(b"k", b"again", 1)])
    assert [r for _, r in read_all(log, "t")] == [(b"k", b"again", 1)]


def test_offset_for_time_is_the_first_record_at_or_behind_it(log: Any) -> None:
    """In a partition whose times do not rise; an offset with nothing behind it if there is none."""
    log.create(TopicInfo("t", 1))
    with log.begin("x") as transaction:
        transaction.append("t", 0, batch([(None, b"x", time) for time in (10, 30, 20, 40, 40, 5)]))
    assert [log.offset_for_time("t", 0, t) for t in (1, 10, 11, 31, 40)] == [0, 0, 1, 3, 3]
    assert log.read("t", 0, log.offset_for_time("t", 0, 41)).values == []


def test_threads_commit_at_once(log: Any) -> None:
    """Nothing is lost, and each thread's records keep their order."""
    assert len(committed_by_threads(log, 10)) == 40


def test_headers_survive_beside_the_mark_of_the_time_zero(log: Any) -> None:
    """A record of the time 0 has the headers it was given and no others."""
    log.create(TopicInfo("t", 1))
    with log.begin("x") as transaction:
        transaction.append("t", 0, Batch([None] * 3, [b"a", b"b", b"c"], [0, 1, 0], [[("h", b"1")], (), ()]))
    found = log.read("t", 0, 0)
    assert found.timestamps == [0, 1, 0]
    assert [list(h) for h in found.headers] == [[("h", b"1")], [], []]
