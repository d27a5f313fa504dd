"""The embedded log and the keyed stores by themselves. Rates are of CPU seconds of this process, times of the wall clock."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Iterator

import msgspec

from bench.figures import Figure, median
from millstream.log.base import Batch, TopicInfo
from millstream.log.embedded import EmbeddedLog
from millstream.state import KeyCodec, KeyedStore, RowCodec
from millstream.types import BIGINT

RECORDS = 1_000_000
SIZE = 100


class Record(msgspec.Struct):
    """What a query that counts by ``k`` decodes."""

    k: int


def batches(count: int, size: int, keys: int = 100_000) -> list[Batch]:
    """Records with a key of about six bytes and a value of SIZE bytes."""
    value = b'{"userid":"User_%d",'
    out = []
    for start in range(0, count, size):
        rows = range(start, min(start + size, count))
        out.append(
            Batch(
                [b"%d" % random.randrange(keys) for _ in rows],
                [(value % i).ljust(SIZE, b"x") for i in rows],
                [1_700_000_000_000 + i for i in rows],
            )
        )
    return out


def cpu(work: Callable[[], int]) -> float:
    """Records per CPU second."""
    start = time.process_time()
    count = work()
    return count / (time.process_time() - start)


def read_all(log: EmbeddedLog, topic: str) -> int:
    offset = count = 0
    while True:
        batch = log.read(topic, 0, offset)
        if not batch.values:
            return count
        count += len(batch)
        offset = batch.next_offset


def bulk(log: EmbeddedLog) -> Iterator[Figure]:
    log.create(TopicInfo("bulk", 1, 1, {"retention.ms": "-1"}))
    data = batches(RECORDS, 20_000)

    def append() -> int:
        for batch in data:
            with log.begin("bench") as transaction:
                transaction.append("bulk", 0, batch)
        return RECORDS

    yield Figure("log: append, 20 000 a commit", cpu(append), "rec/CPU-s")
    rates = [cpu(lambda: read_all(log, "bulk")) for _ in range(5)]
    yield Figure("log: read", median(rates), "rec/CPU-s")


def trickle(log: EmbeddedLog) -> Iterator[Figure]:
    count = 50_000
    for topic, size in (("trickle", 1), ("mixed", 37), ("whole", 20_000)):
        log.create(TopicInfo(topic, 1, 1, {"retention.ms": "-1"}))
        data = batches(count, size)
        start = time.perf_counter()
        for batch in data:
            with log.begin("bench") as transaction:
                transaction.append(topic, 0, batch)
        each = (time.perf_counter() - start) / len(data)
        rates = [cpu(lambda t=topic: sum(read_all(log, t) for _ in range(5))) for _ in range(4)]  # type: ignore[misc]
        yield Figure(f"log: commit of {size} records", each * 1e6, "us")
        yield Figure(f"log: read what was committed by {size}", median(rates), "rec/CPU-s")


def commit(log: EmbeddedLog) -> Iterator[Figure]:
    log.create(TopicInfo("hop", 1))
    record = Batch([b"key"], [b"v" * SIZE], [1])
    took = []
    for i in range(3000):
        start = time.perf_counter()
        with log.begin("bench") as transaction:
            transaction.append("hop", 0, record)
            transaction.put("q/store", 0, [(b"%d" % (i % 100), b"row")])
            transaction.offsets("q", {("in", 0): i})
        log.read("hop", 0, i)
        took.append(time.perf_counter() - start)
    took.sort()
    yield Figure("log: commit and read back", took[1500] * 1e6, "us", note=f"p99 {took[2970] * 1e6:.0f}, max {took[-1] * 1e6:.0f}")
    start = time.perf_counter()
    for _ in range(20_000):
        log.read("hop", 0, 3000)
    yield Figure("log: read at the end", (time.perf_counter() - start) / 20_000 * 1e6, "us")


def state(log: EmbeddedLog) -> Iterator[Figure]:
    """COUNT by key: random keys out of JSON, a commit every 100 000 records."""
    base = None
    decode = msgspec.json.Decoder(Record).decode
    for keys in (10_000, 10_000_000):
        store = KeyedStore(log, f"bench/{keys}", 0, KeyCodec([BIGINT], scalar=True), RowCodec([BIGINT]))
        filled = time.perf_counter()
        for start in range(0, keys, 500_000):
            with log.begin("fill") as transaction:
                rows = range(start, min(start + 500_000, keys))
                transaction.put(store.name, 0, [(store.keys.encode(k), store.rows.encode((1,))) for k in rows])
        filled = time.perf_counter() - filled
        records = 1_000_000
        values = [b'{"k":%d,"page":"Page_17"}' % random.randrange(keys) for _ in range(records)]
        took = time.process_time()
        for start in range(0, records, 100_000):
            for low in range(start, start + 100_000, 8000):
                batch = [decode(value).k for value in values[low : min(low + 8000, start + 100_000)]]
                cache, dirty = store.cache, store.dirty
                for key in batch:
                    row = cache.get(key) or store.get(key)
                    cache[key] = (row[0] + 1,) if row else (1,)
                    dirty.add(key)
                store.settle()
            with log.begin("bench") as transaction:
                store.flush(transaction)
            store.committed()
        each = (time.process_time() - took) / records * 1e9
        base = base or each
        yield Figure(f"store: count by {keys:,d} keys", each, "ns/record", note=f"{each / base:.1f} times, filled in {filled:.0f} s")


def logs(quick: bool) -> Iterator[Figure]:
    """All of it in one directory."""
    with tempfile.TemporaryDirectory(prefix="millstream-bench-") as directory, EmbeddedLog(directory) as log:
        yield from bulk(log)
        yield from commit(log)
        yield from trickle(log)
        if not quick:
            yield from state(log)
