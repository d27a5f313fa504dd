"""COUNT by few and by many keys: what a record costs when the state does not fit the cache."""

from __future__ import annotations

import random
from collections.abc import Iterator

from bench.data import START, Record, load
from bench.figures import Figure, median
from bench.rig import embedded


def keys(quick: bool) -> Iterator[Figure]:
    """Random keys out of JSON. The table is filled with every key first; only later records are measured."""
    few, many = 10_000, 1_000_000 if quick else 10_000_000
    costs = []
    for count in (few, many):
        cost = _cost(count, 200_000 if quick else 500_000, 3)
        costs.append(cost)
        yield Figure(f"COUNT by {count:,d} keys", cost, "ns/record")
    yield Figure(f"COUNT by {many:,d} keys, to {few:,d}", costs[1] / costs[0], "times", most=6)


def _cost(count: int, measured: int, runs: int) -> float:
    with embedded() as rig:
        rig.sql("CREATE STREAM s (k BIGINT, page STRING) WITH (kafka_topic='s', value_format='JSON', partitions=1);")
        rig.sql("CREATE TABLE counts AS SELECT k, COUNT(*) AS n FROM s GROUP BY k EMIT CHANGES;")
        for first in range(0, count, 1_000_000):
            load(rig.log, "s", (_record(k) for k in range(first, min(first + 1_000_000, count))), partitions=1)
            rig.run()
        chance, costs = random.Random(3), []
        for _ in range(runs):
            load(rig.log, "s", (_record(chance.randrange(count)) for _ in range(measured)), partitions=1)
            costs.append(rig.run() / measured * 1e9)
        return median(costs)


def _record(key: int) -> Record:
    return b"", b'{"K":%d,"PAGE":"Page_17"}' % key, START
