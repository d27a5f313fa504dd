"""Short ways to write and read records in the tests of logs."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from millstream.log.base import Batch, Log, TopicInfo

Record = tuple[bytes | None, bytes | None, int]


def batch(records: Iterable[Record]) -> Batch:
    rows = list(records)
    return Batch([k for k, _, _ in rows], [v for _, v, _ in rows], [t for _, _, t in rows])


def append(log: Log, topic: str, records: Iterable[Record], partition: int = 0) -> int:
    """Append in a transaction of its own; the first offset."""
    with log.begin("test") as transaction:
        transaction.append(topic, partition, batch(records))
        first = transaction.commit()
    return first[topic, partition]


def read_all(log: Log, topic: str, partition: int = 0, offset: int = 0, max_bytes: int = 1 << 20) -> list[tuple[int, Record]]:
    """(offset, record) from an offset to the end, read step by step."""
    out: list[tuple[int, Record]] = []
    while True:
        found = log.read(topic, partition, offset, max_bytes)
        if not found.values:
            return out
        out += zip(found.offsets, zip(found.keys, found.values, found.timestamps, strict=True), strict=True)
        assert found.next_offset > offset
        offset = found.next_offset


def committed_by_threads(log: Log, count: int) -> list[tuple[int, Record]]:
    """Four threads append ``count`` records each, one a transaction; what is there then. Each one's are in their order, all of them."""
    log.create(TopicInfo("t", 1))

    def write(name: int) -> None:
        for i in range(count):
            with log.begin(f"owner-{name}") as transaction:
                transaction.append("t", 0, batch([(b"%d" % name, b"%d" % i, i)]))

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = read_all(log, "t")
    for n in range(4):
        assert [v for _, (k, v, _) in found if k == b"%d" % n] == [b"%d" % i for i in range(count)]
    return found
