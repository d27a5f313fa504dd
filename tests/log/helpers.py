"""Short ways to write and read records in the tests of logs."""

from __future__ import annotations

from collections.abc import Iterable

from millstream.log.base import Batch, Log

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
