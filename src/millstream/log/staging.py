"""A transaction before its commit: what was appended, put and moved, in the order it came.

Knows neither files nor LMDB; a log gives it ``check`` (is there such a partition?) and ``publish`` (make it visible).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Self

from millstream.errors import LogError
from millstream.log.base import Batch

TopicPartition = tuple[str, int]


class StagedTransaction:
    """Implements ``log.base.Transaction`` by collecting; ``publish`` does the work. One thread uses it."""

    __slots__ = ("_check", "_closed", "_publish", "appends", "fenced", "owner", "positions", "puts")

    def __init__(
        self,
        owner: str,
        check: Callable[[str, int], None],
        publish: Callable[[StagedTransaction], Mapping[TopicPartition, int]],
    ) -> None:
        self.owner = owner
        self.appends: dict[TopicPartition, list[Batch]] = {}
        self.puts: dict[TopicPartition, dict[bytes, bytes | None]] = {}
        self.positions: dict[str, dict[TopicPartition, int]] = {}
        self.fenced = False
        self._check = check
        self._publish = publish
        self._closed = False

    @property
    def empty(self) -> bool:
        return not (self.appends or self.puts or self.positions)

    @property
    def closed(self) -> bool:
        return self._closed

    def append(self, topic: str, partition: int, batch: Batch) -> None:
        self._open()
        if not batch.values:
            return
        if not len(batch.keys) == len(batch.values) == len(batch.timestamps):
            raise LogError(
                f"A batch for topic '{topic}' has {len(batch.keys)} keys, {len(batch.values)} values and "
                f"{len(batch.timestamps)} timestamps: expected as many of each."
            )
        staged = self.appends.get((topic, partition))
        if staged is None:
            self._check(topic, partition)
            staged = self.appends[topic, partition] = []
        staged.append(batch)

    def put(self, store: str, partition: int, items: Iterable[tuple[bytes, bytes | None]]) -> None:
        self._open()
        staged = self.puts.get((store, partition))
        if staged is None:
            staged = self.puts[store, partition] = {}
        staged.update(items)

    def offsets(self, group: str, positions: Mapping[TopicPartition, int]) -> None:
        self._open()
        self.positions.setdefault(group, {}).update(positions)

    def commit(self) -> Mapping[TopicPartition, int]:
        self._open()
        if self.fenced:
            self._closed = True
            raise LogError(f"The transaction of '{self.owner}' was fenced: the same owner began a newer one.")
        try:
            return self._publish(self)
        finally:
            self._closed = True

    def abort(self) -> None:
        self._closed = True
        self.appends, self.puts, self.positions = {}, {}, {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if not self._closed:
            if error[0] is None:
                self.commit()
            else:
                self.abort()

    def _open(self) -> None:
        if self._closed:
            raise LogError(f"The transaction of '{self.owner}' has ended: begin another one.")


def joined(batches: list[Batch]) -> Batch:
    """Batches staged for one partition as one; the batch itself when there is only one."""
    if len(batches) == 1:
        return batches[0]
    out = Batch([], [], [])
    with_headers = any(b.headers is not None for b in batches)
    out.headers = [] if with_headers else None
    for batch in batches:
        out.keys += batch.keys
        out.values += batch.values
        out.timestamps += batch.timestamps
        if out.headers is not None:
            out.headers += batch.headers if batch.headers is not None else [()] * len(batch)
    return out
