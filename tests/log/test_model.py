"""Random work on the embedded log against a plain model: append, abort, read, retention, compaction, reopening."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from millstream.log.base import TopicInfo
from millstream.log.embedded import EmbeddedLog
from tests.log.helpers import Record, batch, read_all

RETAINED, COMPACTED = "retained", "compacted"
TOPICS = {
    RETAINED: {"retention.bytes": "200000", "retention.ms": "500"},
    COMPACTED: {"cleanup.policy": "compact", "delete.retention.ms": "50", "retention.ms": "-1"},
}
keys = st.sampled_from([None, b"", b"a", b"b", b"c"])
values = st.sampled_from([None, b"", b"v", b"w" * 40, b"x" * 3000])
records = st.lists(st.tuples(keys, values, st.integers(0, 30)), min_size=1, max_size=60)
topics = st.sampled_from(list(TOPICS))


class LogMachine(RuleBasedStateMachine):
    """``written``: every record ever committed, by topic, at its offset."""

    @initialize(segment_bytes=st.sampled_from([300, 20_000, 150_000]), fsync=st.booleans())
    def open(self, segment_bytes: int, fsync: bool) -> None:
        self.directory = Path(tempfile.mkdtemp())
        self.options = {"segment_bytes": segment_bytes, "fsync": fsync}
        self.log = EmbeddedLog(self.directory, **self.options)
        self.written: dict[str, list[Record]] = {name: [] for name in TOPICS}
        self.state: dict[bytes, bytes] = {}
        self.position: int | None = None
        self.now = 0
        self.maintained = False
        for name, config in TOPICS.items():
            self.log.create(TopicInfo(name, 1, 1, config))

    def teardown(self) -> None:
        if hasattr(self, "log"):
            self.log.close()
            shutil.rmtree(self.directory)

    @rule(topic=topics, parts=st.lists(records, min_size=1, max_size=3), abort=st.booleans(), times=st.integers(1, 8))
    def commit(self, topic: str, parts: list[list[Record]], abort: bool, times: int) -> None:
        for _ in range(times):
            transaction = self.log.begin("machine")
            rows = [(k, v, t + self.now) for part in parts for k, v, t in part]
            for part in parts:
                transaction.append(topic, 0, batch([(k, v, t + self.now) for k, v, t in part]))
            changes = [(k or b"none", v) for k, v, _ in rows]
            transaction.put("q/s", 0, changes)
            if abort:
                transaction.abort()
                continue
            assert transaction.commit() == {(topic, 0): len(self.written[topic])}
            self.written[topic] += rows
            for key, value in changes:
                if value is None:
                    self.state.pop(key, None)
                else:
                    self.state[key] = value

    @rule(share=st.floats(0, 1))
    def move_the_group(self, share: float) -> None:
        self.position = max(self.position or 0, int(share * len(self.written[RETAINED])))
        with self.log.begin("group") as transaction:
            transaction.offsets("reader", {(RETAINED, 0): self.position})

    @rule(passed=st.integers(0, 400))
    def maintain(self, passed: int) -> None:
        self.now += passed
        before = self.log.start_offsets(RETAINED)[0]
        report = self.log.maintain(self.now)
        start = self.log.start_offsets(RETAINED)[0]
        assert before <= start <= len(self.written[RETAINED])
        if self.position is not None:
            assert start <= max(self.position, before)
        assert all(t < self.now - 500 for _, _, t in self.written[RETAINED][before:start]) or start == before or self._large(before)
        assert all(held.group == "reader" for held in report.held)

    @rule()
    def reopen(self) -> None:
        self.log.close()
        self.log = EmbeddedLog(self.directory, **self.options)

    @rule(topic=topics, share=st.floats(0, 1), max_bytes=st.sampled_from([1, 500, 50_000, 1 << 20]))
    def read(self, topic: str, share: float, max_bytes: int) -> None:
        offset = int(share * len(self.written[topic]))
        found = self.log.read(topic, 0, offset, max_bytes)
        rows = list(zip(found.keys, found.values, found.timestamps, strict=True))
        assert rows == [self.written[topic][o] for o in found.offsets]
        if rows:
            assert found.offsets[0] >= offset
            assert found.next_offset > found.offsets[-1]
        all_there = [o for o, _ in read_all(self.log, topic, offset=offset)]
        assert list(found.offsets) == all_there[: len(rows)]

    @rule(time=st.integers(0, 2000))
    def look_up_a_time(self, time: int) -> None:
        offset = self.log.offset_for_time(RETAINED, 0, time)
        start = self.log.start_offsets(RETAINED)[0]
        later = (o for o in range(start, len(self.written[RETAINED])) if self.written[RETAINED][o][2] >= time)
        assert offset == next(later, len(self.written[RETAINED]))

    @invariant()
    def everything_is_there(self) -> None:
        if not hasattr(self, "log"):
            return
        log: Any = self.log
        assert dict(log.scan("q/s", 0)) == self.state
        for topic, rows in self.written.items():
            assert log.end_offsets(topic) == [len(rows)]
        start = log.start_offsets(RETAINED)[0]
        assert [r for _, r in read_all(log, RETAINED)] == self.written[RETAINED][start:]
        kept = read_all(log, COMPACTED)
        assert all(self.written[COMPACTED][o] == r for o, r in kept)
        there = {o for o, _ in kept}
        latest = {k: o for o, (k, _, _) in enumerate(self.written[COMPACTED]) if k is not None}
        for offset, (key, value, time) in enumerate(self.written[COMPACTED]):
            if key is None or (latest[key] == offset and (value is not None or time >= self.now - 50)):
                assert offset in there

    def _large(self, start: int) -> bool:
        return sum(len(k or b"") + len(v or b"") + 100 for k, v, _ in self.written[RETAINED][start:]) > 200_000


TestLogMachine = LogMachine.TestCase
TestLogMachine.settings = settings(max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck))
