"""Retention and compaction of the embedded log."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from millstream.errors import LogError
from millstream.log.base import TopicInfo
from millstream.log.embedded import EmbeddedLog
from tests.log.helpers import append, read_all

DAY = 24 * 3600 * 1000


def disk(log: EmbeddedLog) -> int:
    """Bytes of segment files."""
    return sum(p.stat().st_size for p in (log.directory / "topics").rglob("*.seg"))


def fill(log: EmbeddedLog, topic: str, count: int, time: int = 0, size: int = 1000) -> None:
    for start in range(0, count, 10):
        append(log, topic, [(b"%d" % i, b"v" * size, time) for i in range(start, start + 10)])


def test_records_older_than_retention_ms_go(embedded: EmbeddedLog) -> None:
    """Whole segments, by the newest record in them; offsets go on; reading from 0 reads from the start."""
    embedded.create(TopicInfo("t", 1, 1, {"retention.ms": "1000"}))
    fill(embedded, "t", 100, time=0)
    fill(embedded, "t", 100, time=5000)
    report = embedded.maintain(5500)
    start = embedded.start_offsets("t")[0]
    assert report.removed_segments > 0
    assert 80 < start <= 100
    assert read_all(embedded, "t")[0][0] == start
    assert embedded.read("t", 0, 0).offsets[0] == start
    embedded.maintain(10_000)
    assert embedded.start_offsets("t") == embedded.end_offsets("t") == [200]
    assert append(embedded, "t", [(None, b"x", 10_000)]) == 200


def test_a_tail_that_never_reached_a_file_expires_too(embedded: EmbeddedLog) -> None:
    """A topic of a few small records."""
    embedded.create(TopicInfo("t", 1, 1, {"retention.ms": "1000"}))
    append(embedded, "t", [(None, b"x", 0)])
    embedded.maintain(500)
    assert len(read_all(embedded, "t")) == 1
    embedded.maintain(1500)
    assert read_all(embedded, "t") == []
    assert append(embedded, "t", [(None, b"y", 1500)]) == 1


def test_a_group_holds_what_it_has_not_read(embedded: EmbeddedLog) -> None:
    """Against time silently; against size it is reported, and goes on once the group is released or dropped."""
    embedded.create(TopicInfo("t", 1, 1, {"retention.ms": "1000", "retention.bytes": "50000"}))
    fill(embedded, "t", 100)
    with embedded.begin("q") as transaction:
        transaction.offsets("query", {("t", 0): 30})
        transaction.offsets("ahead", {("t", 0): 100})
    report = embedded.maintain(5000)
    start = embedded.start_offsets("t")[0]
    assert 0 < start <= 30
    assert [(h.topic, h.partition, h.group, h.position) for h in report.held] == [("t", 0, "query", 30)]
    assert "'query' has read it only up to offset 30" in str(report.held[0])
    assert embedded.maintain(500).held[0].group == "query"
    embedded.maintain(500, released=["query"])
    assert embedded.start_offsets("t")[0] > 30
    embedded.drop_group("query")
    report = embedded.maintain(5000)
    assert (embedded.start_offsets("t"), report.held) == ([100], [])


def test_the_disk_stays_small_while_retention_turns_over(tmp_path: Path) -> None:
    """Ten times over, at most 1.5 times the live bytes, after each round."""
    live = 2_000_000
    with EmbeddedLog(tmp_path) as log:
        log.create(TopicInfo("t", 1, 1, {"retention.bytes": str(live)}))
        for number in range(10):
            for _ in range(20):
                append(log, "t", [(None, random.randbytes(1000), number) for _ in range(100)])
            log.maintain(number)
            assert live * 0.8 < disk(log) < live * 1.5
        assert sum(p.stat().st_size for p in tmp_path.rglob("*") if p.is_file()) < live * 1.5


def test_compaction_keeps_the_latest_record_of_each_key(embedded: EmbeddedLog) -> None:
    """At its offset; records without a key stay; the end does not move; reading skips the gaps, from any offset."""
    embedded.create(TopicInfo("t", 1, 1, {"cleanup.policy": "compact"}))
    expected: dict[bytes | None, tuple[int, bytes]] = {}
    for number in range(60):
        rows = [(b"%d" % random.randrange(50), b"%d" % number + b"v" * 500, number) for _ in range(10)]
        first = append(embedded, "t", rows)
        expected.update({k: (first + i, v) for i, (k, v, _) in enumerate(rows)})
    nameless = append(embedded, "t", [(None, b"a", 1), (None, b"b", 1)])
    assert embedded.maintain(1000).compacted == [("t", 0)]
    found = read_all(embedded, "t")
    assert {k: (o, v) for o, (k, v, _) in found if k is not None} == expected
    assert len(found) == len(expected) + 2
    assert [o for o, _ in found] == sorted(o for o, _ in found)
    assert embedded.end_offsets("t") == [602]
    for offset in range(0, 602, 7):
        assert read_all(embedded, "t", offset=offset, max_bytes=2000) == [f for f in found if f[0] >= offset]
    assert append(embedded, "t", [(b"0", b"new", 1)]) == nameless + 2
    assert embedded.maintain(1000).compacted == []


def test_tombstones_stay_for_delete_retention(embedded: EmbeddedLog) -> None:
    """So that a reader that is behind learns of the deletion; then the key is gone."""
    embedded.create(TopicInfo("t", 1, 1, {"cleanup.policy": "compact", "delete.retention.ms": "1000"}))
    fill(embedded, "t", 200)
    append(embedded, "t", [(b"%d" % i, None, 0) for i in range(200)])
    assert embedded.maintain(500).compacted
    assert [(k, v) for _, (k, v, _) in read_all(embedded, "t")] == [(b"%d" % i, None) for i in range(200)]
    fill(embedded, "t", 200, time=2000)
    append(embedded, "t", [(b"last", None, 2000)])
    assert embedded.maintain(2500).compacted
    assert [v for _, (_, v, _) in read_all(embedded, "t") if v is None] == [None]
    end = embedded.end_offsets("t")[0]
    fill(embedded, "t", 200, time=2500)
    assert embedded.maintain(9000).compacted
    assert b"last" not in [k for _, (k, _, _) in read_all(embedded, "t")]
    assert embedded.read("t", 0, end - 1).next_offset > end


def test_an_end_that_compaction_emptied_can_be_passed(tmp_path: Path) -> None:
    """A reader that stands before an expired tombstone at the very end is told to go on at the end."""
    with EmbeddedLog(tmp_path, segment_bytes=300_000) as log:
        log.create(TopicInfo("t", 1, 1, {"cleanup.policy": "compact", "delete.retention.ms": "0"}))
        rows = [(b"%d" % i, b"v" * 1000, 0) for i in range(150)]
        append(log, "t", [*rows, *((k, None, 0) for k, _, _ in rows)])
        for now in (1000, 2000, 3000):
            append(log, "t", [(b"0", b"w" * 140_000, 0), (b"0", None, 0)])
            log.maintain(now)
        (end,) = log.end_offsets("t")
        append(log, "t", [(b"1", b"v", 0)])
        assert log.read("t", 0, end - 1).next_offset in (end, end + 1)


def test_compact_and_delete_does_both(embedded: EmbeddedLog) -> None:
    """As windowed tables ask for."""
    embedded.create(TopicInfo("t", 1, 1, {"cleanup.policy": "compact,delete", "retention.ms": "1000"}))
    fill(embedded, "t", 200, time=0)
    fill(embedded, "t", 200, time=3000)
    fill(embedded, "t", 200, time=3000)
    report = embedded.maintain(3500)
    assert report.removed_segments > 0
    assert report.compacted == [("t", 0)]
    found = read_all(embedded, "t")
    assert [k for _, (k, _, t) in found if t == 3000] == [b"%d" % i for i in range(200)]


@pytest.mark.parametrize(
    ("key", "value"), [("cleanup.policy", "squash"), ("retention.ms", "soon"), ("retention.bytes", "-2"), ("segment.bytes", "1")]
)
def test_a_configuration_that_means_nothing_is_refused(embedded: EmbeddedLog, key: str, value: str) -> None:
    """With key, value and what is expected; unknown keys are let through."""
    with pytest.raises(LogError, match=f"{key}='{value}': expected"):
        embedded.create(TopicInfo("t", 1, 1, {key: value, "unknown.key": "x"}))


def test_a_reader_on_its_way_survives_retention_and_compaction(tmp_path: Path) -> None:
    """Files go while their descriptors are open or about to be opened: the reader looks again."""
    with EmbeddedLog(tmp_path, segment_bytes=8192) as log:
        log.create(TopicInfo("t", 1, 1, {"retention.ms": "10"}))
        fill(log, "t", 200, time=0)
        fill(log, "t", 100, time=100)
        offset, seen = 0, []
        while found := log.read("t", 0, offset, 3000).offsets:
            seen += found
            offset = found[-1] + 1
            log.maintain(105)
        assert seen == sorted(set(seen))
        assert seen[-1] == 299
