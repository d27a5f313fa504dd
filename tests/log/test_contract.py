"""What every log promises."""

from __future__ import annotations

import select
import threading
from collections.abc import Sequence
from typing import Any

import pytest

from millstream.errors import LogError
from millstream.log.base import Batch, TopicInfo
from tests.log.helpers import append, batch, committed_by_threads, read_all


def test_records_come_back_in_order_with_their_offsets(log: Any) -> None:
    """Offsets rise by one; NULL keys and values, and timestamps, are kept."""
    log.create(TopicInfo("t", 2))
    first = append(log, "t", [(None, b"1", 5), (b"k", None, 3)])
    second = append(log, "t", [(b"", b"", 0)])
    assert (first, second) == (0, 2)
    assert read_all(log, "t") == [(0, (None, b"1", 5)), (1, (b"k", None, 3)), (2, (b"", b"", 0))]
    assert log.end_offsets("t") == [3, 0]
    assert log.start_offsets("t") == [0, 0]


def test_headers_are_kept_and_absent_ones_are_none(log: Any) -> None:
    """A batch without any header reads as headers None; a mixed one gives a sequence a record."""
    log.create(TopicInfo("t", 1))
    with log.begin("x") as transaction:
        transaction.append("t", 0, Batch([None, None], [b"a", b"b"], [1, 2], [[("h", b"1"), ("h", None)], []]))
    found = log.read("t", 0, 0)
    assert [[tuple(h) for h in record] for record in found.headers] == [[("h", b"1"), ("h", None)], []]
    log.create(TopicInfo("u", 1))
    append(log, "u", [(None, b"a", 1)])
    assert log.read("u", 0, 0).headers is None


def test_reading_starts_at_any_offset_and_respects_max_bytes(log: Any) -> None:
    """At least one record, else about max_bytes; behind the end an empty batch."""
    log.create(TopicInfo("t", 1))
    rows = [(b"%d" % i, b"v" * 100, i) for i in range(500)]
    for start in range(0, 500, 50):
        append(log, "t", rows[start : start + 50])
    assert len(log.read("t", 0, 0, 1)) == 1
    assert 5 <= len(log.read("t", 0, 0, 1000)) <= 15
    for offset in (0, 1, 49, 50, 77, 498, 499):
        assert [r for _, r in read_all(log, "t", offset=offset, max_bytes=777)] == rows[offset:]
    assert len(log.read("t", 0, 500)) == 0
    assert log.read("t", 0, 9999).next_offset == 9999


def test_a_transaction_is_visible_whole_or_not_at_all(log: Any) -> None:
    """Records, state and offsets: nothing before commit, nothing of an aborted one, nothing when the block raises."""
    log.create(TopicInfo("t", 1))
    transaction = log.begin("x")
    transaction.append("t", 0, batch([(b"k", b"v", 1)]))
    transaction.put("q/s", 0, [(b"k", b"v")])
    transaction.offsets("g", {("t", 0): 1})
    assert (log.end_offsets("t"), log.get("q/s", 0, b"k"), log.committed("g")) == ([0], None, {})
    transaction.abort()
    assert (log.end_offsets("t"), log.get("q/s", 0, b"k"), log.committed("g")) == ([0], None, {})

    def failing() -> None:
        with log.begin("x") as transaction:
            transaction.append("t", 0, batch([(b"k", b"v", 1)]))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        failing()
    assert log.end_offsets("t") == [0]
    with log.begin("x") as transaction:
        transaction.append("t", 0, batch([(b"k", b"v", 1)]))
        transaction.append("t", 0, batch([(b"l", b"w", 2)]))
        transaction.put("q/s", 0, [(b"k", b"v")])
        transaction.offsets("g", {("t", 0): 1})
        assert transaction.commit() == {("t", 0): 0}
    assert [r for _, r in read_all(log, "t")] == [(b"k", b"v", 1), (b"l", b"w", 2)]
    assert (log.get("q/s", 0, b"k"), log.committed("g"), log.groups()) == (b"v", {("t", 0): 1}, ["g"])


def test_a_newer_transaction_of_an_owner_fences_the_older(log: Any) -> None:
    """What a stuck writer commits late is refused, as with Kafka's transactional ids."""
    log.create(TopicInfo("t", 1))
    older = log.begin("x")
    older.append("t", 0, batch([(None, b"late", 1)]))
    newer = log.begin("x")
    with pytest.raises(LogError, match="fenced"):
        older.commit()
    newer.append("t", 0, batch([(None, b"new", 1)]))
    newer.commit()
    assert [v for _, (_, v, _) in read_all(log, "t")] == [b"new"]


def test_topics_are_created_once_deleted_and_made_anew(log: Any) -> None:
    """A topic made again under an old name is empty, and groups have no positions in it."""
    info = TopicInfo("t", 2, 1, {"cleanup.policy": "compact"})
    log.create(info)
    assert log.topics() == {"t": info}
    assert log.topic("t") == info
    with pytest.raises(LogError, match="'t' exists already"):
        log.create(info)
    append(log, "t", [(b"k", b"v" * 20_000, 1)])
    with log.begin("x") as transaction:
        transaction.offsets("g", {("t", 0): 1, ("u", 0): 2})
    log.delete("t")
    assert log.topic("t") is None
    with pytest.raises(LogError, match="no topic 't'"):
        log.read("t", 0, 0)
    with pytest.raises(LogError, match="no topic 't'"):
        log.delete("t")
    log.create(info)
    assert log.end_offsets("t") == [0, 0]
    assert read_all(log, "t") == []
    assert log.committed("g") == {("u", 0): 2}


@pytest.mark.parametrize("name", ["", ".", "..", "a b", "a/b", "ü", "x" * 250])
def test_illegal_topic_names_are_refused(log: Any, name: str) -> None:
    """The rule is Kafka's."""
    with pytest.raises(LogError, match="not legal"):
        log.create(TopicInfo(name, 1))


def test_what_does_not_exist_is_named(log: Any) -> None:
    """Unknown topics and partitions raise LogError at append and read."""
    log.create(TopicInfo("t", 1))
    with pytest.raises(LogError, match="no partition 1: expected 0 to 0"):
        log.read("t", 1, 0)
    with pytest.raises(LogError, match="no topic 'nope'"):
        log.begin("x").append("nope", 0, batch([(None, b"", 1)]))
    with pytest.raises(LogError, match="no topic 'nope'"):
        log.end_offsets("nope")


def test_offset_for_time_is_the_first_record_at_or_behind_it(log: Any) -> None:
    """In a partition whose times do not rise; the end if there is none."""
    log.create(TopicInfo("t", 1))
    times = [10, 30, 20, 40, 40, 5]
    for time in times:
        append(log, "t", [(None, b"x" * 3000, time)])
    assert [log.offset_for_time("t", 0, t) for t in (0, 10, 11, 31, 40, 41)] == [0, 0, 1, 3, 3, 6]


def looked_up(log: Any, keys: Sequence[bytes]) -> list[bytes | None]:
    lookup = log.lookup("q/s", 0)
    try:
        return [lookup.get(key) for key in keys]
    finally:
        lookup.close()


def test_a_lookup_of_a_store_that_is_not_there_finds_nothing(log: Any) -> None:
    """The first record of every query asks for one."""
    assert looked_up(log, [b"a", b""]) == [None, None]


def test_stores_get_scan_delete_and_drop(log: Any) -> None:
    """Byte order, half-open ranges, partitions apart, deletion, dropping by prefix."""
    with log.begin("x") as transaction:
        transaction.put("q/s", 0, [(b"b", b"2"), (b"a", b"1"), (b"c", b"3"), (b"", b"0")])
        transaction.put("q/s", 1, [(b"a", b"other")])
        transaction.put("r/s", 0, [(b"a", b"r")])
    assert list(log.scan("q/s", 0)) == [(b"", b"0"), (b"a", b"1"), (b"b", b"2"), (b"c", b"3")]
    assert list(log.scan("q/s", 0, b"a", b"c")) == [(b"a", b"1"), (b"b", b"2")]
    assert looked_up(log, [b"c", b"x", b"a"]) == [b"3", None, b"1"]
    with log.begin("x") as transaction:
        transaction.put("q/s", 0, [(b"a", None), (b"zz", None)])
    assert log.get("q/s", 0, b"a") is None
    assert log.get("q/s", 1, b"a") == b"other"
    log.drop_store("q/")
    assert list(log.scan("q/s", 0)) == list(log.scan("q/s", 1)) == []
    assert log.get("r/s", 0, b"a") == b"r"
    with log.begin("x") as transaction:
        transaction.put("q/s", 0, [(b"new", b"1")])
    assert list(log.scan("q/s", 0)) == [(b"new", b"1")]


def test_long_keys_keep_byte_order(log: Any) -> None:
    """Keys beyond what LMDB takes, sharing their first bytes, among shorter ones."""
    head = b"h" * 471
    keys = sorted([b"a", head, head + b"a", head + b"b" * 100, head + b"a" * 200, head + b"z", head[:-1], head + b"m" * 1000, b"z"])
    with log.begin("x") as transaction:
        transaction.put("q/s", 0, [(key, b"v" + key) for key in reversed(keys)])
    assert list(log.scan("q/s", 0)) == [(key, b"v" + key) for key in keys]
    for low in keys:
        assert [k for k, _ in log.scan("q/s", 0, low)] == [k for k in keys if k >= low]
        assert [k for k, _ in log.scan("q/s", 0, None, low)] == [k for k in keys if k < low]
    assert looked_up(log, keys) == [b"v" + key for key in keys]
    with log.begin("x") as transaction:
        transaction.put("q/s", 0, [(key, None) for key in keys[2:]])
    assert [k for k, _ in log.scan("q/s", 0)] == keys[:2]


def test_groups_keep_positions_until_dropped(log: Any) -> None:
    """Later offsets replace earlier ones; others stay; a name may be the beginning of another."""
    log.create(TopicInfo("t", 2))
    with log.begin("x") as transaction:
        transaction.offsets("g", {("t", 0): 1, ("t", 1): 2})
        transaction.offsets("gg", {("t", 0): 9})
    with log.begin("x") as transaction:
        transaction.offsets("g", {("t", 1): 5})
    assert log.committed("g") == {("t", 0): 1, ("t", 1): 5}
    log.drop_group("g")
    assert log.committed("g") == {}
    assert log.committed("gg") == {("t", 0): 9}
    assert log.groups() == ["gg"]


def test_wait_returns_when_records_arrive(log: Any) -> None:
    """At once if they are there, on a commit if not, False on time-out; a topic may appear meanwhile."""
    log.create(TopicInfo("t", 1))
    append(log, "t", [(None, b"1", 1)])
    assert log.wait({("t", 0): 0}, 0)
    assert not log.wait({("t", 0): 1, ("later", 0): 0}, 1)
    answers: list[bool] = []
    waiting = threading.Thread(target=lambda: answers.append(log.wait({("t", 0): 1, ("later", 0): 0}, 60_000)))
    waiting.start()
    log.create(TopicInfo("later", 1))
    append(log, "later", [(None, b"2", 1)])
    waiting.join(60)
    assert answers == [True]


def test_fileno_is_readable_after_a_commit_until_drained(log: Any) -> None:
    """For event loops."""
    log.create(TopicInfo("t", 1))
    bell = log.fileno()
    log.drain()
    assert select.select([bell], [], [], 0)[0] == []
    append(log, "t", [(None, b"1", 1)])
    assert select.select([bell], [], [], 0)[0] == [bell]
    log.drain()
    assert select.select([bell], [], [], 0)[0] == []


def test_threads_commit_at_once(log: Any) -> None:
    """Nothing is lost, and each thread's records keep their order."""
    assert [offset for offset, _ in committed_by_threads(log, 50)] == list(range(200))


def test_the_rows_of_stores_are_counted(log: Any) -> None:
    """All partitions of a store together; deleted rows and dropped stores do not count."""
    with log.begin("x") as transaction:
        transaction.put("q/a", 0, [(b"%d" % i, b"v") for i in range(300)] + [(b"long" * 300, b"v")])
        transaction.put("q/a", 1, [(b"k", b"v")])
        transaction.put("q/b", 0, [(b"k", b"v")])
        transaction.put("r/a", 0, [(b"k", b"v")])
    with log.begin("x") as transaction:
        transaction.put("q/a", 0, [(b"7", None)])
    log.drop_store("r/")
    found: dict[str, int] = {}
    for store, count in log.counting():
        found[store] = found.get(store, 0) + count
    assert {store: count for store, count in found.items() if count} == {"q/a": 301, "q/b": 1}
