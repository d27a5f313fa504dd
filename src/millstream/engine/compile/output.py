"""What generated code writes into: the sink's records by partition, or a client's rows. Emptied at every commit.

Records are encoded after every slice (``settle``), not at the commit: by then their values would have left the processor's cache.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from millstream.engine.compile.remembered import Remembered
from millstream.formats.base import Encoder
from millstream.formats.json.encode import encode_all
from millstream.log.base import Batch, Headers
from millstream.log.partitioner import partition_of
from millstream.runtime import Row

_NO_KEY: Any = object()
Report = Callable[[Exception], None]


#: What takes a record: its key, its value and its timestamp, and the partition they belong to.
Place = tuple[Callable[[Any], None], Callable[[Any], None], Callable[[int], None], "SinkPartition"]


class SinkPartition:
    """Records for one partition. ``values`` holds what ``SinkTopic.encode`` takes, or bytes. ``ready`` are those encoded already."""

    __slots__ = ("headers", "keys", "place", "put_key", "put_time", "put_value", "ready", "times", "values")

    def __init__(self) -> None:
        self.keys: list[bytes | None] = []
        self.values: list[Any] = []
        self.times: list[int] = []
        self.headers: dict[int, Headers] = {}
        self.ready: Batch | None = None
        # One object each, whatever the number of keys: they stay in the processor's cache.
        self.put_key, self.put_value, self.put_time = self.keys.append, self.values.append, self.times.append
        self.place: Place = (self.put_key, self.put_value, self.put_time, self)

    def header(self, headers: Headers) -> None:
        """Headers of the record that is put next."""
        self.headers[len(self.keys)] = headers


class SinkTopic:
    """Records for the sink's topic since the last commit."""

    def __init__(self, topic: str, partitions: int, report: Report) -> None:
        self.topic = topic
        #: Struct -> bytes, where values are kept as Structs; None where they are bytes already.
        self.encode: Callable[[Any], bytes] | None = None
        #: The same for what ``encode`` refuses.
        self.careful: Callable[[Any], bytes] | None = None
        #: Whether some value is None.
        self.nulls = False
        self.partitions = [SinkPartition() for _ in range(partitions)]
        self._report = report

    def place(self, key: bytes | None) -> Place:
        """Where Kafka's partitioner puts records of this key."""
        parts = self.partitions
        return parts[0 if key is None or len(parts) == 1 else partition_of(key, len(parts))].place

    def __len__(self) -> int:
        return sum(len(p.keys) + (0 if p.ready is None else len(p.ready)) for p in self.partitions)

    def settle(self) -> None:
        """Encode what was put so far. Lists stay the same objects: generated code holds their methods."""
        for part in self.partitions:
            if part.keys:
                batch = self._batch(part)
                part.ready = batch if part.ready is None else _joined(part.ready, batch)
                part.keys.clear()
                part.values.clear()
                part.times.clear()
                part.headers.clear()
        self.nulls = False

    def take(self) -> list[tuple[int, Batch]]:
        """The records by partition, encoded; nothing is left."""
        self.settle()
        taken = []
        for number, part in enumerate(self.partitions):
            if part.ready is not None:
                taken.append((number, part.ready))
                part.ready = None
        return taken

    def _batch(self, part: SinkPartition) -> Batch:
        keys, times = part.keys[:], part.times[:]
        headers: list[Headers] | None = None
        if part.headers:
            headers = [part.headers.get(i, ()) for i in range(len(keys))]
        encode = self.encode
        if encode is None:
            return Batch(keys, part.values[:], times, headers)
        try:
            values: list[bytes | None]
            values = [None if v is None else encode(v) for v in part.values] if self.nulls else encode_all(encode, part.values)
        except Exception:
            return self._one_by_one(keys, part.values, times, headers, self.careful or encode)
        return Batch(keys, values, times, headers)

    def _one_by_one(
        self, keys: list[bytes | None], rows: list[Any], times: list[int], headers: list[Headers] | None, encode: Callable[[Any], bytes]
    ) -> Batch:
        """As ``_batch``, leaving out and reporting what cannot be encoded."""
        out = Batch([], [], [], None if headers is None else [])
        for index, row in enumerate(rows):
            try:
                value = None if row is None else encode(row)
            except Exception as error:
                self._report(error)
                continue
            out.keys.append(keys[index])
            out.values.append(value)
            out.timestamps.append(times[index])
            if headers is not None and out.headers is not None:
                out.headers.append(headers[index])
        return out


def _joined(first: Batch, second: Batch) -> Batch:
    """``first``, with the records of ``second`` behind its own."""
    if first.headers is not None or second.headers is not None:
        first.headers = [*(first.headers or [()] * len(first)), *(second.headers or [()] * len(second))]
    first.keys += second.keys
    first.values += second.values
    first.timestamps += second.timestamps
    return first


class RawRoute(Remembered[bytes | None, Place]):
    """Key bytes -> where records of that key go."""

    def __init__(self, topic: SinkTopic) -> None:
        super().__init__()
        self.find = topic.place  # type: ignore[method-assign]


Entry = tuple[bytes | None, Callable[[Any], None], Callable[[Any], None], Callable[[int], None], SinkPartition]


class Route(Remembered[Any, Entry]):
    """Key -> its bytes, and where its records go. ``route[key]`` encodes and places a key once."""

    def __init__(self, topic: SinkTopic, encoder: Encoder, width: int) -> None:
        super().__init__()
        self._topic = topic
        self._encoder = encoder
        self._single = width == 1

    @property
    def keyless(self) -> Entry:
        """Where a record goes that has no key at all, which several key columns that are NULL are not."""
        return self.find(_NO_KEY)

    def find(self, key: Any) -> Entry:
        data = None if key is _NO_KEY else self._encoder([key] if self._single else key)
        return data, *self._topic.place(data)


class WindowBytes(Remembered[int, bytes]):
    """A window's bound as the 8 bytes that Kafka Streams puts behind a key."""

    def find(self, key: int) -> bytes:
        return key.to_bytes(8, "big", signed=True)


window_bytes = WindowBytes()


class ClientRows:
    """Rows for a client since they were last taken."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def put(self, values: Sequence[Any]) -> None:
        self.rows.append(Row(values))

    def delete(self, values: Sequence[Any]) -> None:
        self.rows.append(Row(values, True))

    def take(self) -> list[Row]:
        taken, self.rows = self.rows, []
        return taken


class KeyPartition(Remembered[bytes, int]):
    """Key bytes -> the partition they would have in a repartition topic."""

    def __init__(self, partitions: int) -> None:
        super().__init__()
        self._partitions = partitions

    def find(self, key: bytes) -> int:
        return partition_of(key, self._partitions)
