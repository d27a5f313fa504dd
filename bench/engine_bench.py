"""Records per CPU-second of the engine, log to log in memory: stream-table join, and join + tumbling COUNT.

``python bench/engine_bench.py [RECORDS]``. JSON page views in 4 partitions join 10 000 users; generated plans come from SQL.
"""

from __future__ import annotations

import random
import sys
import time

from millstream.engine.functions.registry import default_registry
from millstream.engine.local import LocalRuntime
from millstream.log.base import Batch, TopicInfo
from millstream.log.memory import MemoryLog
from millstream.log.partitioner import Partitioner
from millstream.plan.nodes import QueryPlan

USERS = 10_000
PARTITIONS = 4


def load(log: MemoryLog, count: int) -> None:
    """Users first, then page views a millisecond apart."""
    chance = random.Random(7)
    where = Partitioner(PARTITIONS)
    users: dict[int, Batch] = {p: Batch([], [], []) for p in range(PARTITIONS)}
    views: dict[int, Batch] = {p: Batch([], [], []) for p in range(PARTITIONS)}
    for number in range(USERS):
        key = b"User_%d" % number
        value = b'{"REGIONID":"Region_%d","GENDER":"%s"}' % (number % 9, (b"MALE", b"FEMALE", b"OTHER")[number % 3])
        _put(users[where.partition(key)], key, value, 0)
    for number in range(count):
        key = b"User_%d" % chance.randrange(USERS)
        value = b'{"VIEWTIME":%d,"USERID":"%s","PAGEID":"Page_%d"}' % (number, key, number % 500)
        _put(views[where.partition(key)], key, value, 1000 + number)
    for topic, batches in (("users", users), ("pageviews", views)):
        log.create(TopicInfo(topic, PARTITIONS))
        with log.begin("load") as transaction:
            for partition, batch in batches.items():
                transaction.append(topic, partition, batch)


def _put(batch: Batch, key: bytes, value: bytes, time_ms: int) -> None:
    batch.keys.append(key)
    batch.values.append(value)
    batch.timestamps.append(time_ms)


def measure(name: str, plan: QueryPlan, count: int) -> None:
    """Run one query over everything and print its rate."""
    log = MemoryLog()
    load(log, count)
    assert plan.sink is not None
    log.create(TopicInfo(plan.sink.topic, plan.sink.partitions))
    runtime = LocalRuntime(log, default_registry())
    runtime.start(plan)
    started = time.process_time()
    runtime.run_until_idle()
    used = time.process_time() - started
    status = runtime.status()[plan.query_id]
    print(f"{name:12} {count / used / 1000:8.0f} k records / CPU-s, {status.records_out} out, {status.state} {status.error or ''}")


def main() -> None:
    from bench_plans import join, join_count

    count = int(sys.argv[1]) if len(sys.argv) > 1 else 400_000
    measure("join", join(), count)
    measure("join + count", join_count(), count)


if __name__ == "__main__":
    main()
