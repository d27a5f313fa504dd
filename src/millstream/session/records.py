"""The records of a relation's topic, decoded: what ASSERT VALUES looks at. Reads through the log; nothing is waited for here.

Records are in the order of their partition; those of several partitions in the order of their timestamps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from millstream.catalog import Relation
from millstream.dataclass import dataclass
from millstream.errors import MillstreamError
from millstream.log.base import Batch

if TYPE_CHECKING:
    from millstream.session.worlds import World

#: Bytes of a time in a windowed key.
_TIME = 8


@dataclass(slots=True)
class Record:
    """One record. ``values`` holds columns and pseudo columns by name, without the value columns in a ``tombstone``.

    ``fault`` says why the record cannot be read; it has pseudo columns only then. Times are in ms.
    """

    values: dict[str, Any]
    tombstone: bool = False
    fault: str | None = None


def record_at(world: World, relation: Relation, index: int) -> tuple[Record | None, int]:
    """The record behind ``index`` others, or None, and how many there are at most up to it."""
    log, topic = world.database.log, relation.topic
    starts = log.start_offsets(topic)
    found: list[tuple[int, int, int, Batch, int]] = []
    for partition, start in enumerate(starts):
        offset, seen = start, 0
        while seen <= index:
            batch = log.read(topic, partition, offset)
            if not len(batch):
                break
            seen += len(batch)
            offset = batch.next_offset
            found += [(time if len(starts) > 1 else 0, partition, at, batch, i) for i, (at, time) in enumerate(_places(batch))]
    if index >= len(found):
        return None, len(found)
    found.sort(key=lambda item: item[:3])
    _, partition, offset, batch, i = found[index]
    return _Reader(world, relation).read(batch, i, partition, offset), len(found)


def _places(batch: Batch) -> list[tuple[int, int]]:
    return list(zip(batch.offsets, batch.timestamps, strict=True))


class _Reader:
    def __init__(self, world: World, relation: Relation) -> None:
        from millstream import formats

        self.relation = relation
        key, value, registry = relation.key_format, relation.value_format, world.registry
        self.keys, self.columns = relation.schema.key, relation.schema.value
        self._key = formats.get(key.name).decoder(self.keys, key.options, registry) if self.keys else None
        self._value = formats.get(value.name).decoder(self.columns, value.options, registry) if self.columns else None

    def read(self, batch: Batch, index: int, partition: int, offset: int) -> Record:
        key, value = batch.keys[index], batch.values[index]
        values: dict[str, Any] = {"ROWTIME": batch.timestamps[index], "ROWPARTITION": partition, "ROWOFFSET": offset}
        try:
            values |= self._key_columns(key)
            row = None if value is None or self._value is None else self._value(value)
        except MillstreamError as error:
            return Record(values, fault=error.message)
        if row is not None:
            values |= {c.name: item for c, item in zip(self.columns, row, strict=True)}
        values |= self._headers(batch, index)
        return Record(values, tombstone=value is None)

    def _key_columns(self, key: bytes | None) -> dict[str, Any]:
        window = self.relation.window
        times: dict[str, Any] = {}
        if window is not None and key is not None:
            size = 2 * _TIME if window.kind == "SESSION" else _TIME
            key, tail = key[:-size], key[-size:]
            start = int.from_bytes(tail[-_TIME:], "big")
            end = int.from_bytes(tail[:_TIME], "big") if window.kind == "SESSION" else start + window.size
            times = {"WINDOWSTART": start, "WINDOWEND": end}
        row = None if self._key is None else self._key(key)
        return times | {c.name: None if row is None else row[i] for i, c in enumerate(self.keys)}

    def _headers(self, batch: Batch, index: int) -> dict[str, Any]:
        from millstream.engine.compile.decode import header_reader

        given = () if batch.headers is None else batch.headers[index]
        return {c.name: header_reader(c.header)(given) for c in self.relation.schema.headers}
