"""Joins of streams and tables on random histories."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.model.rig import Engine, Record, examples, history

TIMES = st.integers(0, 100)


@pytest.mark.parametrize("kind", ["INNER", "LEFT"])
@examples(40)
@given(records=history(["s", "t"], TIMES, tombstones=["t"]))
def test_stream_table(kind: str, records: list[Record]) -> None:
    """A stream's record meets the row its key has in the table when it arrives, whatever the times say; tombstones take rows away."""
    engine = Engine(
        Engine.source("STREAM", "s"),
        Engine.source("TABLE", "t"),
        f"CREATE STREAM o WITH (kafka_topic='o') AS SELECT s.k, s.v AS l, t.v AS r FROM s {kind} JOIN t ON s.k = t.k;",
    )
    engine.feed(records)
    table: dict[str, int] = {}
    expected: list[tuple[bytes, Any, int]] = []
    for topic, key, value, time in records:
        if topic == "s":
            if key in table or kind == "LEFT":
                expected.append((key.encode(), {"L": value, "R": table.get(key)}, time))
        elif value is None:
            table.pop(key, None)
        else:
            table[key] = value
    assert engine.out("o") == expected


@pytest.mark.parametrize("kind", ["INNER", "LEFT", "RIGHT", "FULL OUTER"])
@examples(30)
@given(records=history(["t", "u"], TIMES, tombstones=["t", "u"]))
def test_table_table(kind: str, records: list[Record]) -> None:
    """In the end the result is the join of what both tables are in the end; in the topic and for pull queries."""
    key = "ROWKEY" if kind == "FULL OUTER" else "t.k" if kind != "RIGHT" else "u.k"
    engine = Engine(
        Engine.source("TABLE", "t"),
        Engine.source("TABLE", "u"),
        f"CREATE TABLE o WITH (kafka_topic='o') AS SELECT {key} AS k, t.v AS l, u.v AS r FROM t {kind} JOIN u ON t.k = u.k;",
    )
    engine.feed(records)
    tables: dict[str, dict[str, int]] = {"t": {}, "u": {}}
    for topic, name, value, _ in records:
        if value is None:
            tables[topic].pop(name, None)
        else:
            tables[topic][name] = value
    left, right = tables["t"], tables["u"]
    both, either = left.keys() & right.keys(), left.keys() | right.keys()
    names = {"INNER": both, "LEFT": left.keys(), "RIGHT": right.keys(), "FULL OUTER": either}[kind]
    expected = {n: (left.get(n), right.get(n)) for n in names}
    assert {k.decode(): (v["L"], v["R"]) for k, v in engine.final("o").items()} == expected
    assert sorted(engine.pull("SELECT * FROM o;")) == sorted([n, *pair] for n, pair in expected.items())


@examples(60)
@given(
    records=history(["s", "z"], TIMES),
    before=st.integers(0, 30),
    after=st.integers(0, 30),
)
def test_stream_stream(records: list[Record], before: int, after: int) -> None:
    """All pairs of a key whose right record is at most ``before`` earlier and ``after`` later, each once, at the later time."""
    engine = Engine(
        Engine.source("STREAM", "s"),
        Engine.source("STREAM", "z"),
        "CREATE STREAM o WITH (kafka_topic='o') AS SELECT s.k, s.v AS l, z.v AS r "
        f"FROM s JOIN z WITHIN ({before} MILLISECONDS, {after} MILLISECONDS) GRACE PERIOD 1 DAY ON s.k = z.k;",
    )
    engine.feed(records)
    expected = Counter(
        (left[1].encode(), left[2], right[2], max(left[3], right[3]))
        for left in records
        for right in records
        if left[0] == "s" and right[0] == "z" and left[1] == right[1] and left[3] - before <= right[3] <= left[3] + after
    )
    assert Counter((k, v["L"], v["R"], t) for k, v, t in engine.out("o")) == expected


@pytest.mark.parametrize("kind", ["INNER", "LEFT"])
@examples(30)
@given(records=history(["t", "u"], TIMES, tombstones=["t", "u"]))
def test_foreign_key(kind: str, records: list[Record]) -> None:
    """In the end each left row stands with the right row that its value names (values 0, 1, 2 name a, b, c)."""
    name = "CASE WHEN t.v = 0 THEN 'a' WHEN t.v = 1 THEN 'b' WHEN t.v = 2 THEN 'c' ELSE 'none' END"
    engine = Engine(
        Engine.source("TABLE", "t"),
        Engine.source("TABLE", "u"),
        f"CREATE TABLE o WITH (kafka_topic='o') AS SELECT t.k, t.v AS l, u.v AS r FROM t {kind} JOIN u ON {name} = u.k;",
    )
    engine.feed(records)
    tables: dict[str, dict[str, int]] = {"t": {}, "u": {}}
    for topic, key, value, _ in records:
        if value is None:
            tables[topic].pop(key, None)
        else:
            tables[topic][key] = value
    expected = {}
    for key, value in tables["t"].items():
        right = tables["u"].get({0: "a", 1: "b", 2: "c"}.get(value, "none"))
        if right is not None or kind == "LEFT":
            expected[key] = (value, right)
    assert {k.decode(): (v["L"], v["R"]) for k, v in engine.final("o").items()} == expected
