"""Joins and counts over page views, log to log, with the engine in this process."""

from __future__ import annotations

import time
from collections.abc import Iterator

import msgspec

from bench.data import TABLE, load, stream, users, views
from bench.figures import Figure, median
from bench.rig import Embedded, embedded

RATE = "rec/CPU-s"
JOIN = """
CREATE STREAM enriched AS SELECT v.k AS userid, v.viewtime, v.pageid, u.regionid, u.gender
  FROM {topic} v JOIN users u ON v.k = u.userid EMIT CHANGES;
"""
COUNT = """
CREATE TABLE enriched WITH (key_format='JSON') AS SELECT u.regionid, u.gender, COUNT(*) AS total
  FROM {topic} v JOIN users u ON v.k = u.userid WINDOW TUMBLING (SIZE 60 SECONDS) GROUP BY u.regionid, u.gender EMIT CHANGES;
"""
FILTER = "CREATE STREAM enriched AS SELECT k, viewtime, pageid FROM {topic} WHERE pageid <> 'Page_7' EMIT CHANGES;"


def join(quick: bool) -> Iterator[Figure]:
    """Stream-table join, filter and project, join + windowed count; records that leave the fast path; a topic that trickled in."""
    count, runs = (200_000, 3) if quick else (1_000_000, 5)
    yield reference()
    with embedded() as rig:
        _topics(rig, count)
        plain = _rate(rig, JOIN, "pageviews", count, runs)
        yield Figure("join embedded", plain, RATE, least=600_000)
        yield Figure("join + windowed count embedded", _rate(rig, COUNT, "pageviews", count, runs), RATE, least=500_000)
        yield Figure("filter and project embedded", _rate(rig, FILTER, "pageviews", count, runs), RATE)
        ratios = [_rate(rig, JOIN, "odd", count, 1) / _rate(rig, JOIN, "pageviews", count, 1) for _ in range(runs)]
        yield Figure("join, 10 % odd records, to plain ones", median(ratios), "ratio", least=0.5)
        yield Figure("join, 10 % odd records", median(ratios) * plain, RATE, least=300_000)
    with embedded() as rig:
        yield from _trickle(rig, count // 10, runs)


def reference() -> Figure:
    """What this machine takes now for a call that every engine of this kind needs: it tells a slow minute from slow code."""
    row = msgspec.defstruct("Row", [("VIEWTIME", int), ("USERID", str), ("PAGEID", str)])
    decode = msgspec.json.Decoder(row).decode
    values = [value for _, value, _ in views(100_000)]
    took = []
    for _ in range(5):
        started = time.process_time()
        for value in values:
            decode(value)
        took.append((time.process_time() - started) / len(values) * 1e9)
    return Figure("this machine now: decode a page view", median(took), "ns", note="(150 to 170 where the bars were set)")


def _topics(rig: Embedded, count: int) -> None:
    rig.sql(TABLE + stream("pageviews") + stream("odd"))
    load(rig.log, "users", users())
    load(rig.log, "pageviews", views(count))
    load(rig.log, "odd", views(count, odd=0.1))


def _trickle(rig: Embedded, count: int, runs: int) -> Iterator[Figure]:
    """The same records, one a commit and all at once."""
    rig.sql(TABLE + stream("whole") + stream("trickled"))
    load(rig.log, "users", users())
    load(rig.log, "whole", views(count))
    load(rig.log, "trickled", views(count), each=1)
    ratios = [_rate(rig, JOIN, "trickled", count, 1) / _rate(rig, JOIN, "whole", count, 1) for _ in range(runs + 2)]
    yield Figure("join over a topic that trickled in, to bulk", median(ratios), "ratio", least=0.7)


def _rate(rig: Embedded, statement: str, topic: str, count: int, runs: int) -> float:
    return median([count / rig.cost(statement.format(topic=topic), "enriched") for _ in range(runs)])
