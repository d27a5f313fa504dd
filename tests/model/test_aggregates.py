"""Windows and groups on random histories."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.model.rig import Engine, Record, examples, history

TIMES = st.integers(0, 120)
#: What a window counts: how many records and their sum.
Counts = dict[tuple[str, int], tuple[int, int]]


def in_windows(records: list[Record], size: int, advance: int, grace: int) -> Counts:
    """Every record in every window that holds its time, unless stream time has passed that window's end and grace when it arrives."""
    counts: Counts = {}
    now = 0
    for _, key, value, time in records:
        now = max(now, time)
        for start in range(0, time + 1, advance):
            if start <= time < start + size and start + size + grace > now:
                count, total = counts.get((key, start), (0, 0))
                counts[key, start] = (count + 1, total + (value or 0))
    return counts


@pytest.mark.parametrize("kind", ["TUMBLING", "HOPPING"])
@examples(60)
@given(records=history(["s"], TIMES), size=st.integers(1, 40), share=st.integers(1, 4), grace=st.integers(0, 40))
def test_time_windows(kind: str, records: list[Record], size: int, share: int, grace: int) -> None:
    """COUNT and SUM of each window, late records left out by stream time; as last written, and the times are the windows'."""
    advance = size if kind == "TUMBLING" else max(1, size // share)
    step = f", ADVANCE BY {advance} MILLISECONDS" if kind == "HOPPING" else ""
    engine = Engine(
        Engine.source("STREAM", "s"),
        "CREATE TABLE o WITH (kafka_topic='o') AS SELECT k, COUNT(*) AS n, SUM(v) AS total FROM s "
        f"WINDOW {kind} (SIZE {size} MILLISECONDS{step}, GRACE PERIOD {grace} MILLISECONDS) GROUP BY k;",
    )
    engine.feed(records)
    found = {(k[:-8].decode(), struct.unpack(">q", k[-8:])[0]): (v["N"], v["TOTAL"]) for k, v in engine.final("o").items()}
    assert found == in_windows(records, size, advance, grace)


@examples(60)
@given(records=history(["s"], st.integers(0, 300)), gap=st.integers(1, 30))
def test_sessions(records: list[Record], gap: int) -> None:
    """In the end, with grace for all, a session is a run of a key's times that are never more than the gap apart."""
    engine = Engine(
        Engine.source("STREAM", "s"),
        "CREATE TABLE o WITH (kafka_topic='o') AS SELECT k, COUNT(*) AS n, SUM(v) AS total FROM s "
        f"WINDOW SESSION ({gap} MILLISECONDS, GRACE PERIOD 1 DAY) GROUP BY k;",
    )
    engine.feed(records)
    expected: dict[tuple[str, int, int], tuple[int, int]] = {}
    for key in {r[1] for r in records}:
        run: list[Record] = []
        for record in sorted((r for r in records if r[1] == key), key=lambda r: r[3]):
            if run and record[3] - run[-1][3] > gap:
                expected[key, run[0][3], run[-1][3]] = (len(run), sum(r[2] or 0 for r in run))
                run = []
            run.append(record)
        expected[key, run[0][3], run[-1][3]] = (len(run), sum(r[2] or 0 for r in run))
    found = {}
    for name, value in engine.final("o").items():
        end, start = struct.unpack(">qq", name[-16:])
        found[name[:-16].decode(), start, end] = (value["N"], value["TOTAL"])
    assert found == expected


@examples(60)
@given(records=history(["t"], TIMES, tombstones=["t"]))
def test_group_by_over_a_table(records: list[Record]) -> None:
    """Old rows are taken back: in the end each group is what the table's last rows give. Groups that emptied stay with nothing in them."""
    engine = Engine(
        Engine.source("TABLE", "t"),
        "CREATE TABLE o WITH (kafka_topic='o') AS "
        "SELECT v, COUNT(*) AS n, SUM(v * 10) AS total, COLLECT_LIST(k) AS names FROM t GROUP BY v;",
    )
    engine.feed(records)
    table: dict[str, int] = {}
    seen: set[int] = set()
    for _, key, value, _ in records:
        if value is None:
            table.pop(key, None)
        else:
            table[key] = value
            seen.add(value)
    groups = {g: sorted(k for k, v in table.items() if v == g) for g in seen}
    expected = {g: (len(names), 10 * g * len(names), names) for g, names in groups.items()}
    found = {struct.unpack(">i", k)[0]: (v["N"], v["TOTAL"], sorted(v["NAMES"])) for k, v in engine.final("o").items()}
    assert found == expected


@examples(40)
@given(records=history(["s"], TIMES))
def test_group_by_over_a_stream(records: list[Record]) -> None:
    """Every record gives the group's result so far, whatever its time."""
    engine = Engine(
        Engine.source("STREAM", "s"),
        "CREATE TABLE o WITH (kafka_topic='o') AS SELECT k, COUNT(*) AS n, MIN(v) AS low, MAX(v) AS high FROM s GROUP BY k;",
    )
    engine.feed(records)
    expected = []
    for index, (_, key, _, _) in enumerate(records):
        values = [r[2] or 0 for r in records[: index + 1] if r[1] == key]
        expected.append((key.encode(), {"N": len(values), "LOW": min(values), "HIGH": max(values)}))
    assert [(k, v) for k, v, _ in engine.out("o")] == expected
